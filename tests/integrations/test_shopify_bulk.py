"""Shopify: a large stream that is read whole comes from a bulk operation, and is the same as if it were read page by page."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from integrations.connector import Credentials, PaginationGuard, Window
from integrations.errors import RateLimited, ScopeMissing, Unavailable
from integrations.platform_connector import Access
from integrations.sandbox import Sandbox, ShopSpec, running
from integrations.shopify import Shopify
from integrations.shopify_bulk import BY_PAGES, ShopifyBulk
from integrations.shopify_bulk_file import BulkFile
from tests.integrations.conftest import QUICK, Reply

STREAMS = tuple(Shopify.streams)
DAY = 86_400


@pytest.fixture(autouse=True)
def disk(tmp_path, monkeypatch):
    """Where results are kept while they are read."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(ShopSpec(platform="shopify", name="lab", size=70, orders=90, customers=95, big_variants=300, plan="enterprise")) as box:
        yield box


@pytest.fixture
def door(sandbox):
    return sandbox.door("shopify", "lab")


@pytest.fixture
def connect(sandbox, door, monkeypatch):
    def make(threshold=10, page_size=20) -> Shopify:
        monkeypatch.setattr(Shopify, "bulk_threshold", threshold)
        monkeypatch.setattr(Shopify, "page_size", page_size)
        secrets = {"access_token": door.credentials()["access_token"]}
        credentials = Credentials(store="store1", address=sandbox.address("shopify", "lab"), secrets=secrets)
        return Shopify(Access(credentials=credentials, allow_private=True, limits=QUICK, requests_per_second=1000))

    return make


def everything(connector) -> Window:
    return Window(None, connector.identify().platform_time)


def hashes(pages):
    return {read.record.external_id: read.content_hash for page in pages for read in page.records}


def raws(pages):
    return {read.record.external_id: read.raw for page in pages for read in page.records}


def roots(sandbox):
    """What was asked, by the first field of each query that the sandbox tells apart."""
    return [visit.stream for visit in sandbox.visits("shopify", "lab").requests()]


@pytest.mark.parametrize("stream", STREAMS)
def test_a_bulk_read_equals_a_paged_read_to_the_byte(sandbox, connect, stream):
    paged = connect(threshold=10**6)
    by_pages = raws(paged.pages(stream, everything(paged)))
    assert "bulk" not in roots(sandbox)
    bulk = connect()
    pages = list(bulk.pages(stream, everything(bulk)))
    assert "bulk" in roots(sandbox)
    assert raws(pages) == by_pages
    assert hashes(pages) == hashes(paged.pages(stream, everything(paged)))
    assert len(pages) > 4
    assert not any(page.rejected or page.truncated for page in pages)


@pytest.mark.parametrize("scope", ["read_products", "read_customers"])
@pytest.mark.parametrize("stream", ["orders", "inventory"])
def test_with_fewer_rights_the_rows_are_the_same_too(door, connect, stream, scope):
    door.scopes.discard(scope)
    paged, bulk = connect(threshold=10**6), connect()
    assert raws(connect().pages(stream, everything(bulk))) == raws(paged.pages(stream, everything(paged)))


def test_an_incremental_window_and_a_small_stream_are_read_by_pages(sandbox, connect):
    connector = connect()
    window = everything(connector)
    list(connector.pages("orders", Window(window.end - timedelta(days=2000), window.end)))
    list(connect(threshold=90).pages("orders", window))
    assert "bulk" not in roots(sandbox)


@pytest.mark.parametrize("stream", STREAMS)
def test_a_run_resumed_at_any_cursor_reads_the_same(connect, stream):
    whole = connect()
    window = everything(whole)
    pages = list(whole.pages(stream, window))
    for done in range(0, len(pages), 2):
        cursor = json.loads(json.dumps(pages[done].cursor)) if pages[done].has_more else None
        resumed = connect()
        resumed.identify()  # as every attempt begins
        rest = [] if cursor is None else list(resumed.pages(stream, window, cursor))
        assert hashes([*pages[: done + 1], *rest]) == hashes(pages)


