"""What a page does to the tables: idempotent, monotonic, atomic, and nothing is stored otherwise than it was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from db import schema, store_stats, stores
from db.engine import begin, reading
from db.record_pages import Incoming, Source, write_page
from integrations.records import Order, OrderLine, Product, Refund, Variant

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def shop(clean):
    with begin() as conn:
        number = stores.add(conn, name="s", title="S", platform="shopify", address="https://s.example")
        for stream in ("products", "orders"):
            store_stats.ensure(conn, number, stream)
    return number


def product(external_id="p1", *, at=T0, name="Tea", variants=("v1", "v2"), **more):
    own = tuple(Variant(external_id=each, sku="same", price=Decimal("4.20"), currency="EUR") for each in variants)
    return Product(external_id=external_id, name=name, currency="EUR", source_updated_at=at, variants=own, **more)


def write(shop, *records, seen=T0, job_id=1, stream="products"):
    source = Source(store_id=shop, stream=stream, job_id=job_id, observed_at=seen)
    with begin() as conn:
        return write_page(conn, source, [Incoming(each, f"{hash(repr(each)):x}", "{}") for each in records], [])


def live(table):
    with reading(fresh=True) as conn:
        return {row.external_id: row for row in conn.execute(select(table).where(table.c.deleted_at.is_(None)))}


def board(shop, stream="products"):
    stats = schema.store_stream_stats
    with reading(fresh=True) as conn:
        row = conn.execute(select(stats).where(stats.c.store_id == shop, stats.c.stream == stream)).one()
    return row.live, row.children, row.rejected


def test_created_updated_unchanged_and_duplicate_are_told_apart(shop):
    first = write(shop, product(), product("p2", variants=()), seen=T0)
    again = write(shop, product(), product("p2", variants=(), name="New", at=T0 + timedelta(1)), seen=T0 + timedelta(2), job_id=2)
    twice = write(shop, product("p2", variants=(), name="New", at=T0 + timedelta(1)), seen=T0 + timedelta(2), job_id=2)
    assert (first.read, first.created) == (2, 2)
    assert (again.created, again.updated, again.unchanged) == (0, 1, 1)
    assert (twice.duplicate, twice.unchanged) == (1, 0)
    assert all(counts.is_closed for counts in (first, again, twice))


def test_an_older_version_never_overwrites_a_newer_one(shop):
    write(shop, product(name="new", at=T0 + timedelta(hours=1)), seen=T0 + timedelta(hours=2))
    write(shop, product(name="old", at=T0), seen=T0 + timedelta(hours=3), job_id=2)
    assert live(schema.products)["p1"].name == "new"


def test_the_statement_itself_guards_against_an_older_row(shop):
    from db.fitting import time_text
    from db.upsert import upsert

    columns = ("store_id", "external_id", "name", "source_updated_at", "observed_at")

    def row(name, at, seen):
        return (shop, "p", name, time_text(at), time_text(seen))

    with begin() as conn:
        upsert(conn, schema.products, columns, [row("new", T0 + timedelta(1), T0)])
        upsert(conn, schema.products, columns, [row("old", T0, T0 + timedelta(5))])
        assert conn.execute(select(schema.products.c.name, schema.products.c.source_updated_at)).one() == ("new", T0 + timedelta(1))
        upsert(conn, schema.products, columns, [row("newer", T0 + timedelta(2), T0 - timedelta(5))])
        assert conn.execute(select(schema.products.c.name, schema.products.c.source_updated_at)).one() == ("newer", T0 + timedelta(2))


def test_on_a_tie_the_later_observation_wins(shop):
    write(shop, product(name="first"), seen=T0 + timedelta(1))
    write(shop, product(name="late news"), seen=T0 + timedelta(2), job_id=2)
    assert live(schema.products)["p1"].name == "late news"


def test_children_that_the_platform_no_longer_returns_are_marked_and_come_back(shop):
    write(shop, product(variants=("v1", "v2", "v3")))
    assert board(shop) == (1, 3, 0)
    counts = write(shop, product(variants=("v1",), at=T0 + timedelta(1)), seen=T0 + timedelta(1), job_id=2)
    assert (counts.removed, set(live(schema.variants)), board(shop)) == (2, {"v1"}, (1, 1, 0))
    write(shop, product(variants=("v1", "v3"), at=T0 + timedelta(2)), seen=T0 + timedelta(2), job_id=3)
    assert (set(live(schema.variants)), board(shop)) == ({"v1", "v3"}, (1, 2, 0))


def test_a_page_applied_twice_or_late_ends_in_one_state(shop):
    pages = [product(name=f"n{step}", at=T0 + timedelta(step), variants=tuple(f"v{each}" for each in range(step + 1))) for step in range(4)]
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 3, 0, 2)):
        with begin() as conn:
            for table in (schema.variants, schema.products):
                conn.execute(table.delete())
        for moment, step in enumerate(order):
            write(shop, pages[step], seen=T0 + timedelta(days=10, seconds=moment), job_id=moment)
        assert (live(schema.products)["p1"].name, len(live(schema.variants))) == ("n3", 4)


def test_ids_that_differ_by_case_or_a_blank_are_different_records(shop):
    write(shop, *[product(each, variants=()) for each in ("Ab", "ab", "ab ", "åb")])
    assert set(live(schema.products)) == {"Ab", "ab", "ab ", "åb"}


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (product("bad", variants=(), name="x" * 600), "name has 600 characters; 512 can be kept"),
        (product("bad", variants=(), price=Decimal("0.12345")), "price is 0.12345"),
        (product("bad", variants=(), quantity=2**40), "quantity is"),
        (product("bad", variants=(), name="half \ud83d"), "half a character"),
    ],
)
def test_what_does_not_fit_is_kept_aside_and_the_others_are_stored(shop, record, told):
    counts = write(shop, record, product("good", variants=()))
    assert (counts.created, counts.rejected, counts.is_closed) == (1, 1, True)
    assert set(live(schema.products)) == {"good"}
    with reading(fresh=True) as conn:
        assert told in conn.scalar(select(schema.rejected_records.c.reason))
    assert board(shop)[2] == 1


def test_an_order_and_its_lines_land_together_or_not_at_all(shop, monkeypatch):
    from db import record_pages

    order = Order(
        external_id="o1", number="1", currency="EUR", source_updated_at=T0, lines=(OrderLine(external_id="l1", title="x", quantity=1),)
    )
    real = record_pages.upsert

    def breaks(conn, table, columns, rows):
        if table is schema.order_lines:
            raise RuntimeError("the power went")
        real(conn, table, columns, rows)

    monkeypatch.setattr(record_pages, "upsert", breaks)
    with pytest.raises(RuntimeError):
        write(shop, order, stream="orders")
    assert live(schema.orders) == {}
    monkeypatch.setattr(record_pages, "upsert", real)
    write(shop, order, stream="orders")
    assert board(shop, "orders") == (1, 1, 0)


def test_children_that_are_hidden_from_us_stay_and_those_that_are_gone_go(shop):
    """A permission that is taken away later takes no refunds away that we know of."""

    def order(at, refunds):
        line = OrderLine(external_id="l1", title="x", quantity=1)
        return Order(external_id="o1", number="1", currency="EUR", source_updated_at=T0 + timedelta(at), lines=(line,), refunds=refunds)

    write(shop, order(0, (Refund(external_id="r1", amount=Decimal(1)),)), stream="orders")
    write(shop, order(1, None), stream="orders", seen=T0 + timedelta(1), job_id=2)
    assert set(live(schema.refunds)) == {"r1"}
    write(shop, order(2, ()), stream="orders", seen=T0 + timedelta(2), job_id=3)
    assert live(schema.refunds) == {}
    assert board(shop, "orders") == (1, 1, 0)


def test_a_deletion_that_is_younger_than_a_page_stands(shop):
    from db import deletions

    write(shop, product(), seen=T0)
    with begin() as conn:
        deletions.mark(conn, shop, "products", 2, {"p1": "404"})
    write(shop, product(name="changed"), seen=T0 + timedelta(1), job_id=3)
    assert live(schema.products) == {}
    write(shop, product(name="changed"), seen=datetime.now(UTC) + timedelta(hours=1), job_id=4)
    assert live(schema.products)["p1"].name == "changed"
    assert board(shop) == (1, 2, 0)
