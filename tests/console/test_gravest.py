"""What only an admin may do, once its name was typed and a reason given: emptying a queue, resetting a watermark. Both can be taken back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

import tasks
from console import door
from console.parts import confirm
from console.parts.confirm import Deed
from db import bulk
from db.engine import begin
from db.schema import audit_log, bulk_targets, store_stream_stats
from tasks.roles import Actor, Role
from tests.console.conftest import look, press, words
from tests.console.demo import add
from tests.console.test_deeds import count, deed

OLD = datetime(2026, 11, 20, 9, 30, 17, tzinfo=UTC)


@pytest.fixture
def done(monkeypatch):
    """A grave deed of the test's own; what it was done to."""
    found = []
    kind = Deed(title="Erase?", verb="Erase", role=Role.ADMIN, icon=":material/delete:", needs_reason=True, needs_name=lambda thing: thing,
                effect=lambda thing: ["It is erased."], act=lambda by, said, thing: found.append((thing, said.reason)) or "Erased.",
                target=lambda thing: f"thing:{thing}")  # fmt: skip
    monkeypatch.setitem(confirm._DEEDS, "erase", kind)
    return found


def filled(at, kind, /, *, name="", reason="", **about):
    """The dialog as it is drawn anew with these words in it."""
    at.session_state["confirm_name"], at.session_state["confirm_reason"] = name, reason
    return deed(at, kind, **about)


def clicked(monkeypatch, kind, /, *, name="", reason="", **about):
    """What a click comes to of a browser that does not keep to what is disabled: the sentence in the dialog."""
    with monkeypatch.context() as patch:
        patch.setattr(confirm.st, "session_state", {"confirm_name": name, "confirm_reason": reason})
        confirm._do(kind, about)
        return confirm.st.session_state.get("confirm_problem")


def said(at):
    return words(at).replace("\\", "").replace("\u2060", "")


@pytest.mark.parametrize(
    ("name", "says"), [("", "Type Blue first."), ("blue", "blue is not Blue. Type it exactly, capital letters too."), ("Blu", "Blu is not Blue."), ("Blue2", "Blue2 is not Blue.")]
)  # fmt: skip
def test_a_name_that_is_not_typed_exactly_does_nothing_and_says_so(visit, done, monkeypatch, name, says):
    at = filled(visit("queues"), "erase", thing="Blue", name=name, reason="It is old")
    assert at.button(key="confirm_yes").disabled
    assert (says in said(at)) == bool(name), "what was typed is told to be wrong while it is"
    assert clicked(monkeypatch, "erase", thing="Blue", name=name, reason="It is old").startswith(says)
    assert done == []
    assert count(audit_log) == 0


def test_the_right_name_alone_is_not_enough_and_with_a_reason_it_is_done_once(visit, done, monkeypatch):
    assert clicked(monkeypatch, "erase", thing="Blue", name="Blue") == "Say why: others will want to know."
    assert done == []
    at = filled(visit("queues"), "erase", thing="Blue", name="Blue", reason="It is old")
    assert not at.button(key="confirm_yes").disabled
    press(at, "confirm_yes")
    assert done == [("Blue", "It is old")]


def test_who_is_no_admin_is_refused_although_the_name_is_right(visit, done, monkeypatch):
    at = filled(visit("queues"), "erase", thing="Blue", name="Blue", reason="It is old")
    monkeypatch.setattr(door, "actor", lambda: Actor("otto", role=Role.OPERATOR, source="console"))
    press(at, "confirm_yes")
    assert done == []
    assert count(audit_log, audit_log.c.person == "otto", audit_log.c.outcome == "denied", audit_log.c.action == "erase") == 1


def test_a_queue_is_emptied_of_just_those_that_were_counted_and_filled_again(visit, job, work):
    waits = [job(), job()]
    about = {"queue": "sync-orders", "key": "k1"}
    at = filled(visit("queues"), "empty_queue", name="sync-orders", reason="The shop is closed", **about)
    assert "Cancels the **2** jobs that wait in **sync-orders**" in said(at)
    assert "**Bring them back…** on the page of the operation" in said(at)
    newcomer = job()
    press(at, "confirm_yes")
    (operation,) = bulk.recent()
    assert (operation["action"], operation["reason"], operation["requested_by"]) == ("empty_queue", "The shop is closed", "console")
    with begin() as conn:
        assert sorted(conn.scalars(select(bulk_targets.c.target_id))) == waits
    assert "bulk_restore" not in [one.key for one in visit("bulk", id=str(operation["id"])).button]
    work(1)
    assert [tasks.job(one).state for one in (*waits, newcomer)] == ["cancelled", "cancelled", "queued"]
    press(visit("bulk", id=str(operation["id"])), "bulk_restore")
    at = deed(visit("bulk", id=str(operation["id"])), "restore_bulk", operation_id=operation["id"])
    at.text_input(key="confirm_reason").set_value("It is open again")
    press(at, "confirm_yes")
    assert bulk.recent()[0]["filter"] == {"restores": operation["id"]}
    work(1)
    assert [tasks.job(one).state for one in waits] == ["queued", "queued"]


