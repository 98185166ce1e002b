"""What a dry run would write of one page, counted by the same comparison as the page's writing; nothing is written but what the run itself remembers.

It remembers in its own row of `sync_runs`, in the transaction of its checkpoint: a run that is killed and taken up again counts on.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select, update

from db import deletions, store_stats
from db.fitting import time_text
from db.met import Met
from db.record_pages import SHAPES, Compared, Incoming, PageCounts, Source, compare, live_children
from db.rejected import Aside
from db.schema import sync_runs

EXAMPLES = 5  # of each kind
_RECENT = 1_000  # records that it would have written: what comes twice comes in neighbouring pages, or where a window is read anew
_WINDOWS = 10  # of live records, looked at for examples of those that it did not meet
_REASON = 300  # characters of a reason


@dataclass(frozen=True, slots=True)
class _WouldBe:
    """A stored row as the run would have left it; as db.record_pages reads one."""

    content_hash: str
    source_updated_at: str | None
    last_job_id: int
    deleted_at: None = None
    id: None = None


class Foreseen:
    """What a dry run remembers between its pages. `live` is how many live records the stream had when it began, `highest` the last row's number then."""

    def __init__(self, job_id: int, *, live: int, highest: int) -> None:
        self.job_id, self.live, self.highest = job_id, live, highest
        self.restored = 0
        self.examples: dict[str, list[Any]] = {"created": [], "updated": [], "rejected": []}
        self.reasons: Counter[str] = Counter()
        self.met, self.added = Met(), Met()  # `added`: those of them that a sync beside it has written since
        self.written: dict[str, _WouldBe] = {}

    def note(self, source: Source, found: Compared) -> None:
        """One page more."""
        self.met.add(found.counts.met)
        self.added.add([row_id for row_id in found.counts.met if row_id > self.highest])
        self.restored += found.restored
        for aside in found.aside:
            self.reasons[aside.reason_code] += 1
            self._show("rejected", {"external_id": aside.external_id, "reason_code": aside.reason_code, "reason": aside.reason[:_REASON]})
        for one in found.changes:
            self._show("created" if one.external_id in found.new else "updated", one.external_id)
            self.written.pop(one.external_id, None)  # the newest come last
            self.written[one.external_id] = _WouldBe(one.content_hash, time_text(one.record.source_updated_at), source.job_id)
        for external_id in list(islice(self.written, max(0, len(self.written) - _RECENT))):
            del self.written[external_id]

    def _show(self, kind: str, example: Any) -> None:
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(example)

    def packed(self) -> bytes:
        """All of it as bytes."""
        met, added = self.met.packed(), self.added.packed()
        told = {
            "live": self.live, "highest": self.highest, "restored": self.restored, "examples": self.examples, "reasons": self.reasons,
            "sizes": [len(met), len(added)],
            "written": [[external_id, row.content_hash, row.source_updated_at] for external_id, row in self.written.items()],
        }  # fmt: skip
        rest = zlib.compress(json.dumps(told).encode(), 1)
        return met + added + rest + len(rest).to_bytes(4, "big")

    @classmethod
    def unpacked(cls, job_id: int, packed: bytes) -> Foreseen:
        """As it was packed."""
        size = int.from_bytes(packed[-4:], "big")
        told = json.loads(zlib.decompress(packed[-4 - size : -4]))
        met, added = told["sizes"]
        found = cls(job_id, live=told["live"], highest=told["highest"])
        found.restored, found.examples, found.reasons = told["restored"], told["examples"], Counter(told["reasons"])
        found.met, found.added = Met(packed[:met]), Met(packed[met : met + added])
        found.written = {external_id: _WouldBe(content_hash, at, job_id) for external_id, content_hash, at in told["written"]}
        return found


def begin(conn: Connection, job_id: int, store_id: int, stream: str) -> Foreseen:
    """What the run has foreseen so far: nothing where it is new. Index: primary keys."""
    packed = conn.scalar(select(sync_runs.c.met).where(sync_runs.c.job_id == job_id))
    if packed:
        return Foreseen.unpacked(job_id, packed)
    highest = conn.scalar(select(func.max(SHAPES[stream].table.c.id))) or 0
    return Foreseen(job_id, live=store_stats.live(conn, store_id, stream), highest=int(highest))


def keep(conn: Connection, foreseen: Foreseen) -> None:
    """Let the next attempt know; in the transaction of the checkpoint."""
    conn.execute(update(sync_runs).where(sync_runs.c.job_id == foreseen.job_id).values(met=foreseen.packed()))


def forget(conn: Connection, job_id: int) -> None:
    """The run has told what it foresaw, or begins anew."""
    conn.execute(update(sync_runs).where(sync_runs.c.job_id == job_id).values(met=None))


def count_page(conn: Connection, source: Source, incoming: Sequence[Incoming], aside: Sequence[Aside], foreseen: Foreseen) -> PageCounts:
    """What `write_page` would make of the same records, by what is stored and by what this run would have written before."""
    found = compare(conn, source, incoming, aside, instead=foreseen.written)
    found.counts.removed = _removed(conn, source, [one for one in found.changes if one.external_id not in foreseen.written])
    foreseen.note(source, found)
    return found.counts


def _removed(conn: Connection, source: Source, changes: Sequence[Incoming]) -> int:
    """How many children would be marked as removed. Index: those of the children by their record."""
    removed = 0
    for child in SHAPES[source.stream].children:
        told = {each.external_id for one in changes for each in getattr(one.record, child.attribute) or ()}
        before = (live_children(source, child, changes), child.table.c.observed_at < source.observed_at)
        removed += len(set(conn.scalars(select(child.table.c.external_id).where(*before))) - told)
    return removed


def not_met(conn: Connection, store_id: int, stream: str, foreseen: Foreseen) -> tuple[int, list[str]]:
    """Of the live records that were there when a full run began: (how many it did not meet, some of their ids). Index: the unique key.

    The ids are looked for in a bounded number of rows, from the first on.
    """
    count = max(0, foreseen.live - (len(foreseen.met) - len(foreseen.added) - foreseen.restored))
    shown: list[str] = []
    after: str | None = ""
    for _ in range(_WINDOWS if count else 0):
        if after is None or len(shown) >= EXAMPLES:
            break
        unmet = deletions.Unmet(foreseen.job_id, foreseen.met)
        lot = deletions.lot_after(conn, store_id, stream, after, EXAMPLES - len(shown), unmet=unmet)
        shown, after = [*shown, *lot.external_ids], lot.after
    return count, shown
