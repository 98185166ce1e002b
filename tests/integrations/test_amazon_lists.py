"""Amazon's lists: windows cut to what can be paged, reports with three ends, stock whose tokens live 30 seconds."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from integrations import amazon_windows
from integrations.amazon import Amazon
from integrations.connector import Window
from integrations.errors import RateLimited, Unavailable
from tests.amazon_lab import selling, walk

YEAR_AGO = timedelta(days=365)


@pytest.fixture
def seller():
    with selling() as found:
        yield found


def skus(connector, pages) -> set[str]:
    return {row["sku"] for page in pages for row in page.rows}


@pytest.fixture
def crowded():
    """A seller with more listings than can be paged through, but not in any one second."""
    with selling(size=150) as found:
        cap = max(Counter(one.updated for one in found.door.listings._catalogue.all()).values())
        found.door.listings.cap = cap
        assert cap * 2 < len(found.door.listings._catalogue.all())
        yield found


def capped(seller) -> Amazon:
    connector = seller.connector()
    connector._walk.cap = seller.door.listings.cap
    return connector


@pytest.mark.parametrize("stream", ["products", "inventory"])
def test_a_window_with_more_than_can_be_paged_is_halved_until_it_has_fewer(crowded, stream):
    shop = crowded.door.shop
    assert len(crowded.read(stream, capped(crowded))) == shop.counts()[{"inventory": "inventory_levels"}.get(stream, stream)]
    asked = [visit.params for visit in crowded.visits.requests() if "lastUpdatedBefore" in visit.params]
    assert len({params["lastUpdatedBefore"] for params in asked}) > 3
    assert {params["sortBy"] for params in asked} == {"lastUpdatedDate"}


def test_a_walk_over_halved_windows_goes_on_from_any_cursor(crowded):
    connector = capped(crowded)
    window = crowded.window(connector)
    pages = list(connector.pages("products", window))
    whole = {read.record.external_id for page in pages for read in page.records}
    assert len(whole) == crowded.door.shop.counts()["products"]
    for done in range(1, len(pages), 7):
        rest = capped(crowded).pages("products", window, json.loads(json.dumps(pages[done - 1].cursor)))
        before = {read.record.external_id for page in pages[:done] for read in page.records}
        assert before | {read.record.external_id for page in rest for read in page.records} == whole


def test_more_in_one_second_than_can_be_paged_is_read_from_the_report(seller):
    shop = seller.door.shop
    moment = datetime.fromtimestamp(int(shop.clock()) - 500, UTC)
    singles = [sku for sku in shop.ids("products") if shop.variant_count(shop._number_of("products", sku)) == 1]
    for sku in singles:
        shop.edit("products", sku, at=moment)
    seller.door.listings.cap = 10
    connector = seller.connector()
    connector._walk.cap = 10
    window = Window(moment - timedelta(seconds=5), moment + timedelta(seconds=5))
    assert set(singles) <= skus(connector, walk(connector, "products", window))
    assert len(seller.door.reports.made) == 1


def large(seller, **access) -> Amazon:
    connector = seller.connector(**access)
    connector._walk.cap, connector._walk.large = 30, 40
    return connector


def test_a_large_catalogue_is_read_from_the_report_and_reads_the_same(seller):
    whole = seller.read("products")
    connector = large(seller)
    found = {}
    for page in walk(connector, "products", seller.window(connector)):
        found |= {read.record.external_id: read.record for read in connector.read("products", page).records}
    assert found == whole
    assert any("Ü" in sku for sku in found)
    assert len(seller.door.reports.made) == 1


def test_a_report_that_is_not_ready_gives_the_worker_back_and_is_not_asked_for_again(seller):
    seller.door.reports.looks_needed = 4
    connector = large(seller)
    window = seller.window(connector)
    cursor = None
    for _ in range(2):  # the count that is too large, the report that is asked for
        cursor = connector.fetch_page("products", window, cursor).cursor
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            large(seller).fetch_page("products", window, cursor)  # another worker each time
        assert caught.value.retry_after_s == 30
    ready = connector.fetch_page("products", window, cursor)
    assert connector.fetch_page("products", window, ready.cursor).rows
    assert len(seller.door.reports.made) == 1


def test_a_report_goes_on_from_any_cursor(seller):
    connector = large(seller)
    window = seller.window(connector)
    pages = list(walk(connector, "products", window))
    whole = skus(connector, pages)
    for done in range(3, len(pages), 2):
        rest = walk(large(seller), "products", window, json.loads(json.dumps(pages[done - 1].cursor)))
        assert skus(connector, pages[:done]) | skus(connector, rest) == whole


def test_a_listing_at_the_bound_that_two_windows_share_is_in_the_first_of_them_alone(seller):
    at = datetime.fromtimestamp(int(seller.door.shop.clock()) - 5000, UTC)
    seller.door.shop.edit("products", "Q00000", at=at)
    connector = seller.connector()
    window = Window(at - timedelta(seconds=9), at + timedelta(seconds=9))

    before, stamp = (f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in (at - timedelta(seconds=9), at))
    first = connector.fetch_page("products", window, {"walk": {"from": before, "to": stamp}, "recent": []})
    onward = first.cursor["walk"]
    second = connector.fetch_page("products", window, {"walk": onward, "recent": []})
    assert ([row["sku"] for row in first.rows], onward["from"], list(second.rows)) == (["Q00000"], stamp, [])


@pytest.mark.parametrize("status", ["CANCELLED", "FATAL"])
def test_a_report_that_comes_to_nothing_three_times_is_not_known(seller, status):
    seller.door.reports.ends_as = status
    connector = large(seller)
    with pytest.raises(Unavailable, match=f"{status}, 3 times"):
        list(walk(connector, "products", seller.window(connector)))
    assert len(seller.door.reports.made) == 3


def read_document(seller, content: bytes) -> list[str]:
    """The SKUs of the report when its document is `content`."""
    connector = large(seller)
    window = seller.window(connector)
    pages = walk(connector, "products", window)
    cursor = None
    for page in pages:
        cursor = page.cursor["walk"]
        if "document" in (cursor or {}):
            break
    for report in seller.door.reports.made.values():
        report.document = content
    found, has_more = [], True
    while has_more:
        some, cursor, has_more = connector._walk._report.page(cursor)
        found += some
    return found


def test_a_report_with_a_header_alone_is_proven_empty(seller):
    assert read_document(seller, b"item-name\tseller-sku\tprice\r\n") == []


def test_a_report_is_read_in_the_charset_that_it_names_whole_or_not_at_all(seller, monkeypatch):
    rows = "seller-sku\titem-name\nÜ-1\tKäse\n\nb\n c \tx\r\nlast".encode("cp1252")
    assert read_document(seller, rows) == ["Ü-1", "b", " c ", "last"]
    seller.door.reports.is_packed = False
    assert read_document(seller, rows) == ["Ü-1", "b", " c ", "last"]
    for nothing in (b"", b"An error occurred.\n"):
        with pytest.raises(Unavailable, match="no column seller-sku"):
            read_document(seller, nothing)
    seller.door.reports.is_packed = True
    fetch = seller.door.reports.fetch

    def cut(*arguments):
        answer = fetch(*arguments)
        answer.body = answer.body[:-9]
        return answer

    monkeypatch.setattr(seller.door.reports, "fetch", cut)
    with pytest.raises(Unavailable, match="cut off"):
        read_document(seller, rows)


def test_a_stale_fba_token_is_not_sent_and_the_list_begins_anew(seller):
    seller.door.fba_page = 4
    connector = seller.connector()
    window = seller.window(connector)
    first = connector.fetch_page("inventory", window, None)
    stale = json.loads(json.dumps(first.cursor))
    stale["fba"]["given"] -= 26
    pages = list(connector.pages("inventory", window, stale))
    asked = [visit.params for visit in seller.visits.requests("inventory") if "granularityId" in visit.params]
    assert asked[1].get("nextToken") is None
    assert {read.record.external_id for page in pages for read in page.records} == set(seller.read("inventory"))
    assert len([page for page in pages if page.records and page.cursor and "fba" in page.cursor]) == 0  # read in a row, no page between


def test_an_fba_token_that_amazon_refuses_begins_the_list_anew_with_the_same_start(seller):
    seller.door.fba_page = 4
    connector = seller.connector()
    end = connector.identify().platform_time
    window = Window(end - YEAR_AGO, end)
    first = connector.fetch_page("inventory", window, None)
    real = seller.door.clock
    seller.door.clock = lambda: real() + 31
    rest = list(connector.pages("inventory", window, first.cursor))
    assert rest[0].records == []
    assert sum(len(page.records) for page in rest) > 4
    asked = [visit.params for visit in seller.visits.requests("inventory") if "granularityId" in visit.params]
    assert len({params["startDateTime"] for params in asked}) == 1


def test_each_sku_has_its_stock_where_it_is_shipped_from(seller):
    levels = seller.read("inventory")
    shop = seller.door.shop
    assert {level.location_id for level in levels.values()} == {"AMAZON", "DEFAULT"}
    assert len(levels) == shop.counts()["inventory_levels"]
    shop.set_stock("Q00000", 0, 17, silently=True)  # a merchant's own stock moves no date, and is seen all the same
    shop.set_stock("Q00001", 0, 70)
    levels = seller.read("inventory")
    assert levels[next(one for one in levels if one.startswith("DEFAULT:Q00000"))].available == 17
    level = levels[next(one for one in levels if one.startswith("AMAZON:Q00001"))]
    assert (level.available, level.reserved, level.incoming) == (70, 7, 0)
    assert level.on_hand is None  # Amazon counts what is on its way into the total


def test_a_count_that_never_fits_makes_the_run_partial_not_endless(seller, monkeypatch):
    monkeypatch.setattr(amazon_windows, "REDOS", 5)
    whole = set(seller.read("products"))
    connector = seller.connector()
    search = connector._listings.search
    monkeypatch.setattr(
        connector._listings, "search", lambda params: (page := search(params)) | {"numberOfResults": page["numberOfResults"] + 1}
    )
    pages = list(connector.pages("products", seller.window(connector)))
    assert {read.record.external_id for page in pages for read in page.records} == whole
    assert any("listings changed from" in part.name for page in pages for part in page.truncated)
    assert len(pages) < 60
