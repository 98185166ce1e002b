"""What every platform's connector must hold, against the sandbox's shop of that platform. A new platform gets all of it by being listed."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from integrations import CONNECTORS
from integrations.connector import Connector, Credentials, Rejected, Stream, Window
from integrations.errors import AuthRefused, PaginationNotAdvancing, RateLimited, Unavailable
from integrations.platform_connector import Access
from integrations.sandbox import PLATFORMS, ShopSpec, running
from integrations.sandbox.faults import Fault
from integrations.sandbox.shop import Shop
from integrations.sandbox.visits import Visits
from tests.integrations.conftest import QUICK
from tests.servers import until

HERE = sorted(set(CONNECTORS) & set(PLATFORMS))
OFFERED = [(platform, stream) for platform in HERE for stream, facts in CONNECTORS[platform].streams.items() if facts.is_offered]
INCREMENTAL = [(platform, stream) for platform, stream in OFFERED if CONNECTORS[platform].streams[stream].incremental]
BY_MOMENT = [  # a stream that is found by whole days always reads the last day again
    (platform, stream) for platform, stream in INCREMENTAL if CONNECTORS[platform].streams[stream].lookback_s < 86_400
]
REPEATING = [
    (platform, stream, fault)
    for platform, stream in OFFERED
    for fault in ("repeated_page", "repeated_token")
    if fault not in PLATFORMS[platform].impossible
]
ALWAYS = 10**6


@dataclass
class Lab:
    platform: str
    shop: Shop
    visits: Visits
    address: str

    def connector(self) -> Connector:
        credentials = Credentials(store="store1", address=self.address, secrets=self.visits.door.credentials())
        return CONNECTORS[self.platform](
            Access(credentials=credentials, allow_private=True, limits=replace(QUICK, read_s=20, patience_s=5), requests_per_second=1000)
        )

    def fault(self, stream: str, kind: str, **details: object) -> Fault:
        """Let something go wrong with `stream`, which the sandbox may know by the name of the list that it is read from."""
        connector = self.connector()
        connector.fetch_page(stream, self.window(connector), None)
        return self.visits.fault(kind, stream=self.visits.requests()[-1].stream, **details)

    def count(self, stream: str) -> int:
        return self.shop.counts()[{"inventory": "inventory_levels"}.get(stream, stream)]

    def window(self, connector: Connector) -> Window:
        return Window(None, connector.identify().platform_time + timedelta(seconds=1))

    def present(self, connector: Connector, stream: str) -> datetime:
        """Up to when the platform tells all that happens in its shop: most tell the youngest second, Amazon nothing of the last two minutes."""
        delay = connector.streams[stream].settle_s - Stream(incremental=True).settle_s
        return connector.identify().platform_time - timedelta(seconds=delay)


@pytest.fixture
def lab(platform: str, monkeypatch) -> Iterator[Lab]:
    monkeypatch.setattr(CONNECTORS[platform], "page_size", 20)
    spec = ShopSpec(platform=platform, name="lab", size=70, orders=90, customers=95, big_variants=50, plan="enterprise")
    with running(spec) as sandbox:
        visits = sandbox.visits(platform, "lab")
        yield Lab(platform, visits.door.shop, visits, sandbox.address(platform, "lab"))


def ids_of(pages) -> list[str]:
    """The external ids of all records; a record kept aside counts as read."""
    found = []
    for page in pages:
        found += [read.record.external_id for read in page.records] + [rejected.external_id for rejected in page.rejected]
    return found


def read_all(lab: Lab, stream: str, connector: Connector | None = None) -> set[str]:
    connector = connector or lab.connector()
    return set(ids_of(connector.pages(stream, lab.window(connector))))


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_the_first_sync_reads_every_record(lab, stream):
    assert len(read_all(lab, stream)) == lab.count(stream)


@pytest.mark.parametrize(("platform", "stream"), BY_MOMENT)
def test_when_nothing_changed_nothing_is_read(lab, stream):
    connector = lab.connector()
    now = lab.present(connector, stream)
    assert ids_of(connector.pages(stream, Window(now, now + timedelta(seconds=60)))) == []


@pytest.mark.parametrize(("platform", "stream"), INCREMENTAL)
def test_one_change_is_read_and_little_else(lab, stream):
    connector = lab.connector()
    now = lab.present(connector, stream)
    changed = next(iter(read_all(lab, stream)))
    lab.shop.edit(stream, changed)
    again = ids_of(connector.pages(stream, Window(now - timedelta(seconds=1), now + timedelta(seconds=60))))
    assert changed in again
    assert connector.streams[stream].lookback_s >= 86_400 or set(again) == {changed}


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_a_run_resumed_at_any_cursor_reads_the_same(lab, stream):
    connector = lab.connector()
    window = lab.window(connector)
    pages = list(connector.pages(stream, window))
    assert len(pages) > 2
    whole = set(ids_of(pages))
    for done in range(1, len(pages), 2):
        resumed = lab.connector()
        rest = ids_of(resumed.pages(stream, window, pages[done - 1].cursor))
        assert set(ids_of(pages[:done])) | set(rest) == whole


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_records_edited_while_they_are_read_cost_no_other_record(lab, stream):
    before = read_all(lab, stream)
    fault = lab.fault(stream, "edit", after=1, times=12)
    connector = lab.connector()
    window = lab.window(connector)
    first = set(ids_of(connector.pages(stream, window)))
    facts = connector.streams[stream]
    assert fault.fired > 1
    lab.visits.clear()
    done = time.monotonic()
    until("the last edit to be older than what a clock told in whole seconds can hide", lambda: time.monotonic() > done + 1.5)
    end = connector.identify().platform_time + timedelta(seconds=1)
    start = window.end - timedelta(seconds=facts.lookback_s) if facts.incremental else None
    assert first | set(ids_of(connector.pages(stream, Window(start, end)))) >= before


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_records_deleted_while_others_are_read_cost_no_other_record(lab, stream):
    before = read_all(lab, stream)
    fault = lab.fault(stream, "delete", after=1, times=12)
    read = read_all(lab, stream)
    assert fault.fired > 1
    lab.visits.clear()
    assert read >= before & read_all(lab, stream)


@pytest.mark.parametrize(("platform", "stream"), [pair for pair in INCREMENTAL if pair[1] == "orders"])
def test_1201_records_of_one_second_are_all_read(platform, stream):
    with running(ShopSpec(platform=platform, name="lab", size=5, orders=1400, customers=5, plan="enterprise")) as sandbox:
        visits = sandbox.visits(platform, "lab")
        lab = Lab(platform, visits.door.shop, visits, sandbox.address(platform, "lab"))
        lab.shop.tie("orders", 1201)
        assert len(read_all(lab, stream)) == lab.count(stream)


@pytest.mark.parametrize("bend", ["shuffled", "descending"])
@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_pages_in_the_wrong_order_are_read_whole(lab, stream, bend):
    fault = lab.fault(stream, bend, times=4)
    assert len(read_all(lab, stream)) == lab.count(stream)
    assert fault.fired


@pytest.mark.parametrize(("platform", "stream", "fault"), REPEATING)
def test_a_platform_that_repeats_itself_is_stopped(lab, stream, fault):
    connector = lab.connector()
    window = lab.window(connector)
    repeating = lab.fault(stream, fault, after=1, times=ALWAYS)
    with pytest.raises(PaginationNotAdvancing):
        ids_of(connector.pages(stream, window))
    assert 0 < repeating.fired < 200


@pytest.mark.parametrize("fault", [{"kind": "server_error", "times": 2}, {"kind": "cut"}, {"kind": "truncated"}, {"kind": "html"}, {"kind": "rate_limited", "retry_after_s": 0.05}], ids=lambda fault: fault["kind"])  # fmt: skip
@pytest.mark.parametrize(("platform", "stream"), [pair for pair in OFFERED if pair[1] in ("orders", "customers")])
def test_a_passing_trouble_goes_unnoticed(lab, stream, fault):
    trouble = lab.fault(stream, **fault, after=1)
    assert len(read_all(lab, stream)) == lab.count(stream)
    assert trouble.fired


@pytest.mark.parametrize(
    ("fault", "error"), [("server_error", Unavailable), ("cut", Unavailable), ("truncated", Unavailable), ("html", Unavailable)]
)
@pytest.mark.parametrize("platform", HERE)
def test_a_lasting_trouble_is_told_for_what_it_is(lab, fault, error):
    connector = lab.connector()
    window = lab.window(connector)
    lab.fault("orders", fault, after=1, times=ALWAYS)
    with pytest.raises(error):
        ids_of(connector.pages("orders", window))


@pytest.mark.parametrize("platform", HERE)
def test_a_long_throttling_is_given_to_the_caller(lab):
    connector = lab.connector()
    window = lab.window(connector)
    lab.fault("orders", "rate_limited", times=ALWAYS, retry_after_s=40)
    with pytest.raises(RateLimited) as caught:
        ids_of(connector.pages("orders", window))
    assert 30 <= caught.value.retry_after_s <= 60


@pytest.mark.parametrize("platform", HERE)
def test_revoked_credentials_are_refused_at_once(lab):
    connector = lab.connector()
    window = lab.window(connector)
    lab.fault("orders", "revoke")
    with pytest.raises(AuthRefused) as caught:
        ids_of(connector.pages("orders", window))
    assert caught.value.hint
    for secret in lab.visits.door.credentials().values():
        assert secret not in str(caught.value)


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_one_row_is_the_same_alone_as_in_its_list(lab, stream):
    connector = lab.connector()
    page = next(page for page in connector.pages(stream, lab.window(connector)) if page.records)
    wanted = page.records[0]
    row = connector.fetch_row(stream, wanted.record.external_id)
    alone = {record.external_id: record for record in connector.to_records(stream, row)}
    assert alone[wanted.record.external_id] == wanted.record


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_a_deleted_row_is_not_there(lab, stream):
    connector = lab.connector()
    shelf = "products" if stream == "inventory" else stream
    known = read_all(lab, shelf, connector)
    asked = sorted(read_all(lab, stream, connector))[0]
    for record_id in known:
        lab.shop.delete(shelf, record_id)
    assert connector.fetch_row(stream, asked) is None
    assert connector.fetch_row(stream, "no such id") is None


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_reading_twice_gives_the_same_hashes(lab, stream):
    def hashes():
        connector = lab.connector()
        return {
            read.record.external_id: read.content_hash for page in connector.pages(stream, lab.window(connector)) for read in page.records
        }

    assert hashes() == hashes()


@pytest.mark.parametrize("platform", HERE)
def test_nested_lists_are_read_to_their_end(lab):
    connector = lab.connector()
    products = [read.record for page in connector.pages("products", lab.window(connector)) for read in page.records]
    counts = sorted(len(product.variants) for product in {product.external_id: product for product in products}.values())
    assert counts[-1] == 50
    rejected = lab.count("products") - len({product.external_id for product in products})
    assert lab.shop.counts()["variants"] - 10 * rejected <= sum(counts) <= lab.shop.counts()["variants"]


@pytest.mark.parametrize(("platform", "stream"), [pair for pair in OFFERED if pair[1] == "orders"])
def test_no_cursor_comes_twice_and_every_cursor_is_plain_json(lab, stream):
    connector = lab.connector()
    cursors = [json.dumps(page.cursor, sort_keys=True) for page in connector.pages(stream, lab.window(connector)) if page.has_more]
    assert len(set(cursors)) == len(cursors)
    assert all(a != b for a, b in pairwise(cursors))


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_an_id_that_is_told_before_the_mapping_is_the_records(lab, stream):
    connector = lab.connector()
    for page in connector.walk(stream, lab.window(connector)):
        at_once, on_demand = connector.read(stream, page), connector.read(stream, page, on_demand=True)
        told = {one.external_id: one.content_hash for one in on_demand.records if not isinstance(one.told, Rejected)}
        assert told == {one.record.external_id: one.content_hash for one in at_once.records}
        assert all(one.external_id == one.record.external_id for one in on_demand.records if not isinstance(one.told, Rejected))
