"""What a platform does not show us of what it has, and why: each kind makes a run `partial` in a way of its own."""

from __future__ import annotations

from typing import NamedTuple

SCOPE = "scope"  # hidden from these credentials; all else has been read
CEILING = "ceiling"  # more than the platform shows, or not shown yet
NESTED = "nested_truncated"  # the end of a list inside a record


class Gap(NamedTuple):
    """`name` is what is missing, in words; of a scope, its name. Stored as JSON: a pair of texts."""

    reason_code: str
    name: str
