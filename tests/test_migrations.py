"""The migrations make what the tables say, on whichever database the tests use, up and down; and other programs' plain inserts keep working."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from db import migrate
from db.engine import begin, primary, reachable
from db.schema import metadata, products, requests


def test_the_migrations_and_the_tables_agree(ground):
    with reachable(primary()) as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_down_and_up_again(clean):
    try:
        migrate.downgrade("base")
        assert set(inspect(primary()).get_table_names()) <= {"alembic_version"}
        with pytest.raises(migrate.SchemaBehind, match=r"Run: python -m db\.migrate"):
            migrate.check()
    finally:
        migrate.upgrade()
    migrate.check()


def test_many_that_migrate_at_once_do_it_once(clean):
    migrate.downgrade("base")
    several = [
        subprocess.Popen([sys.executable, "-m", "db.migrate"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(4)
    ]
    told = [each.communicate(timeout=120)[0] for each in several]
    assert [each.returncode for each in several] == [0] * 4, told
    migrate.check()


def test_plain_inserts_of_other_programs_work(clean):
    with begin() as conn:
        conn.execute(text("INSERT INTO products(name, description, price, quantity, category) VALUES ('Tea', 'Green', '4.20', 7, 'Food')"))
        conn.execute(text("INSERT INTO requests(server_id) VALUES ('app-1')"))
        product = conn.execute(select(products)).one()
        request = conn.execute(select(requests)).one()
    assert (product.name, product.price, product.quantity) == ("Tea", Decimal("4.20"), 7)
    assert product.created_at is not None
    assert request.timestamp is not None
