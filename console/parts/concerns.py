"""What is wrong, worst first, in two kinds that are never mixed: what needs a person, and what will mend itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from console.parts import consumer_state, measures, new_words, platforms, store_state
from tasks import Status

TOO_OLD_S = 120.0  # a due job should not wait longer than this for a worker
Kind = Literal["person", "itself"]


@dataclass(frozen=True)
class Concern:
    """One thing that is wrong: in a few words for the strip, in a sentence for the verdict, and where to see more."""

    kind: Kind
    words: str
    sentence: str
    page: str
    params: Mapping[str, str] = field(default_factory=dict)


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
        jobs = f"{measures.counted(waiting, 'job')} {'waits' if waiting == 1 else 'wait'} and " if waiting else ""
        found.append(Concern("person", "No consumer is alive", f"No consumer is alive: {jobs}nothing runs. Start one with: python run_consumer.py",
                             "app_pages/workers.py"))  # fmt: skip
    if not status.broker_is_up:
        found.append(Concern("person", "Redis does not answer",
                             "Redis does not answer: requests are kept in the database and start when it is back.", "app_pages/workers.py"))  # fmt: skip
    lost = sum(1 for one in consumer_state.present(status.consumers) if consumer_state.state(one) == "lost")
    if lost and ("alive" in here or "late" in here):
        found.append(Concern("itself", f"{measures.counted(lost, 'consumer')} lost", f"{measures.counted(lost, 'consumer')} went silent; "
                             "others take over the jobs.", "app_pages/workers.py"))  # fmt: skip
    return found


_OF_A_STORE: Mapping[str, tuple[Kind, str]] = {
    "blocked": ("person", "needs you"), "failed": ("person", "failed"), "paused": ("itself", "is paused"),
    "partial": ("itself", "is incomplete"), "suspect_empty": ("itself", "is incomplete"),
}  # fmt: skip


def _stores(stores: Sequence[Mapping[str, Any]], now: datetime) -> list[Concern]:
    found = []
    for store in sorted(stores, key=lambda store: store_state.rank(store, now)):
        if (state := store_state.state(store, now)) in _OF_A_STORE:
            kind, words = _OF_A_STORE[state]
            sentence = f"{store['title']} – {store_state.sentence(store, now)}"
            found.append(Concern(kind, f"{store['title']} {words}", sentence, "app_pages/stores.py", {"stores_search": str(store["name"])}))
    return found


def _late(stores: Sequence[Mapping[str, Any]], now: datetime) -> list[Concern]:
    found = [(str(store["title"]), stream) for store in stores for stream in store_state.late(store, now)]
    if not found:
        return []
    many, (title, stream) = len(found), found[0]
    others = f", and {measures.counted(many - 1, 'more stream')}" if many > 1 else ""
    return [Concern("itself", f"{measures.counted(many, 'stream')} late", f"Older than promised: {stream} of {title}{others}.",
                    "app_pages/stores.py", {"stores_view": "Freshness"})]  # fmt: skip


def _waiting(status: Status) -> list[Concern]:
    oldest = max((queue["oldest_wait_s"] or 0.0 for queue in status.queues), default=0.0)
    if oldest <= TOO_OLD_S:
        return []
    return [Concern("itself", f"Oldest job waits {measures.leading(oldest)}", f"The oldest waiting job has waited {measures.leading(oldest)}.",
                    "app_pages/jobs.py", {"jobs_state": "Queued"})]  # fmt: skip


def _retrying(retrying: Sequence[Mapping[str, Any]], now: datetime) -> list[Concern]:
    if not retrying:
        return []
    next_one = retrying[0]
    many = measures.counted(len(retrying), "job")
    return [Concern("itself", f"{many} will retry", f"{many} will try again by {'itself' if len(retrying) == 1 else 'themselves'}, "
                    f"the next {measures.ago(max(next_one['run_at'], now), now)}.", "app_pages/jobs.py", {"jobs_state": "Retrying"})]  # fmt: skip


def _rejected(stores: Sequence[Mapping[str, Any]]) -> list[Concern]:
    with_some = [store for store in stores if any(stat["rejected"] for stat in store["streams"].values())]
    if not with_some:
        return []
    total = sum(int(stat["rejected"]) for store in with_some for stat in store["streams"].values())
    records = measures.counted(total, "record")
    where = str(with_some[0]["title"]) if len(with_some) == 1 else f"{len(with_some)} stores"
    return [Concern("itself", f"{records} rejected", f"{records} of {where} {'is' if total == 1 else 'are'} kept aside and read again by each sync.",
                    "app_pages/stores.py", {"stores_show": "Rejected"})]  # fmt: skip


def _new_words(stores: Sequence[Mapping[str, Any]], words: Mapping[int, Sequence[tuple[str, str, int]]]) -> list[Concern]:
    found = []
    for store in stores:
        if seen := words.get(store["id"]):
            are_new = new_words.are_new(seen, platforms.title(store["platform"]))
            found.append(Concern("itself", f"{store['title']}: {measures.counted(len(seen), 'new word')}", f"{are_new}: {new_words.said(seen)}.",
                                 "app_pages/stores.py", {"stores_search": str(store["name"])}))  # fmt: skip
    return found


def verdict(concerns: Sequence[Concern], *, stores: int, running: int) -> tuple[str, str]:
    """(red, orange or green; the sentence). Only the worst kind is told in full."""
    person = [concern for concern in concerns if concern.kind == "person"]
    itself = [concern for concern in concerns if concern.kind == "itself"]
    if person:
        more = f" And {len(person) - 1} more." if len(person) > 1 else ""
        needs = "One thing needs you" if len(person) == 1 else f"{len(person)} things need you"
        return "red", f"{needs}. {person[0].sentence}{more}"
    if itself:
        more = f" And {len(itself) - 1} more." if len(itself) > 1 else ""
        return "orange", f"Nothing needs you. {itself[0].sentence}{more}"
    if not stores:
        return "gray", "No store is connected yet."
    doing = f"{measures.counted(running, 'job')} running" if running else "nothing is running just now"
    return "green", f"All is well: {measures.counted(stores, 'store')}, {doing}."
