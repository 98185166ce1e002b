"""Fetches the next page while the last one is written: one page ahead, no more."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Walks `source` in a thread of its own, one item ahead of whoever iterates; errors of the source are raised there.

    The thread is a daemon: a worker that has to go does not wait for a platform's answer.
    """

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self._ready: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue()
        self._wanted = threading.Semaphore(1)
        self._is_closed = False
        threading.Thread(target=self._walk, name="ahead", daemon=True).start()

    def _walk(self) -> None:
        while True:
            self._wanted.acquire()
            if self._is_closed:
                return
            try:
                self._ready.put((next(self._source), None))
            except BaseException as error:  # noqa: BLE001  # handed to the reader, StopIteration included
                self._ready.put((None, error))
                return

    def __iter__(self) -> Iterator[T]:
        """The items, in order."""
        while True:
            item, error = self._ready.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            self._wanted.release()
            yield item  # type: ignore[misc]  # without an error there is an item

    def close(self) -> None:
        """Ask for no further item."""
        self._is_closed = True
        self._wanted.release()
