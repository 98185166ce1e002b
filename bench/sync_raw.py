"""The limits and the obvious way, to be laid beside a sync: `python -m bench.sync_raw WHAT ADDRESS`.

download   the pages over one connection that is kept, bodies thrown away     parse    the same, each body through json.loads
upsert     the tuples that a sync of this shop would write, made beforehand, in 1,000-record transactions of executemany
orm        the design that comes to mind first: requests, json, Session.merge for each row
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import requests
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session, registry

from bench.child import measured
from db import stores
from db.engine import begin, primary
from db.schema import products, variants

CHUNK = 1_000
_AFTER = re.compile(rb'"endCursor":"(\d+)"')


def bodies(address: str) -> Iterator[bytes]:
    """Every page, one after the other."""
    with requests.Session() as session:
        after = None
        while True:
            body = session.post(f"{address}/graphql.json", json={"query": "products", "variables": {"first": 250, "after": after}}).content
            yield body
            found = _AFTER.search(body, 0, 200)
            if found is None or b'"hasNextPage":true,"endCursor":"' not in body[:200]:
                return
            after = found[1].decode()


def _store(name: str, address: str) -> int:
    with begin() as conn:
        known = stores.by_name(conn, name)
        return known.id if known else stores.add(conn, name=name, title=name, platform="shopify", address=address)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _columns(row: dict[str, Any], store_id: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A product's columns, and those of its variants."""
    ours = {
        "store_id": store_id,
        "observed_at": datetime.now(UTC),
        "last_job_id": 1,
        "deleted_at": None,
        "delete_evidence": None,
        "currency": "EUR",
    }
    product = ours | {
        "external_id": row["id"], "name": row["title"], "description": row["descriptionHtml"], "category": row["productType"], "vendor": row["vendor"],
        "status": "active", "raw_status": row["status"], "price": Decimal(row["variants"]["nodes"][0]["price"]), "quantity": row["totalInventory"],
        "source_created_at": _time(row["createdAt"]), "source_updated_at": _time(row["updatedAt"]), "content_hash": f"{hash(row['id']):032x}"[-32:],
        "raw": zlib.compress(json.dumps(row).encode(), 1),
    }  # fmt: skip
    variants = [
        ours | {
            "external_id": each["id"], "product_external_id": row["id"], "title": each["title"], "sku": each["sku"], "barcode": None,
            "price": Decimal(each["price"]), "compare_at_price": Decimal(each["compareAtPrice"]), "quantity": each["inventoryQuantity"],
            "position": each["position"], "inventory_item_id": each["inventoryItem"]["id"], "source_created_at": None,
            "source_updated_at": _time(each["updatedAt"]),
        }
        for each in row["variants"]["nodes"]
    ]  # fmt: skip
    return product, variants


def _rows(body: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(body)["data"]["products"]["nodes"]
    return rows


def _ready(table: Any, rows: list[dict[str, Any]]) -> tuple[str, list[tuple[Any, ...]]]:
    """A plain upsert and the driver's own values for it."""
    dialect, columns = primary().dialect, list(rows[0])
    convert = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value) for name in columns]
    values = [tuple(one(row[name]) for one, name in zip(convert, columns, strict=True)) for row in rows]
    names, updated = ", ".join(f"`{name}`" for name in columns), [name for name in columns if name not in ("store_id", "external_id")]
    if dialect.name == "sqlite":
        tail = "ON CONFLICT (store_id, external_id) DO UPDATE SET " + ", ".join(f"`{name}` = excluded.`{name}`" for name in updated)
        mark = "?"
    else:
        tail = "ON DUPLICATE KEY UPDATE " + ", ".join(f"`{name}` = VALUES(`{name}`)" for name in updated)
        mark = "%s"
    return f"INSERT INTO `{table.name}` ({names}) VALUES ({', '.join([mark] * len(columns))}) {tail}", values


def upsert(address: str) -> None:
    """Only the writing: two tables, nothing read before, nothing checked."""
    store_id = _store("raw", address)
    both = [_columns(row, store_id) for body in bodies(address) for row in _rows(body)]
    statement, values = _ready(products, [product for product, _ in both])
    nested_statement, nested = _ready(variants, [variant for _, of_product in both for variant in of_product])
    per_product = len(nested) // len(values)
    raw = primary().raw_connection()
    cursor = raw.cursor()
    with measured(records=len(both)):
        for start in range(0, len(both), CHUNK):
            if primary().dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany(statement, values[start : start + CHUNK])
            cursor.executemany(nested_statement, nested[start * per_product : (start + CHUNK) * per_product])
            raw.commit()


def orm(address: str) -> None:
    """One object and one SELECT a row, a commit a page."""
    mapped = registry()

    class Product:
        pass

    class Variant:
        pass

    for made, table in ((Product, products), (Variant, variants)):
        mapped.map_imperatively(made, table)
    store_id = _store("orm", address)
    ids: dict[tuple[str, str], int] = {}
    with begin() as conn:
        top = {table: conn.scalar(select(func.max(table.c.id))) or 0 for table in (products, variants)}
    count = 0
    with measured() as told, Session(primary()) as session:
        for body in bodies(address):
            for row in _rows(body):
                product, of_product = _columns(row, store_id)
                ours: list[tuple[type[object], Table, dict[str, Any]]] = [(Product, products, product)]
                ours += [(Variant, variants, each) for each in of_product]
                for kind, table, values in ours:
                    key = (table.name, values["external_id"])
                    if key not in ids:
                        top[table] += 1
                        ids[key] = top[table]
                    one = kind()
                    for name, value in ({"id": ids[key]} | values).items():
                        setattr(one, name, value)
                    session.merge(one)
                count += 1
            session.commit()
        told["records"] = count


def download(address: str, *, parse: bool) -> None:
    """No database."""
    count = 0
    with measured() as told:
        for body in bodies(address):
            count += len(_rows(body)) if parse else body.count(b'"descriptionHtml":')
        told["records"] = count


if __name__ == "__main__":
    what, shop = sys.argv[1:3]
    {"upsert": upsert, "orm": orm}.get(what, partial(download, parse=what == "parse"))(shop)
