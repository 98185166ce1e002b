"""Words of a platform that Quayside has no word for: said so that each can be given one."""

from __future__ import annotations

from collections.abc import Sequence

from console.parts import measures
from console.words import _, later, many

_FIELDS = {
    "raw_status": later("status"), "raw_payment_status": later("payment status"), "raw_fulfillment_status": later("fulfilment status"),
}  # fmt: skip


def said(words: Sequence[tuple[str, str, int]], *, most: int = 3) -> str:
    """status FOO (12 times), payment status BAR (once), and 2 more."""
    told = [
        many("{field} {value} (once)", "{field} {value} ({n} times)", times).format(
            field=_(_FIELDS.get(field, field)), value=value, n=measures.whole(times)
        )
        for field, value, times in words[:most]
    ]
    return ", ".join([*told, *([_("and {n} more").format(n=len(words) - most)] if len(words) > most else [])])


def are_new(words: Sequence[tuple[str, str, int]], platform: str) -> str:
    """2 words of eBay are new to Quayside."""
    return many("One word of {platform} is new to Quayside", "{n} words of {platform} are new to Quayside", len(words)).format(
        platform=platform, n=len(words)
    )
