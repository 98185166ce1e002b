"""TikTok Shop's connector: what is sent, how windows are walked, tokens, refusals."""

import json
import re
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest

from integrations.clock import PlatformClock
from integrations.connector import Window
from integrations.errors import AuthRefused, ConfigWrong, ScopeMissing
from integrations.gaps import CEILING, Gap
from integrations.http_session import Answer
from integrations.sandbox.model import Variant
from integrations.tiktok import API_HOST, TOKEN_ADDRESS, TikTok
from integrations.tiktok_errors import code_error
from integrations.tokens import TOLD_WITH_TOKENS
from tests.tiktok_shops import access_to, now, open_lab

MINUTE = timedelta(minutes=1)


@pytest.fixture
def lab(monkeypatch):
    with open_lab(monkeypatch) as opened:
        yield opened


def asked(lab, path):
    """Query and body of all calls to `path`."""
    return [(dict(each.query), json.loads(each.body or b"{}")) for each in lab.spoken if each.path == path]


def test_paging_stands_in_the_query_and_the_window_in_the_body(lab):
    since = datetime(2026, 11, 1, 8, 0, 0, 500_000, tzinfo=UTC)
    end = datetime(2026, 11, 2, 8, 0, 0, 500_000, tzinfo=UTC)
    for stream in ("orders", "products"):
        lab.connector().fetch_page(stream, Window(since, end), None)
    (query, body), *_ = asked(lab, "/order/202309/orders/search")
    assert (query["page_size"], query["sort_field"], query["sort_order"]) == ("20", "update_time", "ASC")
    assert "page_token" not in query  # empty values are left out
    first = int(since.timestamp())
    assert body == {"update_time_ge": first, "update_time_lt": first + 86_401}  # 08:00:00 of the last day is before its end
    (query, body), *_ = asked(lab, "/product/202502/products/search")
    assert "sort_field" not in query
    assert (body["update_time_ge"], body["update_time_le"], body["status"]) == (first, first + 86_400, "ALL")


def test_the_shop_is_named_in_every_call_but_the_one_that_finds_it(lab):
    connector = lab.connector()
    assert (connector.identify().name, connector.identify().currency) == ("lab", "EUR")
    lab.read("inventory", connector)
    assert {("shop_cipher" in dict(each.query)) for each in lab.spoken if each.path.startswith("/authorization/")} == {False}
    assert {dict(each.query).get("shop_cipher") for each in lab.spoken if not each.path.startswith("/authorization/")} == {lab.door.cipher}


def test_of_several_shops_the_store_names_one(web):
    shops = [{"name": f"Shop {code}", "region": "GB", "code": code, "cipher": f"c-{code}"} for code in ("A1", "B2")]
    web.will_answer({"code": 0, "data": {"shops": shops}})

    def connector(**more):
        return TikTok(access_to(web.address, **more))

    with pytest.raises(ConfigWrong) as caught:
        connector().identify()
    assert "Shop A1 (GB, shop_code A1)" in str(caught.value)
    assert "c-A1" not in str(caught.value)
    assert connector(shop_code="B2").identify().name == "Shop B2"
    with pytest.raises(ConfigWrong):
        connector(shop_code="C3").identify()


def test_more_products_than_a_search_shows_are_all_read(lab):
    lab.door.search_ceiling = 35
    assert set(lab.read("products")) == set(lab.shop.ids("products"))
    assert set(lab.read("inventory", lab.connector())) == {
        f"{variant.external_id}@{place}"
        for product in lab.read("products").values() for variant in product.variants
        for place in ("7054915283000000000", "7054915283000000001")
    }  # fmt: skip


def test_a_second_with_more_products_than_a_search_shows_is_told_as_incomplete(lab, monkeypatch):
    lab.shop.tie("products", 40)
    lab.door.search_ceiling = 30
    pages = list(lab.connector().pages("products", Window(None, now() + MINUTE)))
    assert [page.truncated for page in pages if page.truncated] == [(Gap(CEILING, "products of one second"),)]


def test_rows_that_leave_a_crowded_second_cost_no_other(lab):
    tied = lab.shop.tie("products", 50, at=now() - MINUTE)
    found, leaving = set(), tied[-3:]
    for page in lab.connector().pages("products", Window(now() - 2 * MINUTE, now())):
        found |= {read.record.external_id for read in page.records}
        while found and leaving:  # newest first: they stood on the first page, and what comes after moves up
            lab.shop.edit("products", leaving.pop(), title="Edited")
    assert not leaving
    assert found >= set(tied) & set(lab.shop.ids("products"))


def test_a_page_token_that_is_no_longer_known_begins_its_second_again(lab):
    tied = lab.shop.tie("orders", 45, at=now() - MINUTE)
    window = Window(now() - 2 * MINUTE, now())
    page = next(page for page in lab.connector().pages("orders", window) if (page.cursor["at"] or {}).get("token"))
    worn_out = {**page.cursor, "at": {**page.cursor["at"], "token": "b2Zmc2V0PTAK"}}
    assert set(tied) & set(lab.shop.ids("orders")) <= set(lab.read("orders", since=window.start, cursor=worn_out))


def test_tokens_that_expire_on_the_way_are_renewed_once_and_saved_first(lab):
    lab.visits.fault("expire", stream="orders", after=2)
    connector = lab.connector()
    before = lab.door.credentials()
    assert set(lab.read("orders", connector)) == set(lab.shop.ids("orders"))
    assert len(lab.visits.requests("token")) == 1
    after = lab.door.credentials()
    (saved,) = lab.saved
    assert datetime.fromisoformat(saved["grant_expires_at"]) > datetime.now(UTC) + timedelta(days=30)
    assert {**before, **saved} == {**after, **{name: saved[name] for name in TOLD_WITH_TOKENS}}
    assert after["refresh_token"] != before["refresh_token"]
    assert connector.identify().granted_scopes == frozenset(lab.door.scopes)