def test_emptying_is_offered_to_admins_where_something_waits(visit, job, monkeypatch):
    job()
    offers = dict(zip(*(visit("queues").dataframe[0].value[name].tolist() for name in ("queue", "menu")), strict=True))
    assert {queue for queue, menu in offers.items() if ":material/delete_sweep: Empty…" in menu} == {"sync-orders"}
    monkeypatch.setattr(door, "actor", lambda: Actor("otto", role=Role.OPERATOR, source="console"))
    assert not any("Empty" in "".join(menu) for menu in visit("queues").dataframe[0].value["menu"])


def test_the_dialog_says_that_more_wait_than_one_operation_takes_and_that_it_will_wait_itself(visit, job, monkeypatch):
    job(), job(), job()
    monkeypatch.setattr("tasks.emptying.MOST", 2)
    tasks.pause(queue="system", reason="upgrade", by="ana")
    shown = said(deed(visit("queues"), "empty_queue", queue="sync-orders", key="k2"))
    assert "More wait than one operation takes: these are the newest 2" in shown
    assert "The queue system is paused: this begins when it goes on." in shown


def mark(store_id, stream="orders", watermark=OLD):
    with begin() as conn:
        add(conn, store_stream_stats, store_id=store_id, stream=stream, last_verdict="success", last_success_at=OLD, last_finished_at=OLD,
            live=7, watermark=watermark)  # fmt: skip


def now_at(store_id):
    with begin() as conn:
        return conn.scalar(select(store_stream_stats.c.watermark).where(store_stream_stats.c.store_id == store_id))


def test_a_watermark_is_reset_and_set_back_as_the_dialog_says(visit, store):
    number = store()
    mark(number)
    at = visit("store", store="zurich")
    press(at, "watermark_zurich_orders")
    about = {"store": "zurich", "stream": "orders"}
    at = filled(visit("store", store="zurich"), "reset_watermark", name="zurich", reason="Orders were lost", **about)
    assert "complete up to **2026-11-20 09:30:17 UTC**" in said(at)
    assert "**Reset…** again, from 2026-11-20 09:30:17 UTC on" in said(at)
    press(at, "confirm_yes")
    assert now_at(number) is None
    assert "No watermark: the next sync reads everything" in said(visit("store", store="zurich"))
    at = visit("store", store="zurich")
    at.session_state["confirm_which"], at.session_state["confirm_moment"] = "one", datetime(2026, 11, 20, 9, 30)
    at = filled(at, "reset_watermark", name="zurich", reason="They were not", **about)
    assert at.datetime_input(key="confirm_moment").label == "Date and time, in UTC"
    press(at, "confirm_yes")
    assert now_at(number) == OLD.replace(second=0)
    with begin() as conn:
        told = conn.scalars(select(audit_log.c.detail).where(audit_log.c.action == "reset_watermark").order_by(audit_log.c.id)).all()
    assert [(one["from"], one["to"], one["reason"]) for one in told] == [
        (OLD.isoformat(), "nothing", "Orders were lost"), ("nothing", OLD.replace(second=0).isoformat(), "They were not"),
    ]  # fmt: skip


def test_a_sync_at_work_stands_in_the_way_and_the_dialog_says_what_to_do(visit, store, job):
    number = store()
    mark(number)
    running = job(store_id=number, stream="orders", name="sync_orders", state="running")
    about = {"store": "zurich", "stream": "orders"}
    at = filled(visit("store", store="zurich"), "reset_watermark", name="zurich", reason="Lost", **about)
    at.session_state["asked_dialog"] = (
        "confirm",
        {"deed_kind": "reset_watermark", "about": about},
    )  # it stays open, as it does in a browser
    press(at, "confirm_yes")
    assert f"Job {running} is syncing orders of Café Zürich and would set the watermark at its end. Wait for its end, or cancel it" in said(
        at
    )
    assert now_at(number) == OLD


def test_a_stream_that_is_always_read_whole_offers_no_reset(visit, store):
    mark(store(), stream="customers")
    at = look(visit("store", store="zurich"))
    assert "Complete up to" in said(at)
    assert "watermark_zurich_customers" not in [one.key for one in at.button]


def test_an_operator_sees_the_reset_disabled(visit, store, monkeypatch):
    mark(store())
    monkeypatch.setattr(door, "actor", lambda: Actor("otto", role=Role.OPERATOR, source="console"))
    assert visit("store", store="zurich").button(key="watermark_zurich_orders").disabled
