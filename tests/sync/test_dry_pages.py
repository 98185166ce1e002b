"""A dry run's counts are those of the writing, page by page, whatever the pages hold and wherever it is cut; what it keeps stays small."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from db import deletions, dry_pages, schema
from db.dry_pages import Foreseen, count_page
from db.engine import begin
from db.record_pages import Incoming, Source, write_page
from db.rejected import Aside
from tests.sync.dump import of_shops
from tests.sync.test_record_pages import T0, product, shop, write

__all__ = ["shop"]  # a fixture
COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected")
JOB = 7


def incoming(record):
    return Incoming(record, f"{hash(repr(record)):x}", "{}")


def some_pages(chance):
    """Pages of new, changed, unchanged, older, repeated and unfit products, and of records that could not be read."""
    for number in range(12):
        records = []
        for _ in range(chance.randint(0, 8)):
            own = chance.randint(0, 25)
            version = chance.choice([0, 0, 1, 2])
            name = "x" * 600 if chance.random() < 0.1 else f"v{version}"
            records.append(product(f"p{own}", name=name, at=T0 + timedelta(days=version), variants=(f"v{own}",)))
        yield records, [Aside(f"bad{number}", "unmappable", "odd", "{}") for _ in range(chance.randint(0, 1))]


@pytest.mark.parametrize("seed", range(8))
def test_the_counts_are_those_of_the_writing(shop, seed):
    chance = random.Random(seed)
    write(shop, *(product(f"p{own}", name="v1", at=T0 + timedelta(days=1), variants=(f"v{own}",)) for own in range(10)))
    with begin() as conn:
        deletions.mark(conn, shop, "products", 1, {"p1": "404", "p2": "404"})
        conn.execute(update(schema.products).values(deleted_at=T0 + timedelta(days=2)).where(schema.products.c.deleted_at.is_not(None)))
    source = Source(store_id=shop, stream="products", job_id=JOB, observed_at=T0 + timedelta(days=3))
    pages = list(some_pages(chance))
    before = of_shops()
    foreseen, dry = Foreseen(JOB, live=8, highest=2**40), Counter[str]()
    for records, aside in pages:
        with begin() as conn:
            counts = count_page(conn, source, [incoming(one) for one in records], aside, foreseen)
        dry.update({name: getattr(counts, name) for name in COUNTS})
        foreseen = Foreseen.unpacked(JOB, foreseen.packed())  # as if it were killed behind each page
        assert counts.is_closed
    assert of_shops() == before
    real = Counter[str]()
    for records, aside in pages:
        with begin() as conn:
            counts = write_page(conn, source, [incoming(one) for one in records], aside)
        real.update({name: getattr(counts, name) for name in COUNTS})
    assert dry == real


def test_children_that_would_go_are_counted_once(shop):
    write(shop, product(variants=("v1", "v2", "v3")))
    source = Source(store_id=shop, stream="products", job_id=JOB, observed_at=T0 + timedelta(days=3))
    changed = product(variants=("v1",), at=T0 + timedelta(days=1))
    later = product(variants=("v1",), name="New", at=T0 + timedelta(days=2))
    foreseen = Foreseen(JOB, live=1, highest=2**40)
    with begin() as conn:
        assert [count_page(conn, source, [incoming(one)], [], foreseen).removed for one in (changed, later)] == [2, 0]
        assert [write_page(conn, source, [incoming(one)], []).removed for one in (changed, later)] == [2, 0]


def test_what_it_remembers_is_bounded(shop):
    source = Source(store_id=shop, stream="products", job_id=JOB, observed_at=T0)
    foreseen = Foreseen(JOB, live=0, highest=2**40)
    for start in range(0, 3_000, 1_000):
        with begin() as conn:
            count_page(conn, source, [incoming(product(f"p{own}", variants=())) for own in range(start, start + 1_000)], [], foreseen)
    assert list(foreseen.written) == [f"p{own}" for own in range(2_000, 3_000)]
    assert len(foreseen.packed()) < 100_000
    assert [len(shown) for shown in foreseen.examples.values()] == [dry_pages.EXAMPLES, 0, 0]


def test_records_that_a_sync_writes_meanwhile_are_not_told_as_not_met(shop):
    foreseen = Foreseen(JOB, live=0, highest=2**40)
    with begin() as conn:
        conn.execute(
            insert(schema.products), [{"store_id": shop, "external_id": f"p{own}", "name": "x", "last_job_id": JOB + 1} for own in range(5)]
        )
        assert dry_pages.not_met(conn, shop, "products", foreseen) == (0, [])


def test_what_a_sync_beside_it_adds_does_not_hide_what_was_not_met(shop):
    write(shop, product("here", variants=()), product("gone", variants=()))
    with begin() as conn:
        foreseen = dry_pages.begin(conn, JOB, shop, "products")
    added = [product(f"new{own}", variants=()) for own in range(5)]
    write(shop, *added)
    source = Source(store_id=shop, stream="products", job_id=JOB, observed_at=T0 + timedelta(days=3))
    with begin() as conn:
        count_page(conn, source, [incoming(one) for one in (product("here", variants=()), *added)], [], foreseen)
        assert dry_pages.not_met(conn, shop, "products", foreseen) == (1, ["gone"])