def test_a_worker_on_the_same_machine_goes_on_without_fetching_the_file_again(sandbox, connect, disk):
    connector = connect()
    walk = connector.pages("orders", everything(connector))
    cursor = [next(walk), next(walk)][1].cursor
    before = roots(sandbox)
    connect().fetch_page("orders", everything(connector), cursor)
    fetched = [visit for visit in sandbox.visits("shopify", "lab").requests("bulk") if visit.path.startswith("/bulk/")]
    assert len(fetched) == 1
    assert [stream for stream in roots(sandbox)[len(before) :] if stream != "identity"] == []


def test_nothing_is_left_on_the_disk_after_the_last_page(connect, disk):
    connector = connect()
    list(connector.pages("products", everything(connector)))
    assert [left for left in disk.rglob("*") if left.is_file()] == []


def test_waiting_is_given_to_the_caller_and_survives_it(sandbox, door, connect):
    door.bulk.seconds = 3600
    connector = connect()
    window = everything(connector)
    guard = PaginationGuard("shopify orders", None)
    first = connector.fetch_page("orders", window, None)
    guard.check(first)
    assert (first.rows, first.has_more) == ((), True)
    for _ in range(3):  # as often as it takes, each time with the cursor of the checkpoint and a new worker
        with pytest.raises(RateLimited, match="preparing") as caught:
            list(connect().pages("orders", window, first.cursor))
        assert 5 <= caught.value.retry_after_s <= 60
    assert len(door.bulk.operations) == 1
    door.bulk.seconds = 0
    rest = list(connect().pages("orders", window, first.cursor))
    assert len(hashes(rest)) == door.shop.counts()["orders"]


def test_it_waits_longer_the_longer_it_takes(door, connect):
    door.bulk.seconds = 10 * DAY
    connector = connect()
    window = everything(connector)
    first = connector.fetch_page("orders", window, None)
    door.bulk.operations[0].created -= 100
    with pytest.raises(RateLimited) as caught:
        connector.fetch_page("orders", window, first.cursor)
    assert caught.value.retry_after_s == pytest.approx(25, abs=2)


def test_a_run_stopped_before_its_first_checkpoint_finds_its_operation_again(door, connect):
    door.bulk.seconds = 3600
    connector = connect()
    now = connector.identify().platform_time
    window = Window(None, now - timedelta(seconds=2))
    first = connector.fetch_page("inventory", window, None)
    assert connect().fetch_page("inventory", window, None).cursor == first.cursor
    later = Window(None, now + timedelta(seconds=60))
    assert connect().fetch_page("inventory", later, None).cursor != first.cursor  # older than this window: it may lack changes


def test_five_at_once_and_the_sixth_waits(door, connect):
    door.bulk.seconds = 3600
    connector = connect()
    end = connector.identify().platform_time
    for second in range(5):
        connector.fetch_page("orders", Window(None, end + timedelta(seconds=second + 10)), None)
    with pytest.raises(RateLimited, match="as many bulk operations as it may"):
        connector.fetch_page("orders", Window(None, end + timedelta(seconds=20)), None)


@pytest.mark.parametrize("code", ["TIMEOUT", "INTERNAL_SERVER_ERROR", "ACCESS_DENIED"])
def test_an_operation_that_fails_is_replaced_by_reading_page_by_page(sandbox, door, connect, code):
    door.bulk.fails_with = code
    connector = connect()
    pages = list(connector.pages("orders", everything(connector)))
    assert len(hashes(pages)) == door.shop.counts()["orders"]
    assert [page.cursor for page in pages if page.cursor == BY_PAGES]
    assert not [visit for visit in sandbox.visits("shopify", "lab").requests() if visit.path.startswith("/bulk/")]  # no partial data


def begun(connector, stream="orders"):
    window = everything(connector)
    return window, connector.fetch_page(stream, window, None).cursor


def test_a_cancelled_or_forgotten_operation_is_replaced_by_reading_page_by_page(door, connect):
    door.bulk.seconds = 3600
    connector = connect()
    window, cursor = begun(connector)
    door.bulk.operations[0].status = "CANCELED"
    for gone in (cursor, {"bulk": "gid://shopify/BulkOperation/7"}):
        assert len(hashes(connector.pages("orders", window, gone))) == door.shop.counts()["orders"]


def test_a_file_that_has_expired_is_replaced_by_reading_page_by_page(sandbox, door, connect):
    connector = connect()
    window, cursor = begun(connector)
    connector.fetch_page("orders", window, cursor)
    real = door.shop.clock
    door.shop.clock = lambda: real() + 8 * DAY
    BulkFile.at_hand(f"{connector.http.base} {cursor['bulk']}").discard()
    page = connector.fetch_page("orders", window, {**cursor, "part": 2})
    assert (page.rows, page.cursor, page.has_more) == ((), BY_PAGES, True)


