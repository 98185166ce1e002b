"""Tokens are renewed once, whoever needs them, and what a person or the environment says meanwhile is heard (R16)."""

from __future__ import annotations

import multiprocessing
import threading
import time

import pytest

import tasks
from db import secrets, stores
from db.engine import begin, reading
from integrations.errors import AuthRefused, RateLimited
from tasks import renewals
from tasks.connections import credentials_of, open_connector
from tests.servers import until
from tests.shops import open_store

WORN = {"access_token": "TTP_worn", "refresh_token": "TTR_worn"}
NEW = {"access_token": "TTP_new", "refresh_token": "TTR_new"}


@pytest.fixture
def shop(clean):
    """A TikTok shop that is a store of ours."""
    with open_store("tiktok", size=5, orders=5, customers=2) as opened:
        yield opened


def row_of(store):
    with reading(fresh=True) as conn:
        return stores.by_id(conn, store.id)


def kept(store):
    with begin() as conn:
        return secrets.get(conn, store.id)


def renewed(store, fetch):
    """Renew as a connector does that was opened now."""
    row = row_of(store)
    return renewals.renew(row, credentials_of(row).secrets, fetch)


def renewals_at(store):
    return len(store.sandbox.visits(store.platform, store.name).requests("token"))


def at_once(count, work):
    """`work(number)` in so many threads at once; what went wrong in them."""
    gate, trouble = threading.Barrier(count), []

    def run(number):
        gate.wait()
        try:
            work(number)
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return trouble


def test_new_tokens_in_the_environment_are_renewed_and_do_not_lock_the_store_out(shop, monkeypatch):
    """They outweigh the kept ones, which are no sign that somebody else has renewed them."""
    good = shop.sandbox.door("tiktok", shop.name).credentials()
    tasks.change_store(shop.name, by="ana", secrets_given=WORN)
    for name in WORN:
        monkeypatch.setenv(f"TIKTOK_{name.upper()}_{shop.name}", good[name])
    shop.sandbox.door("tiktok", shop.name).expire()
    open_connector(row_of(shop)).identify()
    now = shop.sandbox.door("tiktok", shop.name).credentials()
    assert {name: kept(shop)[name] for name in WORN} == {name: now[name] for name in WORN}
    assert open_connector(row_of(shop)).identify().name, "what came of the environment's tokens outweighs them from now on"
    assert renewals_at(shop) == 1


def test_what_a_person_enters_while_tokens_are_renewed_stays(shop):
    def fetch(seen):
        tasks.change_store(shop.name, by="ana", secrets_given={"shop_code": "B2"})
        return NEW

    assert renewed(shop, fetch).items() >= {**NEW, "shop_code": "B2"}.items()
    assert kept(shop).items() >= {**NEW, "shop_code": "B2"}.items()


def test_tokens_that_a_person_enters_meanwhile_outweigh_those_that_were_asked_for(shop):
    entered = {"access_token": "TTP_entered", "refresh_token": "TTR_entered"}

    def fetch(seen):
        tasks.change_store(shop.name, by="ana", secrets_given=entered)
        return NEW

    assert renewed(shop, fetch).items() >= entered.items()
    assert kept(shop).items() >= entered.items()


def test_a_secret_that_a_person_has_entered_since_is_what_new_tokens_are_asked_for_with(shop):
    before = credentials_of(row_of(shop)).secrets
    tasks.change_store(shop.name, by="ana", secrets_given={"app_secret": "rotated"})
    asked = []
    renewals.renew(row_of(shop), before, lambda seen: asked.append(seen["app_secret"]) or NEW)
    assert asked == ["rotated"]


def test_nothing_waits_for_a_platform_that_is_slow_to_give_tokens(shop):
    """No transaction is open meanwhile: SQLite's only writer, and the store's row on a server, are free."""
    with open_store("woocommerce", size=5, orders=5, customers=2) as other:
        took = []

        def fetch(seen):
            began = time.monotonic()
            tasks.change_store(shop.name, by="ana", title="Tea")
            tasks.sync(other.name, "orders", requested_by="ana")
            took.append(time.monotonic() - began)
            return NEW

        renewed(shop, fetch)
        assert took[0] < 2


