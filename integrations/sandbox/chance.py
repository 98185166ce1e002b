"""Numbers that look like chance and are the same on every machine: everything in a sandbox shop comes from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


def mix(*parts: int) -> int:
    """64 bits that depend on all `parts` and on nothing else (splitmix64, Steele et al. 2014)."""
    state = 0
    for part in parts:
        state = (state + part + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def seed_of(text: str, seed: int) -> int:
    """A seed for everything called `text`."""
    return mix(seed, int.from_bytes(text.encode(), "big"))


def pick(choices: Sequence[T], number: int) -> T:
    """One of `choices`."""
    return choices[number % len(choices)]


def hexadecimal(length: int, *parts: int) -> str:
    """`length` hexadecimal digits, for keys and tokens."""
    text = ""
    while len(text) < length:
        text += f"{mix(*parts, len(text)):016x}"
    return text[:length]