def test_a_broken_connection_is_tried_again_and_no_reason_for_another_way(sandbox, door, connect):
    connector = connect()
    window, cursor = begun(connector)
    visits = sandbox.visits("shopify", "lab")
    visits.fault("cut", path="/bulk/")
    with pytest.raises(Unavailable):
        connector.fetch_page("orders", window, cursor)
    assert connector.fetch_page("orders", window, cursor).rows


def test_half_a_file_that_looks_whole_is_found_out(sandbox, connect):
    connector = connect()
    window, cursor = begun(connector)
    sandbox.visits("shopify", "lab").fault("truncated", path="/bulk/")
    assert connector.fetch_page("orders", window, cursor).cursor == BY_PAGES


def test_lines_that_went_missing_are_found_out(door, connect):
    connector = connect()
    window, cursor = begun(connector, "products")
    door.bulk._move_all()
    lines = door.bulk.operations[0].lines.splitlines(keepends=True)
    door.bulk.operations[0].lines = b"".join(lines[:-1])
    assert connector.fetch_page("products", window, cursor).cursor == BY_PAGES


def test_a_shop_that_is_empty_meanwhile_is_proven_empty(door, connect):
    connector = connect()
    window, cursor = begun(connector)
    for order in door.shop.ids("orders"):
        door.shop.delete("orders", order)
    page = connector.fetch_page("orders", window, cursor)
    assert (page.rows, page.has_more, page.total) == ((), False, 0)


def test_a_right_that_is_missing_is_named(door, connect):
    door.scopes.discard("read_orders")
    connector = connect()
    with pytest.raises(ScopeMissing) as caught:
        list(connector.pages("orders", everything(connector)))
    assert caught.value.scope == "read_orders"


def test_what_changes_while_it_runs_is_read_by_the_next_window(door, connect):
    door.bulk.seconds = 3600
    connector = connect()
    window, cursor = begun(connector)
    changed = door.shop.ids("orders")[4]
    later = window.end + timedelta(seconds=5)
    door.shop.edit("orders", changed, at=later)
    door.bulk.seconds = 0
    assert changed not in hashes(connector.pages("orders", window, cursor))  # it left the window meanwhile
    assert changed in hashes(connector.pages("orders", Window(window.end - timedelta(seconds=300), later + timedelta(seconds=1))))


def test_the_file_is_fetched_without_our_token_and_its_signature_is_nowhere(sandbox, door, connect, web):
    connector = connect()
    window, cursor = begun(connector)
    door.bulk._move_all()
    one = door.bulk.operations[0]
    web.will_answer(Reply(one.lines, content_type="application/jsonl"))
    told = door.bulk._told
    door.bulk._told = lambda op, address: {**told(op, address), "url": f"{web.address}/result.jsonl?X-Goog-Signature=topsecret"}
    page = connector.fetch_page("orders", window, cursor)
    assert page.rows
    assert "x-shopify-access-token" not in web.asked[0].headers
    assert "authorization" not in web.asked[0].headers
    assert web.asked[0].params == {"X-Goog-Signature": "topsecret"}
    assert "topsecret" not in json.dumps(page.cursor)
    web.will_answer(Reply(status=503))
    BulkFile.at_hand(f"{connector.http.base} {cursor['bulk']}").discard()
    with pytest.raises(Unavailable) as caught:
        connector.fetch_page("orders", window, cursor)
    assert "topsecret" not in str(caught.value)


def test_an_address_that_is_not_https_is_not_called_outside_the_sandbox(web):
    class Told:
        def ask(self, document, variables):
            return {"bulkOperation": {"status": "COMPLETED", "objectCount": "1", "rootObjectCount": "1", "url": web.address + "/result"}}

    shopify = Shopify(Access(credentials=Credentials(store="s", address="https://shop.example", secrets={"access_token": "t"})))
    strict = ShopifyBulk(Told(), shopify.http, Access(credentials=Credentials(store="s", address="https://shop.example")), 10)
    assert strict.page("orders", {"bulk": "gid://shopify/BulkOperation/1"}).cursor == BY_PAGES
    assert web.address.startswith("http://")
    assert web.asked == []
