"""Alerts: one a cause, told once to each channel, told again when it is over; silent when asked; sent even when no worker is left."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

import tasks
from db import board, schema, secrets, unknown_values
from db.columns import db_now
from db.engine import begin
from tasks import alerts
from tests.alerts.looks import active, later, orders_of
from tests.alerts.receivers import mail_receiver, told, web_receiver
from tests.servers import until


def test_a_cause_is_told_once_counted_and_told_again_when_it_is_over(store, work):
    with web_receiver() as (url, got, _):
        tasks.add_channel("ops", "webhook", {"url": url, "secret": "s3cret"}, by="ana")
        later()
        assert active() == {}
        orders_of(store, last_success_at=db_now(-3 * 3600))
        later()
        later()
        work()
        assert [told(one)["kind"] for one in got] == ["began"]
        headers, body = got[0]
        assert told(got[0])["title"] == "Shop: orders were last complete 3 h ago."
        signed = hmac.digest(b"s3cret", f"{headers['X-Quayside-Timestamp']}.".encode() + body, "sha256").hex()
        assert headers["X-Quayside-Signature"] == signed
        assert active()["freshness:shop:orders"]["seen"] == 2
        orders_of(store, last_success_at=db_now())
        later()
        work()
        assert [told(one)["kind"] for one in got] == ["began", "ended"]
        assert active() == {}


def test_a_short_absence_is_no_end(store):
    orders_of(store, failed_in_a_row=5, last_reason="The shop is closed.")
    later()
    orders_of(store, failed_in_a_row=0)
    with begin() as conn:
        conn.execute(update(schema.options).values(changed_at=db_now(-60)))
    alerts.look()
    assert set(active()) == {"failing:shop:orders"}
    later()
    assert active() == {}


def test_of_many_that_look_at_once_one_does(store):
    orders_of(store, failed_in_a_row=5)
    tasks.add_channel("ops", "slack", {"url": "http://127.0.0.1:1/"}, by="ana")
    with begin() as conn:
        conn.execute(update(schema.options).values(changed_at=db_now(-60)))
    assert len([found for found in (alerts.look() for _ in range(4)) if found]) == 1
    assert active()["failing:shop:orders"]["seen"] == 1


def test_every_rule_has_its_sentence_and_pauses_are_not_lateness(store):
    orders_of(store, last_success_at=db_now(-9 * 3600))
    with begin() as conn:
        conn.execute(insert(schema.unknown_values).values(store_id=store, field="raw_status", value="LIMBO", seen=3))
        sealed = {"ciphertext": "x", "expires_at": db_now(5 * 86_400)}
        conn.execute(insert(schema.store_credentials).values(store_id=store, **sealed))
    tasks.test_worker(requested_by="ana")
    with begin() as conn:
        conn.execute(update(schema.jobs).values(run_at=db_now(-7200)))
    later()
    said = {one["rule"]: one["sentence"] for one in active().values()}
    assert said["unknown_value"] == "Shop sent status 'LIMBO', which this version has no word for; it is shown as unknown."
    assert said["credentials"].startswith("The credentials of Shop end on ")
    assert said["waiting"].startswith("The oldest job of system has waited 2 h")
    assert "freshness" in said
    with begin() as conn:
        conn.execute(update(schema.stores).values(paused_at=db_now(), pause_reason="It answers 500.", probe_at=db_now(60)))
        conn.execute(insert(schema.queue_pauses).values(queue="system", paused_by="ana", reason="lunch"))
    later()
    assert {one["rule"] for one in active().values()} == {"unknown_value", "credentials", "store_paused"}


def test_the_same_credentials_are_told_at_30_at_7_and_at_1_day(store):
    with begin() as conn:
        conn.execute(insert(schema.store_credentials).values(store_id=store, ciphertext="x", expires_at=db_now(20 * 86_400)))
    causes = []
    for days in (20, 6, 0.5, -1):
        with begin() as conn:
            conn.execute(update(schema.store_credentials).values(expires_at=db_now(days * 86_400)))
        later()
        causes += [cause for cause in active() if cause.startswith("credentials")]
    assert causes == ["credentials:shop:30", "credentials:shop:7", "credentials:shop:1", "credentials:shop:1"]


def test_credentials_that_end_sooner_are_told_again_and_never_as_over_until_new_ones_are_there(store, ops):
    kept = {"access_token": "a", "refresh_token": "r"}
    for days in (20, 6, 0.5):
        ends = datetime.now(UTC) + timedelta(days=days)
        with begin() as conn:
            secrets.put(conn, store, {**kept, "grant_expires_at": ends.isoformat()})
        heard = ops()
        assert len(active()) == 1
    assert [kind for kind, _ in heard] == ["began"] * 3
    tasks.change_store("shop", title="Shop", secrets_given={"client_id": "c"}, by="ana")
    assert len(active()) == 1, "what was not granted says nothing about the grant"
    tasks.change_store("shop", secrets_given={"access_token": "b", "refresh_token": "s"}, by="ana")
    assert [kind for kind, _ in ops()] == ["began"] * 3 + ["ended"]
    with begin() as conn:
        assert secrets.expires_at(conn, store) is None


def test_a_word_that_nobody_has_sent_for_a_week_is_over(store):
    with begin() as conn:
        unknown_values.count(conn, store, {("raw_status", "LIMBO"): 1})
    later()
    assert "word:shop:raw_status:LIMBO" in active()
    for days, is_there in ((6, True), (8, False)):
        with begin() as conn:
            conn.execute(update(schema.unknown_values).values(first_seen_at=db_now(-90 * 86_400), last_seen_at=db_now(-days * 86_400)))
        later()
        assert ("word:shop:raw_status:LIMBO" in active()) is is_there
        assert bool(board.unknown_words()) is is_there
    with begin() as conn:
        unknown_values.count(conn, store, {("raw_status", "LIMBO"): 1})
    later()
    assert "word:shop:raw_status:LIMBO" in active(), "it came again"


def test_without_any_worker_a_console_tells_it_itself(store):
    with web_receiver() as (url, got, _):
        tasks.add_channel("ops", "slack", {"url": url}, by="ana")
        with begin() as conn:
            conn.execute(delete(schema.alerts))  # of a console that another test started, if it looked before this consumer was there
            conn.execute(update(schema.options).values(changed_at=db_now(-60)))
        alerts.look_without_workers()
        assert got == [], "the consumer looks"
        with begin() as conn:
            conn.execute(update(schema.consumers).values(beat_at=db_now(-3600)))
        alerts.look_without_workers()
        until("it is told", lambda: got)  # by this one, or by that console if it was its turn
    assert "No consumer is alive" in told(got[0])["text"]


def test_without_any_worker_a_channel_that_failed_is_tried_again(store):
    with web_receiver(status=500) as (url, got, server):
        tasks.add_channel("ops", "webhook", {"url": url}, by="ana")
        with begin() as conn:
            conn.execute(update(schema.options).values(changed_at=db_now(-60)))
            conn.execute(update(schema.consumers).values(beat_at=db_now(-3600)))
        alerts.look_without_workers()
        server.status = 200
        alerts.look_without_workers()
        assert len(got) == 1, "not before it is due again"
        with begin() as conn:
            conn.execute(update(schema.jobs).values(run_at=db_now(-1)))
        alerts.look_without_workers()
        alerts.look_without_workers()
        assert len(got) == 2
        with begin() as conn:
            assert conn.scalar(select(schema.jobs.c.state)) == "succeeded"


def test_what_waits_because_somebody_paused_it_needs_no_workers(store):
    tasks.sync("shop", "orders", requested_by="ana")
    with begin() as conn:
        conn.execute(update(schema.jobs).values(run_at=db_now(-7200)))
    for what in ({"store": "shop"}, {"queue": "sync-orders"}, {"everything": True}):
        tasks.pause(**what, by="ana", reason="stock-taking")
        later()
        assert "waiting:sync-orders" not in active()
        tasks.resume(**what, by="ana")
        later()
        assert "waiting:sync-orders" in active()
        with begin() as conn:
            conn.execute(delete(schema.alerts))


def test_a_channel_that_fails_is_tried_again_and_says_so(store, work):
    with web_receiver(status=500) as (url, got, server):
        channel = tasks.add_channel("ops", "webhook", {"url": url}, by="ana")
        job_id = tasks.test_channel(channel, requested_by="ana")
        work()
        assert tasks.job(job_id).state == "failed"
        assert tasks.channels()[0]["last_error"] == "The webhook failed (500)."
        orders_of(store, failed_in_a_row=5)
        (telling,) = later()
        work()
        assert tasks.job(telling).state == "queued", "it is tried again"
        server.status = 200
        with begin() as conn:
            conn.execute(update(schema.jobs).values(run_at=db_now(-1), push_at=db_now(-1)))
        from tasks import huey_app

        huey_app.push([(telling, "tell_alerts", 30)])
        work()
        assert tasks.job(telling).state == "succeeded"
        assert tasks.channels()[0]["last_error"] is None
    assert len(got) == 3


@pytest.mark.parametrize(("password", "is_good"), [("right", True), ("wrong", False)])
def test_mail_goes_out_signed_in(clean, work, password, is_good):
    with mail_receiver(password="right") as (port, got):
        given = {
            "host": "127.0.0.1",
            "port": str(port),
            "sender": "q@example.com",
            "to": "ana@example.com, bo@example.com",
            "security": "none",
        }
        channel = tasks.add_channel("mail", "email", {**given, "user": "q", "password": password}, by="ana")
        job_id = tasks.test_channel(channel, requested_by="ana")
        work()
        seen = tasks.job(job_id)
    if is_good:
        assert "Subject: [Quayside] A test message" in got[0]
        assert "To: ana@example.com, bo@example.com" in got[0]
    else:
        assert (seen.state, seen.error, got) == ("failed", "The mail server refused the user or the password.", [])


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("pigeon", {}, "is no kind of channel"),
        ("slack", {}, "needs url"),
        ("slack", {"url": "ftp://x"}, "not a web address"),
        ("slack", {"url": "https://hooks.example.com", "host": "x"}, "has no host"),
        ("email", {"host": "h", "sender": "q@example.com", "to": "nobody"}, "is not an e-mail address"),
        ("email", {"host": "h", "sender": "q@example.com", "to": "a@b", "port": "x"}, "has to be a number"),
        ("email", {"host": "h", "sender": "q@example.com", "to": "a@b", "security": "maybe"}, "has to be one of"),
    ],
)
def test_a_wrong_channel_is_refused_in_a_sentence(clean, kind, fields, said):
    with pytest.raises(tasks.BadRequest, match=said):
        tasks.add_channel("x", kind, fields, by="ana")
    assert tasks.channels() == []


def test_the_address_of_a_channel_is_a_secret(clean, work):
    channel = tasks.add_channel("ops", "slack", {"url": "http://127.0.0.1:1/T0/B0/very-secret"}, by="ana")
    with begin() as conn:
        row = conn.execute(select(schema.alert_channels)).one()
        assert "very-secret" not in row.ciphertext
        assert secrets.unseal("channel:ops", row.ciphertext)["url"].endswith("very-secret")
        with pytest.raises(secrets.SecretsUnreadable, match="belong to another"):
            secrets.unseal("channel:other", row.ciphertext)
    job_id = tasks.test_channel(channel, requested_by="ana")
    work()
    assert "very-secret" not in str(tasks.job(job_id)) + str(tasks.channels())
    tasks.enable_channel(channel, False, by="ana")
    tasks.drop_channel(channel, by="ana")
    with pytest.raises(tasks.BadRequest, match="There is no channel"):
        tasks.drop_channel(channel, by="ana")
