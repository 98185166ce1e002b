"""What is wrong, worst first, in two kinds that are never mixed: what needs a person, and what will mend itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from console.parts import consumer_state, measures, new_words, platforms, store_state, streams
from console.words import _, later, many
from tasks import Status

TOO_OLD_S = 120.0  # a due job should not wait longer than this for a worker
Kind = Literal["person", "itself"]
STORE, STORES, JOBS, WORKERS = "app_pages/store.py", "app_pages/stores.py", "app_pages/jobs.py", "app_pages/workers.py"


@dataclass(frozen=True)
class Concern:
    """One thing that is wrong: in a few words for the strip, in a sentence for the verdict, where to see more, and what the button says."""

    kind: Kind
    words: str
    sentence: str
    page: str
    params: Mapping[str, str] = field(default_factory=dict)
    action: str = ""
    stands_still: bool = False


def find(
    status: Status,
    stores: Sequence[Mapping[str, Any]],
    retrying: Sequence[Mapping[str, Any]],
    now: datetime,
    words: Mapping[int, Sequence[tuple[str, str, int]]] | None = None,
) -> list[Concern]:
    """Everything that is wrong, what needs a person first. `words`: store → its platform's words that we do not know."""
    found = [
        *_machinery(status),
        *_stores(stores, now),
        *_credentials(stores, now),
        *_waiting(status),
        *_retrying(retrying, now),
        *_late(stores, now),
        *_rejected(stores),
    ]
    found += _new_words(stores, words or {})
    return sorted(found, key=lambda concern: concern.kind != "person")


def _machinery(status: Status) -> list[Concern]:
    found = []
    waiting = sum(int(queue["waiting"]) for queue in status.queues)
    here = [consumer_state.state(one) for one in status.consumers]
    if "alive" not in here and "late" not in here:
        sentence = (
            many("No consumer is alive: {n} job waits and nothing runs. Start one with: {command}",
                 "No consumer is alive: {n} jobs wait and nothing runs. Start one with: {command}", waiting)
            if waiting
            else _("No consumer is alive: nothing runs. Start one with: {command}")
        ).format(n=measures.number(waiting), command="python run_consumer.py")  # fmt: skip
        found.append(Concern("person", _("No consumer is alive"), sentence, WORKERS, action=_("See the workers"), stands_still=True))
    if not status.broker_is_up:
        sentence = _("Redis does not answer: requests are kept in the database and start when it is back.")
        found.append(Concern("person", _("Redis does not answer"), sentence, WORKERS, action=_("See the workers")))
    lost = sum(1 for one in consumer_state.present(status.consumers) if consumer_state.state(one) == "lost")
    if lost and ("alive" in here or "late" in here):
        sentence = measures.counted(
            "{n} consumer went silent; others take over the jobs.", "{n} consumers went silent; others take over the jobs.", lost
        )
        found.append(
            Concern(
                "itself", measures.counted("{n} consumer lost", "{n} consumers lost", lost), sentence, WORKERS, action=_("See the workers")
            )
        )
    return found


_OF_A_STORE: Mapping[str, tuple[Kind, str]] = {
    "blocked": ("person", later("{store} needs you")), "failed": ("person", later("{store} failed")),
    "paused": ("itself", later("{store} is paused")), "partial": ("itself", later("{store} is incomplete")),
    "suspect_empty": ("itself", later("{store} is incomplete")),
}  # fmt: skip


def _stores(stores: Sequence[Mapping[str, Any]], now: datetime) -> list[Concern]:
    found = []
    for store in sorted(stores, key=lambda store: store_state.rank(store, now)):
        if (state := store_state.state(store, now)) in _OF_A_STORE:
            kind, words = _OF_A_STORE[state]
            sentence = f"{store['title']} – {store_state.sentence(store, now)}"
            found.append(
                Concern(
                    kind, _(words).format(store=store["title"]), sentence, STORE, {"store": str(store["name"])}, action=_("Open the store")
                )
            )
    return found


def _credentials(stores: Sequence[Mapping[str, Any]], now: datetime) -> list[Concern]:
    found = []
    for store in stores:
        left = store_state.days_left(store, now)
        if left is not None and store_state.ends_soon(store, now):
            words = (
                measures.counted("{n} day of credentials left", "{n} days of credentials left", left)
                if left >= 0
                else _("credentials ended")
            )
            sentence = (
                _("The credentials of {store} end {when}. Put in new ones before then.").format(
                    store=store["title"], when=measures.ago(store["credentials_until"], now)
                )
                if left >= 0
                else _("The credentials of {store} have ended. Put in new ones.").format(store=store["title"])
            )
            found.append(
                Concern("person" if left < store_state.VERY_SOON_DAYS else "itself", f"{store['title']}: {words}", sentence, STORE, {"store": str(store["name"])},
                        action=_("Open the store"))
            )  # fmt: skip
    return found


