"""Failures are grouped by their cause, as they happen; a group that was mended and comes again says so."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

import tasks
from db import failure_lists, failures, schema
from db import jobs as ledger
from db.columns import db_now
from db.engine import begin
from db.job_state import JobState
from integrations.errors import AuthRefused, ContractBroken, Unavailable
from tasks.ledger import job, submit
from tests.ledger.history import finished

trouble: list[Exception] = []


@job(queue="system", attempts=3, retry_delay_s=0.0)
def break_down(run, **_):
    """Fails as it is told, as often as it is told."""
    if trouble:
        raise trouble.pop(0)


@pytest.fixture(autouse=True)
def calm(work):
    trouble.clear()


def fail(work, *errors, store_id=None, key=None):
    """A job that fails with these errors, one an attempt."""
    trouble[:] = errors
    job_id = submit("break_down", {}, requested_by="ana", dedupe_key=key, store_id=store_id)
    for _ in errors:
        work()
        with begin() as conn:
            conn.execute(update(schema.jobs).where(schema.jobs.c.id == job_id).values(run_at=db_now(-1)))
        from tasks import huey_app

        huey_app.push([(job_id, "break_down", 0)])
    work()
    return int(job_id)


def groups(**which):
    return failure_lists.groups(**which).rows


def shops(*titles):
    with begin() as conn:
        return [
            conn.execute(
                insert(schema.stores).values(name=title.lower(), title=title, platform="ebay", address=f"https://{title}", max_running=99)
            ).inserted_primary_key[0]
            for title in titles
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme: Shopify refused the access token (401).", "Bolt: Shopify refused the access token (403)."),
        ("Acme is tried again in 30 s.", "Bolt is tried again in 1,201.5 s."),
        ("The worker web-1:123 went silent.", "The worker db.host.lan:99 went silent."),
        ("KeyError: 'gid://shopify/Product/12'", 'KeyError: "x"'),
        ("https://a.myshopify.com/x?y=1 does not answer (30 s).", "http://127.0.0.1:8080/ does not answer (5 s)."),
        ("Couldn't read order #1001 of acme.example.com; it's odd", "Couldn't read order #99 of b.example.org; it's odd"),
        ("Order 9f1c2b34-0000-4000-8000-123456789abc is odd", "Order 0a0b0c0d-1111-4111-9111-abcdefabcdef is odd"),
    ],
)
def test_what_differs_by_number_host_value_id_or_store_is_one_cause(one, other):
    assert failures.normal(one, ("acme", "Acme")) == failures.normal(other, ("bolt", "Bolt"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Shopify refused the access token.", "Shopify refused the request."), ("The order names no currency.", "The order names no price.")],
)
def test_what_differs_in_its_words_is_another_cause(one, other):
    assert failures.normal(one) != failures.normal(other)


def test_each_failed_attempt_is_counted_and_the_job_carries_its_group(work):
    job_id = fail(work, Unavailable("a.example.com does not answer (7 s)."), Unavailable("b.example.com does not answer (9 s)."))
    assert tasks.job(job_id).state == JobState.SUCCEEDED
    (group,) = groups()
    assert (group["seen"], group["kind"], group["state"], group["name"], group["error_class"]) == (
        2,
        "passing",
        "new",
        "break_down",
        "Unavailable",
    )
    assert (group["example"], group["last_job_id"]) == ("b.example.com does not answer (9 s).", job_id)
    with begin() as conn:
        assert conn.scalar(select(schema.jobs.c.fingerprint).where(schema.jobs.c.id == job_id)) == group["fingerprint"]


def test_what_a_person_must_mend_what_passes_and_what_is_a_bug_are_told_apart(work):
    fail(work, AuthRefused("The token was refused."))
    fail(work, *[Unavailable("No answer.")] * 3)
    fail(work, *[KeyError("odd")] * 3)
    fail(work, *[ContractBroken("The page has no end.")] * 3)
    assert sorted((group["error_class"], group["kind"]) for group in groups()) == [
        ("AuthRefused", "person"), ("ContractBroken", "bug"), ("KeyError", "bug"), ("Unavailable", "passing"),
    ]  # fmt: skip
    assert [group["error_class"] for group in groups(kinds=["person"])] == ["AuthRefused"]


def test_a_worker_that_dies_is_a_failure_of_its_job_too(work):
    from db import job_rescue

    job_id = submit("break_down", {}, requested_by="ana")
    with begin() as conn:
        ledger.claim(conn, job_id, name="break_down", worker="here:1", lease_s=60, time_limit_s=60)
        (held,) = job_rescue.running(conn, lease_s=60)
        job_rescue.rescue(conn, held, delay_s=0)
    (group,) = groups()
    assert (group["error_class"], group["kind"], group["seen"]) == ("WorkerDied", "passing", 1)


def test_an_attempt_that_is_no_longer_ours_counts_nothing(work):
    """The failure and its count are one transaction, behind the fence."""
    job_id = submit("break_down", {}, requested_by="ana")
    with begin() as conn:
        held = ledger.claim(conn, job_id, name="break_down", worker="here:1", lease_s=60, time_limit_s=60)
        conn.execute(update(schema.jobs).where(schema.jobs.c.id == job_id).values(fence=99))
    with pytest.raises(ledger.LeaseLost), begin() as conn:
        ledger.fail(conn, held, ledger.Failure(error_class="E", error="odd"), retry_in_s=None)
    assert groups() == []


def test_many_that_fail_alike_at_once_are_all_counted(work):
    held = []
    for _ in range(12):
        job_id = submit("break_down", {}, requested_by="ana")
        with begin() as conn:
            held.append(ledger.claim(conn, job_id, name="break_down", worker="here:1", lease_s=60, time_limit_s=60))
    trouble_met = []

    def fail_some(mine):
        for one in mine:
            try:
                with begin() as conn:
                    ledger.fail(conn, one, ledger.Failure(error_class="E", error=f"Job {one.id} is odd."), retry_in_s=None)
            except Exception as error:
                trouble_met.append(error)

    threads = [threading.Thread(target=fail_some, args=(held[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert trouble_met == []
    assert [(group["seen"], group["hour"]) for group in groups()] == [(12, 12)]


def test_a_resolved_group_that_comes_again_is_regressed_and_a_mute_ends_by_itself(work):
    fail(work, AuthRefused("The token was refused."))
    mark = groups()[0]["fingerprint"]
    tasks.resolve_failures(mark, by="ana")
    assert groups()[0]["state"] == "resolved"
    fail(work, AuthRefused("The token was refused."))
    assert (groups()[0]["state"], groups()[0]["seen"]) == ("regressed", 2)
    tasks.mute_failures(mark, datetime.now(UTC) + timedelta(hours=1), by="ana")
    fail(work, AuthRefused("The token was refused."))
    assert [group["state"] for group in groups(states=("muted",))] == ["muted"]
    with begin() as conn:
        conn.execute(update(schema.failure_groups).values(muted_until=db_now(-1)))
    assert groups()[0]["state"] == "known"
    tasks.mute_failures(mark, datetime.now(UTC) + timedelta(hours=1), by="ana")
    tasks.unmute_failures(mark, by="ben")
    assert (groups()[0]["state"], groups()[0]["muted_until"]) == ("known", None)


def test_a_new_group_is_known_once_somebody_cares_for_it(work):
    fail(work, AuthRefused("The token was refused."))
    mark = groups()[0]["fingerprint"]
    assert failure_lists.new_groups() == 1
    tasks.assign_failures(mark, "ben", by="ana")
    tasks.note_failures(mark, " The partner rotates its keys. ", by="ben")
    (group,) = groups()
    assert (group["state"], group["assigned_to"], group["note"]) == ("known", "ben", "The partner rotates its keys.")
    assert failure_lists.new_groups() == 0
    with begin() as conn:
        told = [(row.person, row.action, row.target) for row in conn.execute(select(schema.audit_log).order_by(schema.audit_log.c.id))]
    assert told == [("ana", "assign_failures", f"failures:{mark}"), ("ben", "note_failures", f"failures:{mark}")]


def test_wrong_requests_about_a_group_are_sentences(work):
    later = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(tasks.BadRequest, match="There is no group of failures 'x'; it may have been purged"):
        tasks.mute_failures("x", later, by="ana")
    fail(work, AuthRefused("The token was refused."))
    mark = groups()[0]["fingerprint"]
    with pytest.raises(tasks.BadRequest, match="is over already; choose a time to come"):
        tasks.mute_failures(mark, later - timedelta(days=1), by="ana")
    with pytest.raises(tasks.BadRequest, match="has no time zone; add one"):
        tasks.mute_failures(mark, later.replace(tzinfo=None), by="ana")
    with pytest.raises(tasks.BadRequest, match="The note has 1,025 characters; 1,024 at most"):
        tasks.note_failures(mark, "x" * 1025, by="ana")


def test_windows_count_jobs_by_when_they_failed_and_the_stores_that_they_hit(work):
    first, second = shops("Acme", "Bolt")
    fail(work, AuthRefused("Acme: the token was refused."), store_id=first)
    mark = groups()[0]["fingerprint"]
    for store_id, days in ((first, 0.5), (second, 3), (second, 30)):
        finished(2, state="failed", days_ago=days, fingerprint=mark, store_id=store_id)
    (group,) = groups()
    assert (group["hour"], group["day"], group["week"], group["stores"]) == (1, 3, 5, 2)
    assert failure_lists.group(mark)["store_titles"] == {"Bolt": 4, "Acme": 3}
    assert failure_lists.group("x") is None


def test_a_count_stops_at_its_cap(work):
    fail(work, AuthRefused("The token was refused."))
    finished(failure_lists.CAP + 50, state="failed", fingerprint=groups()[0]["fingerprint"])
    assert groups()[0]["hour"] == failure_lists.CAP


def test_groups_are_paged_by_when_they_were_last_seen(work):
    for word in ("one", "two", "three"):
        fail(work, AuthRefused(f"The token {word} was refused."))
    first = failure_lists.groups(limit=2)
    last = first.rows[-1]
    rest = failure_lists.groups(limit=2, before=(last["last_seen_at"], last["fingerprint"]))
    assert (first.has_more, rest.has_more) == (True, False)
    assert [row["example"].split()[2] for row in [*first.rows, *rest.rows]] == ["three", "two", "one"]


def test_jobs_that_failed_alike_are_found_from_one_of_them(work):
    alike = [fail(work, AuthRefused(f"The token was refused ({code}).")) for code in (401, 403, 404)]
    other = fail(work, AuthRefused("The address is odd."))
    mark, found = failure_lists.similar(alike[1])
    assert [row["id"] for row in found.rows] == [alike[2], alike[0]]
    assert [row["id"] for row in failure_lists.jobs_of(mark, limit=2).rows] == [alike[2], alike[1]]
    assert failure_lists.similar(other)[1].rows == []
    assert failure_lists.similar(int(submit("break_down", {}, requested_by="ana")))[0] is None


def test_a_group_is_retried_as_one(work):
    alike = [fail(work, AuthRefused(f"The token was refused ({code}).")) for code in (401, 403, 404)]
    mark = groups()[0]["fingerprint"]
    tasks.start_bulk(tasks.preview_bulk("retry", fingerprint=mark), by="ana")
    work()
    work()
    assert [tasks.job(job_id).state for job_id in alike] == [JobState.SUCCEEDED] * 3
