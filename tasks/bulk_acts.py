"""What a bulk operation does to each of its targets, in the transaction that notes it: whether it was done, and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from db import job_actions, line, rejected, stores
from db.engine import reading
from db.job_state import JobState, WrongState
from settings import settings
from tasks.connections import open_connector
from tasks.rejected import Again, Reader, write_again


def _retries(own_job: int, by: str) -> Callable[[Connection, int], tuple[bool, str]]:
    def act(conn: Connection, job_id: int) -> tuple[bool, str]:
        try:
            job_actions.retry(conn, job_id, repush_s=settings().repush_s)
        except (WrongState, LookupError) as error:
            return False, str(error)
        return True, "Queued again."

    return act


def _cancels(own_job: int, by: str) -> Callable[[Connection, int], tuple[bool, str]]:
    def act(conn: Connection, job_id: int) -> tuple[bool, str]:
        if job_id == own_job:
            return False, f"Job {job_id} is this operation itself."
        try:
            state = job_actions.cancel(conn, job_id, by=by)
        except (WrongState, LookupError) as error:
            return False, str(error)
        return True, "Cancelled." if state is JobState.CANCELLED else "Asked to stop after its page."

    return act


def _takes_out(own_job: int, by: str) -> Callable[[Connection, int], tuple[bool, str]]:
    def act(conn: Connection, job_id: int) -> tuple[bool, str]:
        try:
            job_actions.take_out(conn, job_id, by=by)
        except (WrongState, LookupError) as error:
            return False, str(error)
        return True, "Cancelled."

    return act


ACTS = {"retry": _retries, "cancel": _cancels, "empty_queue": _takes_out}
DUE: dict[str, Callable[[Connection, Sequence[int]], Sequence[line.Due]]] = {  # what to push after a lot
    "retry": line.to_push, "cancel": line.next_of, "empty_queue": line.next_of, "retry_rejected": lambda conn, ids: (),
}  # fmt: skip


class Records:
    """Tries rejected records again: first the outside world, without a transaction, then what came of it."""

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._readers: dict[int, Reader] = {}

    def prepared(self, lot: Sequence[int]) -> Callable[[Connection, int], tuple[bool, str]]:
        """What to do with each of these records, once they have been tried."""
        with reading(fresh=True) as conn:
            kept = rejected.kept_by_ids(conn, lot)
        tried: dict[int, Again] = {one.id: self._reader(one.store_id).again(one) for one in kept}

        def act(conn: Connection, rejected_id: int) -> tuple[bool, str]:
            if rejected_id not in tried:
                return True, "A sync has met it since."
            again = tried[rejected_id]
            ending, sentence = write_again(conn, self._job_id, self._reader(again.kept.store_id).connector, again)
            return ending != "still", sentence

        return act

    def _reader(self, store_id: int) -> Reader:
        if store_id not in self._readers:
            with reading(fresh=True) as conn:
                store = stores.by_id(conn, store_id)
            self._readers[store_id] = Reader(open_connector(store))
        return self._readers[store_id]
