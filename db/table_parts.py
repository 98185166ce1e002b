"""What the tables share: the metadata, options and the columns of every record that a platform gave."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, UniqueConstraint
from sqlalchemy.dialects import mysql

from db.columns import ExactText, UtcTime, big_id, db_now

metadata = MetaData()
OPTIONS: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_engine": "InnoDB"}
NOW: dict[str, Any] = {"server_default": db_now()}


def row_id() -> Column[Any]:
    """A number that the database counts up."""
    return Column("id", big_id, primary_key=True, autoincrement=True)


def raw_row() -> Column[Any]:
    """The platform's row as it came: JSON, zlib."""
    return Column("raw", LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb"))


def synced() -> list[Any]:
    """What every record of a platform carries; NULL store and id are rows that other programs wrote."""
    return [
        Column("store_id", Integer, ForeignKey("stores.id")),
        Column("external_id", ExactText(128)),
        Column("source_created_at", UtcTime),
        Column("source_updated_at", UtcTime),
        Column("observed_at", UtcTime),  # when the page that brought it was asked for
        Column("content_hash", String(32)),
        raw_row(),
        Column("deleted_at", UtcTime),
        Column("delete_evidence", String(255)),
        Column("last_job_id", big_id),
        UniqueConstraint("store_id", "external_id"),
    ]