def test_many_threads_renew_once(lab):
    connector = lab.connector()
    connector.identify()
    lab.door.expire()
    threads = [threading.Thread(target=connector.tokens.renew, args=(connector.tokens.current,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lab.door.keyring.renewals == len(lab.saved) == 1
    assert lab.read("products", connector)


def test_a_refused_renewal_ends_at_once_and_shows_no_secret(lab):
    connector = lab.connector(secrets={"refresh_token": "TTR_used_up"})
    lab.door.expire()
    with pytest.raises(AuthRefused) as caught:
        connector.identify()
    assert "TTR_used_up" not in str(caught.value)
    assert "Let the seller authorise" in caught.value.hint
    assert len(lab.visits.requests("token")) == 1


def test_the_real_platform_renews_at_its_own_token_host(lab, monkeypatch):
    called = []
    connector = TikTok(access_to(f"https://{API_HOST}", **lab.door.credentials()))
    monkeypatch.setattr(connector.http, "send", lambda call, **_: called.append(call.url) or pytest.fail("sent"))
    with pytest.raises(pytest.fail.Exception):
        connector.renewed(connector.tokens.current)
    assert called == [f"{TOKEN_ADDRESS}/api/v2/token/refresh"]


@pytest.mark.parametrize(("ahead", "way"), [(90, "ahead of"), (-400, "behind")])
def test_a_clock_that_is_wrong_is_told_in_one_sentence(lab, ahead, way):
    lab.shop.clock = lambda: time.time() - ahead
    with pytest.raises(ConfigWrong) as caught:
        lab.connector().identify()
    assert "NTP" in caught.value.hint
    clock = PlatformClock()
    clock.learn(format_datetime(now() - timedelta(seconds=ahead), usegmt=True), time.time(), time.time())
    refused = Answer(200, {}, {"code": 36009004, "message": "Invalid timestamp."})
    told = re.search(rf"is (\d+) s {way} TikTok's", str(code_error("store1: TikTok Shop", refused, str, clock)))
    assert abs(int(told[1]) - abs(ahead)) <= 1, "a header tells whole seconds"


def test_a_quota_told_in_a_good_status_holds_the_others_back(lab):
    lab.visits.fault("rate_limited", stream="orders", after=1)
    assert set(lab.read("orders")) == set(lab.shop.ids("orders"))


def test_a_real_quota_is_kept(lab):
    lab.door.quotas.per_second = 15
    connector = lab.connector(requests_per_second=12.0)
    connector.fetch_page("products", Window(now() - timedelta(days=30), now()), None)
    assert {json.loads(each.answer)["code"] for each in lab.spoken} == {0}


@pytest.mark.parametrize(("scope", "stream"), [("seller.product.basic", "products"), ("seller.order.info", "orders")])
def test_a_missing_permission_is_named(lab, scope, stream):
    lab.door.scopes.discard(scope)
    with pytest.raises(ScopeMissing) as caught:
        lab.read(stream)
    assert caught.value.scope == scope
    assert scope in caught.value.hint


def test_without_names_of_warehouses_there_is_still_stock(lab):
    named = lab.read("inventory")
    assert {level.location_name for level in named.values()} == {"Main warehouse", "Overflow warehouse"}
    lab.door.scopes.discard("seller.logistics")
    assert {level.location_name for level in lab.read("inventory").values()} == {None}


def test_a_deleted_product_is_not_listed_and_not_there(lab):
    gone, *others = lab.shop.ids("products")
    lab.shop.delete("products", gone)
    connector = lab.connector()
    assert set(lab.read("products", connector)) == set(others)
    assert connector.fetch_row("products", gone) is None  # TikTok still shows it, as DELETED
    assert connector.fetch_row("products", "17") is None
    assert connector.missing("products", [gone, others[0], "17"]).keys() == {gone, "17"}
    assert "deleted" in connector.missing("products", [gone])[gone]


def test_one_broken_price_is_kept_aside_alone(lab):
    broken = lab.shop.ids("products")[30]
    lab.shop.edit_variant(broken, 0, price="abc")
    pages = list(lab.connector().pages("products", Window(None, now() + MINUTE)))
    assert [(rejected.external_id, rejected.reason_code) for page in pages for rejected in page.rejected] == [(broken, "unmappable")]
    assert sum(len(page.records) for page in pages) == len(lab.shop.ids("products")) - 1


def test_a_new_variant_appears(lab):
    product_id = lab.shop.ids("products")[0]
    product = lab.shop.products.get(0)
    more = Variant(number=7, title="XXL", sku="NEW", price="9.99", stock=[1, 2])
    lab.shop.edit("products", product_id, variants=[*product.variants, more])
    found = lab.read("products", since=now() - MINUTE)[product_id]
    assert (found.variants[-1].sku, found.variants[-1].price, found.variants[-1].quantity) == ("NEW", Decimal("9.99"), 3)


def test_2048_variants_and_300_lines_are_read_whole(monkeypatch):
    with open_lab(monkeypatch, size=6, orders=4, big_variants=2048) as lab:
        assert max(len(product.variants) for product in lab.read("products").values()) == 2048
        units = {order.external_id: sum(line.quantity for line in order.lines) for order in lab.read("orders").values()}
        asked_for = lab.shop.orders.get(2).lines
        assert len(asked_for) == 300
        assert units[lab.shop.ids("orders")[2]] == sum(line.quantity for line in asked_for)
