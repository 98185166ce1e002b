"""Which rows a full run has met: a bit for each row's number, so that a million rows are some hundred kilobytes, and less on disk."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

_BYTES = 4096  # of one piece: the bits of 32,768 numbers
_SPAN = _BYTES * 8
_HEAD = struct.Struct(">Q")


class Met:
    """A set of numbers from 0 on. `packed` is what `Met(packed)` begins with again."""

    def __init__(self, packed: bytes | None = None) -> None:
        self._pieces: dict[int, bytearray] = {}
        told = zlib.decompress(packed) if packed else b""
        for start in range(0, len(told), _HEAD.size + _BYTES):
            (number,) = _HEAD.unpack_from(told, start)
            self._pieces[number] = bytearray(told[start + _HEAD.size : start + _HEAD.size + _BYTES])

    def add(self, numbers: Iterable[int]) -> None:
        """These, too."""
        for number in numbers:
            piece, bit = divmod(number, _SPAN)
            if piece not in self._pieces:
                self._pieces[piece] = bytearray(_BYTES)
            self._pieces[piece][bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, number: int) -> bool:
        piece, bit = divmod(number, _SPAN)
        found = self._pieces.get(piece)
        return found is not None and bool(found[bit >> 3] >> (bit & 7) & 1)

    def __len__(self) -> int:
        return sum(int.from_bytes(piece, "big").bit_count() for piece in self._pieces.values())

    def packed(self) -> bytes:
        """All of it as bytes."""
        return zlib.compress(b"".join(_HEAD.pack(number) + piece for number, piece in sorted(self._pieces.items())), 1)
