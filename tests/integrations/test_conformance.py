"""What every platform's connector must hold, against the sandbox's shop of that platform. A new platform gets all of it by being listed."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from integrations import CONNECTORS
from integrations.connector import Connector, Credentials, Rejected, Stream, Window
from integrations.errors import AuthRefused, ContractBroken, PaginationNotAdvancing, RateLimited, ScopeMissing, Unavailable
from integrations.platform_connector import Access
from integrations.sandbox import PLATFORMS, ShopSpec, running
from integrations.sandbox.faults import KINDS, Fault
from integrations.sandbox.shop import Shop
from integrations.sandbox.visits import Visits
from tests.integrations.conftest import QUICK

HERE = sorted(set(CONNECTORS) & set(PLATFORMS))
OFFERED = [(platform, stream) for platform in HERE for stream, facts in CONNECTORS[platform].streams.items() if facts.is_offered]
INCREMENTAL = [(platform, stream) for platform, stream in OFFERED if CONNECTORS[platform].streams[stream].incremental]
BY_MOMENT = [  # a stream that is found by whole days always reads the last day again
    (platform, stream) for platform, stream in INCREMENTAL if CONNECTORS[platform].streams[stream].lookback_s < 86_400
]
# What goes wrong once and costs nobody a record, then what no further call mends; each kind of fault is in one of the tests below.
PASSING = ("server_error", "cut", "truncated", "html", "rate_limited", "slow", "expire", "shuffled", "descending")
LASTING = {
    "server_error": Unavailable, "cut": Unavailable, "truncated": Unavailable, "html": Unavailable, "revoke": AuthRefused,
    "repeated_token": PaginationNotAdvancing,
    "repeated_page": ContractBroken,  # where one list leads on to another, the page is not even of the one that was asked
}  # fmt: skip
HAPPENING = ("edit", "add", "late", "delete")  # to the shop, while it is read
DETAILS = {
    "server_error": {"times": 2}, "rate_limited": {"retry_after_s": 0.05}, "slow": {"delay_s": 0.1},
    "shuffled": {"times": 4, "after": 0}, "descending": {"times": 4, "after": 0},
}  # fmt: skip
PAGE = 10
BIG = 30  # variants of the biggest product, more than any platform tells at once
ALWAYS = 10**6


def each_fault(kinds):
    """Every stream with every one of `kinds` that its platform can have."""
    return [(platform, stream, kind) for platform, stream in OFFERED for kind in kinds if kind not in PLATFORMS[platform].impossible]


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
        """Let something go wrong with `stream`."""
        return self.visits.fault(kind, stream=self.list_of(stream), **details)

    def list_of(self, stream: str) -> str:
        """What the sandbox calls the list that a stream is read from."""
        connector = self.connector()
        connector.fetch_page(stream, self.window(connector), None)
        return self.visits.requests()[-1].stream

    def count(self, stream: str) -> int:
        return self.shop.counts()[{"inventory": "inventory_levels"}.get(stream, stream)]

    def window(self, connector: Connector) -> Window:
        return Window(None, connector.identify().platform_time + timedelta(seconds=1))

    def present(self, connector: Connector, stream: str) -> datetime:
        """Up to when the platform tells all that happens in its shop: most tell the youngest second, Amazon nothing of the last two minutes."""
        delay = connector.streams[stream].settle_s - Stream(incremental=True).settle_s
        return connector.identify().platform_time - timedelta(seconds=delay)


@contextmanager
def opened(platform: str) -> Iterator[Lab]:
    spec = ShopSpec(platform=platform, name="lab", size=36, orders=45, customers=45, big_variants=BIG, plan="enterprise")
    with running(spec) as sandbox:
        visits = sandbox.visits(platform, "lab")
        yield Lab(platform, visits.door.shop, visits, sandbox.address(platform, "lab"))


@pytest.fixture(scope="module")
def shelf() -> Iterator[dict[str, Lab]]:
    """Shops that are read and never changed, each opened once."""
    with ExitStack() as open_labs:
        yield {platform: open_labs.enter_context(opened(platform)) for platform in HERE}


@pytest.fixture
def lab(platform: str, shelf, monkeypatch) -> Iterator[Lab]:
    """A shop that stays as it is."""
    monkeypatch.setattr(CONNECTORS[platform], "page_size", PAGE)
    found = shelf[platform]
    scopes = set(found.visits.door.scopes)
    yield found
    found.visits.clear()
    found.visits.door.scopes |= scopes


@pytest.fixture
def changing(platform: str, monkeypatch) -> Iterator[Lab]:
    """A shop of one's own."""
    monkeypatch.setattr(CONNECTORS[platform], "page_size", PAGE)
    with opened(platform) as found:
        yield found


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
def test_one_change_is_read_and_little_else(changing, stream):
    connector = changing.connector()
    now = changing.present(connector, stream)
    changed = next(iter(read_all(changing, stream)))
    changing.shop.edit(stream, changed)
    again = ids_of(connector.pages(stream, Window(now - timedelta(seconds=1), now + timedelta(seconds=60))))
    assert changed in again
    assert connector.streams[stream].lookback_s >= 86_400 or set(again) == {changed}


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_a_run_that_is_taken_over_after_each_page_reads_the_same(lab, stream):
    connector = lab.connector()
    window = lab.window(connector)
    whole = list(connector.pages(stream, window))
    assert len(whole) > 2
    found, page = [], None
    while page is None or page.has_more:
        page = next(lab.connector().pages(stream, window, page.cursor if page else None))
        found.append(page)
    assert set(ids_of(found)) == set(ids_of(whole))