def _late(stores: Sequence[Mapping[str, Any]], now: datetime) -> list[Concern]:
    found = [(str(store["title"]), stream) for store in stores for stream in store_state.late(store, now)]
    if not found:
        return []
    count, (title, stream) = len(found), found[0]
    first = _("{stream} of {store}").format(stream=streams.word(stream), store=title)
    sentence = (
        many("Older than promised: {first}, and {n} more stream.", "Older than promised: {first}, and {n} more streams.", count - 1).format(
            first=first, n=count - 1
        )
        if count > 1
        else _("Older than promised: {first}.").format(first=first)
    )
    words = measures.counted("{n} stream late", "{n} streams late", count)
    return [Concern("itself", words, sentence, STORES, {"stores_view": "freshness"}, action=_("See how fresh"))]


def _waiting(status: Status) -> list[Concern]:
    oldest = max((queue["oldest_free_wait_s"] or 0.0 for queue in status.queues), default=0.0)  # pauses have their own banner
    if oldest <= TOO_OLD_S:
        return []
    time = measures.leading(oldest)
    return [Concern("itself", _("Oldest job waits {time}").format(time=time), _("The oldest waiting job has waited {time}.").format(time=time),
                    JOBS, {"jobs_state": "queued"}, action=_("See what waits"))]  # fmt: skip


def _retrying(retrying: Sequence[Mapping[str, Any]], now: datetime) -> list[Concern]:
    if not retrying:
        return []
    count, next_one = len(retrying), retrying[0]
    sentence = many("{n} job will try again by itself, the next {when}.", "{n} jobs will try again by themselves, the next {when}.", count)
    return [Concern("itself", measures.counted("{n} job will retry", "{n} jobs will retry", count),
                    sentence.format(n=measures.number(count), when=measures.ago(max(next_one["run_at"], now), now)),
                    JOBS, {"jobs_state": "retrying"}, action=_("See these jobs"))]  # fmt: skip


def _rejected(stores: Sequence[Mapping[str, Any]]) -> list[Concern]:
    with_some = [store for store in stores if any(stat["rejected"] for stat in store["streams"].values())]
    if not with_some:
        return []
    total = sum(int(stat["rejected"]) for store in with_some for stat in store["streams"].values())
    where = str(with_some[0]["title"]) if len(with_some) == 1 else measures.counted("{n} store", "{n} stores", len(with_some))
    sentence = many("{n} record of {where} is kept aside and read again by each sync.",
                    "{n} records of {where} are kept aside and read again by each sync.", total)  # fmt: skip
    return [Concern("itself", measures.counted("{n} record rejected", "{n} records rejected", total),
                    sentence.format(n=measures.number(total), where=where), STORES, {"stores_show": "rejected"}, action=_("See which"))]  # fmt: skip


def _new_words(stores: Sequence[Mapping[str, Any]], words: Mapping[int, Sequence[tuple[str, str, int]]]) -> list[Concern]:
    found = []
    for store in stores:
        if seen := words.get(store["id"]):
            are_new = new_words.are_new(seen, platforms.title(store["platform"]))
            title = f"{store['title']}: {measures.counted('{n} new word', '{n} new words', len(seen))}"
            found.append(Concern("itself", title, f"{are_new}: {new_words.said(seen)}.", STORE, {"store": str(store["name"])},
                                 action=_("Open the store")))  # fmt: skip
    return found


def verdict(concerns: Sequence[Concern], *, stores: int, running: int) -> tuple[str, str]:
    """(red, orange or green; the sentence). Only the worst kind is told in full."""
    person = [concern for concern in concerns if concern.kind == "person"]
    itself = [concern for concern in concerns if concern.kind == "itself"]
    worst = person or itself
    more = _("And {n} more.").format(n=len(worst) - 1) if len(worst) > 1 else ""
    if person:
        needs = many("One thing needs you.", "{n} things need you.", len(person)).format(n=len(person))
        return "red", f"{needs} {person[0].sentence} {more}".rstrip()
    if itself:
        return "orange", f"{_('Nothing needs you.')} {itself[0].sentence} {more}".rstrip()
    if not stores:
        return "gray", _("No store is connected yet.")
    doing = measures.counted("{n} job running", "{n} jobs running", running) if running else _("nothing is running just now")
    return "green", _("All is well: {stores}, {doing}.").format(stores=measures.counted("{n} store", "{n} stores", stores), doing=doing)