@pytest.mark.parametrize("platform", ["amazon", "ebay"])
def test_many_workers_fetch_the_first_token_once(clean, platform):
    with open_store(platform, size=5, orders=5, customers=2) as store:
        connectors = [open_connector(row_of(store)) for _ in range(4)]
        assert at_once(4, lambda number: connectors[number].identify()) == []
        assert renewals_at(store) == 1


def identify(store_row):
    open_connector(store_row).identify()


def test_many_processes_renew_a_rotating_token_once(shop):
    shop.sandbox.door("tiktok", shop.name).expire()
    row = row_of(shop)
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=identify, args=(row,)) for _ in range(4)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert renewals_at(shop) == 1


def test_however_long_the_platform_takes_nobody_else_asks(shop, monkeypatch):
    monkeypatch.setattr(renewals, "LEASE_S", 0.4)
    monkeypatch.setattr(renewals, "BEAT_S", 0.1)
    asked = []

    def fetch(seen):
        asked.append(seen["refresh_token"])
        time.sleep(1.2)
        return NEW

    before = credentials_of(row_of(shop)).secrets
    got = {}
    assert at_once(3, lambda number: got.update({number: renewals.renew(row_of(shop), before, fetch)["access_token"]})) == []
    assert got == dict.fromkeys(range(3), "TTP_new")
    assert len(asked) == 1


def test_a_worker_that_died_while_it_asked_holds_the_others_up_for_some_seconds_alone(shop):
    assert renewals.LEASE_S <= 15
    with begin() as conn:
        assert stores.begin_renewal(conn, shop.id, "dead", 0.7)
    began = time.monotonic()
    assert renewed(shop, lambda seen: NEW).items() >= NEW.items()
    assert 0.5 < time.monotonic() - began < 5


def test_who_waits_for_long_gives_its_worker_back_and_the_next_try_finds_the_tokens(shop, monkeypatch):
    monkeypatch.setattr(renewals, "PATIENCE_S", 0.3)
    gate = threading.Event()
    asking = threading.Thread(target=renewed, args=(shop, lambda seen: gate.wait(10) and NEW))
    asking.start()
    until("the first to ask", lambda: is_renewing(shop))
    with pytest.raises(RateLimited, match="Another worker is renewing"):
        renewed(shop, lambda seen: pytest.fail("asked a second time"))
    gate.set()
    asking.join()
    assert not is_renewing(shop)
    assert kept(shop).items() >= NEW.items()


def is_renewing(store):
    from db import schema

    with begin() as conn:
        return conn.execute(schema.stores.select().where(schema.stores.c.id == store.id)).one().renewing_by is not None


def test_a_refused_renewal_lets_the_next_one_ask_at_once(shop):
    def refuse(seen):
        raise AuthRefused("the refresh token is dead")

    for _ in range(2):
        with pytest.raises(AuthRefused, match="dead"):
            renewed(shop, refuse)
    assert renewed(shop, lambda seen: NEW).items() >= NEW.items()


def test_a_refusal_counts_for_nothing_where_somebody_else_has_stored_new_tokens_meanwhile(shop):
    """A worker that was thought dead may have used up the refresh token: then what it stored is good."""

    def fetch(seen):
        with begin() as conn:
            secrets.put(conn, shop.id, {**secrets.get(conn, shop.id), **NEW})
        raise AuthRefused("used up")

    assert renewed(shop, fetch).items() >= NEW.items()


def test_tokens_outlive_a_database_that_is_away_when_they_come(shop, monkeypatch):
    from contextlib import contextmanager

    from db import engine

    real, failures = engine.begin, []

    @contextmanager
    def away():
        if len(failures) < 3:
            failures.append(1)
            raise engine.DatabaseAway("The database does not answer.")
        with real() as conn:
            yield conn

    def fetch(seen):
        monkeypatch.setattr(engine, "begin", away)
        return NEW

    assert renewed(shop, fetch).items() >= NEW.items()
    assert len(failures) == 3
    assert kept(shop).items() >= NEW.items()