@pytest.mark.parametrize(("platform", "stream", "kind"), each_fault(HAPPENING))
def test_what_happens_while_records_are_read_costs_none_of_the_others(changing, stream, kind):
    before = read_all(changing, stream)
    fault = changing.fault(stream, kind, after=1, times=12)
    connector = changing.connector()
    window = changing.window(connector)
    first = set(ids_of(connector.pages(stream, window)))
    facts = connector.streams[stream]
    assert fault.fired > 1
    changing.visits.clear()
    end = connector.identify().platform_time + timedelta(seconds=2)  # beyond what a clock told in whole seconds can hide
    start = window.end - timedelta(seconds=facts.lookback_s) if facts.incremental else None
    both = first | set(ids_of(connector.pages(stream, Window(start, end))))
    there = read_all(changing, stream)
    assert both >= (before & there if kind == "delete" else before | there)


@pytest.mark.parametrize(("platform", "stream"), [pair for pair in INCREMENTAL if pair[1] == "orders"])
def test_1201_records_of_one_second_are_all_read(platform, stream):
    with running(ShopSpec(platform=platform, name="lab", size=5, orders=1250, customers=5, plan="enterprise")) as sandbox:
        visits = sandbox.visits(platform, "lab")
        lab = Lab(platform, visits.door.shop, visits, sandbox.address(platform, "lab"))
        lab.shop.tie("orders", 1201)
        assert len(read_all(lab, stream)) == lab.count(stream)


@pytest.mark.parametrize(("platform", "stream", "kind"), each_fault(PASSING))
def test_a_passing_trouble_goes_unnoticed(lab, stream, kind):
    trouble = lab.fault(stream, kind, **{"after": 1, **DETAILS.get(kind, {})})
    assert len(read_all(lab, stream)) == lab.count(stream)
    assert trouble.fired


@pytest.mark.parametrize(("platform", "stream", "kind"), each_fault(LASTING))
def test_a_lasting_trouble_is_told_for_what_it_is(lab, stream, kind):
    connector = lab.connector()
    window = lab.window(connector)
    trouble = lab.fault(stream, kind, after=1, times=ALWAYS)
    with pytest.raises(LASTING[kind]) as caught:
        ids_of(connector.pages(stream, window))
    assert 0 < trouble.fired < 200
    for secret in lab.visits.door.credentials().values():
        assert secret not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(("platform", "stream", "kind"), each_fault(["drop_scope"]))
def test_a_permission_that_is_taken_away_is_missed_by_name(lab, stream, kind):
    connector = lab.connector()
    window = lab.window(connector)
    here = lab.list_of(stream)
    for scope in lab.visits.door.scopes:
        lab.visits.fault(kind, stream=here, scope=scope)
    with pytest.raises(ScopeMissing) as caught:
        ids_of(connector.pages(stream, window))
    assert caught.value.hint


@pytest.mark.parametrize("platform", HERE)
def test_a_long_throttling_is_given_to_the_caller(lab):
    connector = lab.connector()
    window = lab.window(connector)
    lab.fault("orders", "rate_limited", times=ALWAYS, retry_after_s=40)
    with pytest.raises(RateLimited) as caught:
        ids_of(connector.pages("orders", window))
    assert 30 <= caught.value.retry_after_s <= 60


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_one_row_is_the_same_alone_as_in_its_list(lab, stream):
    connector = lab.connector()
    page = next(page for page in connector.pages(stream, lab.window(connector)) if page.records)
    wanted = page.records[0]
    row = connector.fetch_row(stream, wanted.record.external_id)
    alone = {record.external_id: record for record in connector.to_records(stream, row)}
    assert alone[wanted.record.external_id] == wanted.record


@pytest.mark.parametrize(("platform", "stream"), OFFERED)
def test_a_deleted_row_is_not_there(changing, stream):
    connector = changing.connector()
    shelf = "products" if stream == "inventory" else stream
    known = read_all(changing, shelf, connector)
    asked = sorted(read_all(changing, stream, connector))[0]
    for record_id in known:
        changing.shop.delete(shelf, record_id)
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
    assert counts[-1] == BIG
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


def test_no_kind_of_fault_is_left_out():
    assert {*PASSING, *LASTING, *HAPPENING, "drop_scope"} == KINDS
