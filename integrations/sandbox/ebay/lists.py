"""Pages of eBay's lists with their links; the lists of the Inventory API count pages, those of the Fulfillment API rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.contract import Call, reordered
from integrations.sandbox.ebay.refusal import of_inventory


def page(
    call: Call, numbers: Sequence[int], *, limit: int, offset: int, is_paged: bool, seed: int, row: Callable[[int], Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], dict[str, Any]]:
    """The rows of a page, and href, limit, total, next and prev; `offset` is a page number when `is_paged`, else a row's."""
    first = offset * limit if is_paged else offset
    step = 1 if is_paged else limit
    chosen = reordered(numbers[first : first + limit], call.bends, seed + first)
    links: dict[str, Any] = {"href": _link(call, limit, offset), "limit": limit, "total": len(numbers)}
    if first + limit < len(numbers):
        links["next"] = _link(call, limit, offset + step)
    if offset > 0:
        links["prev"] = _link(call, limit, max(0, offset - step))
    return [row(number) for number in chosen], links


def paging(params: Mapping[str, str], *, default: int, most: int) -> tuple[int, int]:
    """Limit and page number of a list of the Inventory API. Raises: Refusal."""
    limit, offset = params.get("limit", str(default)), params.get("offset", "0")
    for name, value, least, top in (("limit", limit, 1, most), ("offset", offset, 0, 10**9)):
        if not (value.isascii() and value.isdigit() and least <= int(value) <= top):
            message = f"You have provided invalid pagination values. {name} {value}."
            raise of_inventory(400, 25706, message, **{name: value})
    return int(limit), int(offset)


def _link(call: Call, limit: int, offset: int) -> str:
    kept = {name: value for name, value in call.params.items() if name not in ("limit", "offset")}
    return f"{call.address}{call.path}?{urlencode({**kept, 'limit': limit, 'offset': offset})}"
