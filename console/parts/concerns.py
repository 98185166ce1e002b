"""What is wrong, worst first, in two kinds that are never mixed: what needs a person, and what will mend itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from console.parts import consumer_state, measures, store_state
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


def find(status: Status, stores: Sequence[Mapping[str, Any]], retrying: Sequence[Mapping[str, Any]], now: datetime) -> list[Concern]:
    """Everything that is wrong, what needs a person first."""
    found = [*_machinery(status), *_stores(stores), *_waiting(status), *_retrying(retrying, now), *_rejected(stores)]
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


def _stores(stores: Sequence[Mapping[str, Any]]) -> list[Concern]:
    found = []
    for store in sorted(stores, key=store_state.rank):
        name, open_store = str(store["title"]), {"stores_search": str(store["name"])}
        match store_state.state(store):
            case "blocked":
                found.append(
                    Concern("person", f"{name} needs you", f"{name} – {store_state.sentence(store)}", "app_pages/stores.py", open_store)
                )
            case "failed":
                found.append(
                    Concern("person", f"{name} failed", f"{name} – {store_state.sentence(store)}", "app_pages/stores.py", open_store)
                )
            case "partial" | "suspect_empty":
                found.append(
                    Concern("itself", f"{name} is incomplete", f"{name} – {store_state.sentence(store)}", "app_pages/stores.py", open_store)
                )
    return found


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
