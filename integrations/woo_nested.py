"""Asks a WooCommerce shop several things at once: the lists nested in the rows of a page, and single rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from integrations.http_session import HttpSession
from integrations.woo_paging import WooLists

THREADS = 4  # a small host's PHP serves about as many visitors at once; its budget holds for all of them together

T = TypeVar("T")
R = TypeVar("R")


class SideBySide:
    """Up to `THREADS` questions under way; each thread has a session of its own, since a session is for one thread."""

    def __init__(self, open_session: Callable[[], HttpSession], page_size: int) -> None:
        self._open_session = open_session
        self._page_size = page_size
        self._lists: list[WooLists] = []

    def each(self, ask: Callable[[WooLists, T], R], asked: Sequence[T]) -> list[R]:
        """What `ask` says of each of `asked`, in their order.

        Raises: what the first of them that failed raised; nothing new is asked after a failure.
        """
        while len(self._lists) < min(THREADS, len(asked)):
            self._lists.append(WooLists(self._open_session(), self._page_size))
        waiting = iter(enumerate(asked))
        taking = threading.Lock()
        said: dict[int, R] = {}
        failed: dict[int, BaseException] = {}

        def work(lists: WooLists) -> None:
            while not failed:
                with taking:
                    place, one = next(waiting, (-1, None))
                if place < 0 or one is None:
                    return
                try:
                    said[place] = ask(lists, one)
                except BaseException as error:  # noqa: BLE001  # handed to the caller
                    failed[place] = error

        # Daemons: a worker that has to go does not wait for a shop's answer.
        threads = [threading.Thread(target=work, args=(lists,), name="woo-nested", daemon=True) for lists in self._lists[1 : len(asked)]]
        for thread in threads:
            thread.start()
        for lists in self._lists[: min(1, len(asked))]:
            work(lists)
        for thread in threads:
            thread.join()
        if failed:
            raise failed[min(failed)]
        return [said[place] for place in range(len(asked))]
