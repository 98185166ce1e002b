"""A request that cannot be done as it was made."""

from __future__ import annotations


class BadRequest(ValueError):
    """Says the value, the rule and the next step; `field` is the argument that is wrong. Nothing was written."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
