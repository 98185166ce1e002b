"""What a process makes once, at the first call, and keeps."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801  # a decorator, named as functools' are
    """Decorates a function without arguments: it runs at the first call, and every caller gets what that made.

    functools.cache would run it in each of the threads that come at once: two engines are two pools, and twice the connections.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._unlock()
        self.__doc__ = make.__doc__
        if hasattr(os, "register_at_fork"):  # whoever holds the lock is no thread of a forked worker and never gives it back there
            os.register_at_fork(after_in_child=self._unlock)

    def _unlock(self) -> None:
        self._lock = threading.Lock()

    def __call__(self) -> T:
        """What was made; it is made now where it was not."""
        if not self._made:
            with self._lock:
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]

    @property
    def is_made(self) -> bool:
        """Whether somebody called it already."""
        return bool(self._made)

    def forget(self) -> None:
        """The next call makes it anew."""
        self._made = []
