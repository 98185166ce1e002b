"""Fetches the next pages while the last ones are written: a bounded number ahead, so that memory stays flat."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Walks `source` in a thread of its own, ahead of whoever iterates; errors of the source are raised there, in their place.

    What waits weighs less than `most` (each item as `weigh` says) before another is asked for; at least one always is.
    The thread is a daemon: a worker that has to go does not wait for a platform's answer.
    """

    def __init__(self, source: Iterator[T], weigh: Callable[[T], int] = lambda item: 1, most: int = 1) -> None:
        self._source, self._weigh, self._most = source, weigh, most
        self._changed = threading.Condition()
        self._ready: deque[tuple[T, int]] = deque()
        self._weight = 0
        self._error: BaseException | None = None
        self._is_closed = False
        context = copy_context()  # what it logs belongs to the same job
        threading.Thread(target=lambda: context.run(self._walk), name="ahead", daemon=True).start()

    def _walk(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed or self._weight < self._most)
                if self._is_closed:
                    return
            try:
                item = next(self._source)
            except BaseException as error:  # noqa: BLE001  # handed to the reader, StopIteration included
                with self._changed:
                    self._error = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._ready.append((item, self._weigh(item)))
                self._weight += self._ready[-1][1]
                self._changed.notify_all()

    def _take(self) -> T:
        item, weight = self._ready.popleft()
        self._weight -= weight
        self._changed.notify_all()
        return item

    def __iter__(self) -> Iterator[T]:
        """The items, in order."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ready or self._error is not None or self._is_closed)
                if not self._ready:
                    if self._error is None or isinstance(self._error, StopIteration):
                        return
                    raise self._error
                item = self._take()
            yield item

    def at_hand(self) -> T | None:
        """The next item where it is there already, else None; never an error, which comes when it is its turn."""
        with self._changed:
            return self._take() if self._ready else None

    def close(self) -> None:
        """Ask for no further item; who waits for one is told that there is none."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
