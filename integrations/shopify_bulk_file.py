"""The file of a bulk operation, kept on our disk in parts of some hundred records while it is being read.

Its lines name their parent but need not stand near it, so that no line tells that a record is whole: the file is read once, each
line goes to the part that its record belongs to, and a part is joined in memory. The disk holds what the platform's file holds,
for this user alone, until the last part is read (or a day, when nobody goes on); a worker that goes on with another's run on the
same machine finds it there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.answers import parse_json
from integrations.connector import Row

BUFFERED = 16_000_000  # bytes held before they go to the disk
MAX_LINE = 32_000_000
KEPT_S = 86_400
MOST_PARTS = 4096

Join = Callable[[Row, Sequence[Row]], Row]


class Unreadable(Exception):
    """The file, or our disk, cannot give the records whole."""


@dataclass(frozen=True, slots=True)
class BulkFile:
    """A whole file on disk; `roots` is how many records it has, `lines` how many lines each part has."""

    place: Path
    roots: int
    lines: tuple[int, ...]

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return len(self.lines)

    @classmethod
    def at_hand(cls, name: str) -> BulkFile | None:
        """The file called `name`, if it is on this machine."""
        place = _room() / _key(name)
        try:
            told = json.loads((place / "whole").read_text())
            os.utime(place)  # somebody goes on with it: it is not swept away
        except (OSError, ValueError):
            return None
        return cls(place, told["roots"], tuple(told["lines"]))

    @classmethod
    def keep(cls, name: str, pieces: Iterable[bytes], *, objects: int, roots: int, per_part: int) -> BulkFile:
        """Read `pieces` to their end; a file that has other than `objects` lines and `roots` records is not the whole one.

        Raises: Unreadable; what `pieces` raises.
        """
        room = _room()
        _sweep(room)
        parts = min(max(-(-roots // per_part), 1), MOST_PARTS)
        try:
            unfinished = Path(tempfile.mkdtemp(prefix=f"{_key(name)}.", dir=room))
            try:
                lines, records = _part(unfinished, parts, _lines(pieces))
                if (sum(lines), records) != (objects, roots):
                    raise Unreadable(f"{sum(lines)} lines and {records} records came, {objects} and {roots} were told")
                (unfinished / "whole").write_text(json.dumps({"lines": lines, "roots": roots}))
                shutil.rmtree(room / _key(name), ignore_errors=True)
                unfinished.rename(room / _key(name))
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        except OSError as error:  # no room left, most likely
            raise Unreadable(f"our disk: {error.strerror}") from None
        return cls(room / _key(name), roots, tuple(lines))

    def rows(self, part: int, join: Join) -> list[Row]:
        """The records of a part, each with its children. Raises: Unreadable when it is not all there, or a child has no parent."""
        records: dict[str, Row] = {}
        children: dict[str, list[Row]] = defaultdict(list)
        if not self.lines[part]:  # no record fell into this part
            return []
        try:
            found = (self.place / str(part)).read_bytes().split(b"\n")[:-1]
        except OSError as error:
            raise Unreadable(f"our disk: {error.strerror}") from None
        if len(found) != self.lines[part]:
            raise Unreadable("a part is not all there")
        for line in found:
            row = parse_json(line)
            if "__parentId" in row:
                children[row["__parentId"]].append(row)
            else:
                records[row["id"]] = row
        if not children.keys() <= records.keys():
            raise Unreadable("a child came without its parent")
        try:
            return [join(row, children.get(gid, ())) for gid, row in records.items()]
        except LookupError:
            raise Unreadable("a child is of a type that was not asked for") from None

    def discard(self) -> None:
        """Take it off the disk."""
        shutil.rmtree(self.place, ignore_errors=True)


def _part(place: Path, parts: int, lines: Iterator[bytes]) -> tuple[list[int], int]:
    """Write each line to its part; how many lines each part got, and how many records there were."""
    waiting: dict[int, list[bytes]] = defaultdict(list)
    counts = [0] * parts
    held = roots = 0

    def flush() -> None:
        for part, some in waiting.items():
            with (place / str(part)).open("ab") as file:
                file.writelines(some)
        waiting.clear()

    for line in lines:
        try:
            row: Any = json.loads(line)  # for its ids alone; the records are read with parse_json, part by part
            record = str(row.get("__parentId") or row["id"])
        except (ValueError, LookupError, AttributeError, RecursionError):
            raise Unreadable("a line is no object with an id") from None
        part = zlib.crc32(record.encode()) % parts
        waiting[part].append(line + b"\n")
        counts[part] += 1
        roots += "__parentId" not in row
        held += len(line) + 100  # what a small object costs
        if held > BUFFERED:
            flush()
            held = 0
    flush()
    return counts, roots


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from filter(None, (line.strip(b"\r") for line in whole))
        if len(rest) > MAX_LINE:
            raise Unreadable("a line has no end")
    if rest.strip():
        yield rest


def _room() -> Path:
    """Our own folder among the system's temporary files. Raises: Unreadable when somebody else has made it."""
    owner = os.getuid() if hasattr(os, "getuid") else 0
    room = Path(tempfile.gettempdir()) / f"quayside-bulk-{owner}"
    try:
        room.mkdir(mode=0o700, exist_ok=True)
        seen = room.lstat()
    except OSError as error:
        raise Unreadable(f"our disk: {error.strerror}") from None
    if hasattr(os, "getuid") and (seen.st_uid != owner or room.is_symlink() or seen.st_mode & 0o077):
        raise Unreadable(f"{room} is open to others")
    return room


def _sweep(room: Path) -> None:
    """What was left behind by runs that nobody went on with."""
    for left in room.iterdir():
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - KEPT_S:
                shutil.rmtree(left, ignore_errors=True)


def _key(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
