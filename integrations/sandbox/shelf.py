"""A long row of records of one kind: made when looked at, remembered only when changed, so that a million fit."""

from __future__ import annotations

import random
from array import array
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

DAY = 86_400
GONE = 255
KEPT_LISTS = 8
KEPT_RECORDS = 4096


class Dated(Protocol):
    """What a shelf needs to know of a record."""

    @property
    def number(self) -> int:
        """Its place."""

    @property
    def created(self) -> int:
        """Seconds."""

    @property
    def updated(self) -> int | None:
        """Seconds."""

    @property
    def status(self) -> str:
        """One of the shelf's."""


R = TypeVar("R", bound=Dated)


class Shelf(Generic[R]):
    """Records numbered from 0. Only their times and states are held; `make` tells the rest from the number.

    `odds` are the states a record can be in and how many in 256 of a new shop's are; `fixed` are those that must be in one.
    """

    def __init__(
        self, count: int, *, make: Callable[[int, str, int, int], R], odds: Mapping[str, int], fixed: Mapping[int, str], seed: int, now: int
    ) -> None:
        self._make = make
        self._statuses = tuple(odds)
        self._codes = {status: code for code, status in enumerate(odds)}
        table = b"".join(bytes([self._codes[status]]) * share for status, share in odds.items())
        # a million of these must be made in seconds, which mix() is too slow for
        self._status = bytearray(random.Random(seed).randbytes(count).translate(table))  # noqa: S311 - no secret
        for number, status in fixed.items():
            if number < count:
                self._status[number] = self._codes[status]
        self.created, self.updated = timeline(count, seed, now)
        self._changed: dict[int, R] = {}
        self._made: dict[int, R] = {}
        self._lists: OrderedDict[object, tuple[int, Sequence[int]]] = OrderedDict()
        self.version = 0

    def __len__(self) -> int:
        return len(self._status)

    def __contains__(self, number: int) -> bool:
        return 0 <= number < len(self._status) and self._status[number] != GONE

    def get(self, number: int) -> R | None:
        """The record, or None when there is none of that number."""
        if number not in self:
            return None
        kept = self._changed.get(number) or self._made.get(number)
        if kept is None:
            kept = self._make(number, self._statuses[self._status[number]], self.created[number], self.updated[number])
            if len(self._made) >= KEPT_RECORDS:
                self._made.clear()
            self._made[number] = kept
        return kept

    def changed(self, number: int) -> R | None:
        """The record if it was ever changed or added."""
        return self._changed.get(number)

    def change(self, number: int) -> R:
        """The record, to be changed in place and then given to `put`.

        Raises: KeyError when there is none of that number.
        """
        record = self.get(number)
        if record is None:
            raise KeyError(number)
        self._changed[number] = record
        return record

    def put(self, record: R) -> None:
        """Keep a changed record, or a new one whose number is `len(self)`."""
        number = record.number
        if number == len(self._status):
            self._status.append(0)
            self.created.append(0)
            self.updated.append(0)
        self._status[number] = self._codes[record.status]
        self.created[number] = record.created
        self.updated[number] = record.updated or record.created
        self._changed[number] = record
        self.version += 1

    def remove(self, number: int) -> None:
        """Take a record away for good.

        Raises: KeyError when there is none of that number.
        """
        if number not in self:
            raise KeyError(number)
        self._status[number] = GONE
        self._changed.pop(number, None)
        self._made.pop(number, None)
        self.version += 1

    def status(self, number: int) -> str:
        """The state of a record that exists."""
        return self._statuses[self._status[number]]

    def count(self, statuses: Sequence[str] | None = None) -> int:
        """How many there are, in any of `statuses` or in all."""
        codes = range(len(self._statuses)) if statuses is None else [self._codes[status] for status in statuses]
        return sum(self._status.count(code) for code in codes)

    def numbers(
        self,
        *,
        by: str = "number",
        statuses: Sequence[str] | None = None,
        created: tuple[int | None, int | None] = (None, None),
        updated: tuple[int | None, int | None] = (None, None),
        keep: Callable[[R], bool] | None = None,
        key: object = None,
    ) -> Sequence[int]:
        """Numbers in ascending order of `by` (number, created or updated; ties by number).

        `created` and `updated` are half-open windows in seconds. `keep` looks at whole records and is slow on a long shelf;
        with it, `key` names the question so that the answer can be kept. The list must not be changed.
        """
        question = (by, tuple(statuses) if statuses is not None else None, created, updated, key)
        found = self._lists.get(question)
        if found is not None and found[0] == self.version and (keep is None or key is not None):
            return found[1]
        answer = self._list(by, statuses, created, updated, keep)
        self._lists[question] = (self.version, answer)
        while len(self._lists) > KEPT_LISTS:
            self._lists.popitem(last=False)
        return answer

    def _list(
        self,
        by: str,
        statuses: Sequence[str] | None,
        created: tuple[int | None, int | None],
        updated: tuple[int | None, int | None],
        keep: Callable[[R], bool] | None,
    ) -> Sequence[int]:
        times = {"created": self.created, "updated": self.updated}
        numbers: Sequence[int] = range(len(self._status))
        for window, column in ((created, self.created), (updated, self.updated)):
            start, end = window
            if start is not None or end is not None:
                low, high = start if start is not None else -(1 << 62), end if end is not None else 1 << 62
                numbers = [number for number in numbers if low <= column[number] < high]
        state = self._status
        if statuses is not None:
            wanted = bytes(self._codes[status] for status in statuses)
            numbers = [number for number in numbers if state[number] in wanted]
        elif GONE in state:
            numbers = [number for number in numbers if state[number] != GONE]
        if by != "number":
            numbers = sorted(numbers, key=times[by].__getitem__)
        if keep is not None:
            numbers = [number for number in numbers if (record := self.get(number)) is not None and keep(record)]
        return numbers if isinstance(numbers, range) else array("q", numbers)


def timeline(count: int, seed: int, now: int) -> tuple[array[int], array[int]]:
    """When each record was created and last changed: over 900 days up to `now`, created in order of number.

    One record in 33 shares one second of change with its neighbours, as after an import; one in four was never changed.
    """
    created, updated = array("q"), array("q")
    roll = random.Random(seed + 1).random  # noqa: S311 - no secret
    tied = now - 3 * DAY
    step = 900 * DAY / max(count, 1)
    for number in range(count):
        start = now - 3600 - int(step * (count - number - roll()))
        share = roll()
        if number % 1000 < 30 and start < tied:
            change = tied
        elif share < 0.25:
            change = start
        else:
            change = now - 60 - int((now - 60 - start) * (share - 0.25) / 0.75)
        created.append(start)
        updated.append(change)
    return created, updated
