"""What can be made to go wrong on request, and when.

Three sorts: answers replaced or spoilt on their way out, pages bent by the platform's own list code, and things that
happen to the shop right after an answer went out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.chance import mix, pick
from integrations.sandbox.contract import Answer, Call, Door

BENDS = frozenset({"shuffled", "descending", "repeated_token"})
REPLACED = frozenset({"rate_limited", "server_error", "html", "repeated_page"})
SPOILT = frozenset({"truncated", "cut", "slow"})
HAPPENING = frozenset({"edit", "add", "delete", "late", "revoke", "drop_scope", "expire"})
KINDS = BENDS | REPLACED | SPOILT | HAPPENING


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing to go wrong: with the (`after`+1)-th matching request and `times` in all.

    A request matches when its stream is `stream` (any when empty) and `path` is found in its path and query.
    """

    kind: str
    after: int = 0
    times: int = 1
    stream: str = ""
    path: str = ""
    seed: int = 1
    status: int = 503  # server_error
    retry_after_s: float | None = None  # rate_limited; None sends no header
    delay_s: float = 0.5  # slow
    age_s: int = 90  # late: how much older the new record says it is
    record: str = ""  # edit, delete: whose id; chosen by seed when empty
    scope: str = ""  # drop_scope
    changes: dict[str, Any] = field(default_factory=dict)  # edit, add, late: fields
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(sorted(KINDS))}")

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Fault:
        """Raises: ValueError, which names what is wrong."""
        unknown = set(content) - {found.name for found in fields(cls)} | {"seen", "fired"} & set(content)
        if unknown or "kind" not in content:
            raise ValueError(f"a fault has a kind and perhaps {', '.join(f.name for f in fields(cls))}; not {', '.join(sorted(unknown))}")
        return cls(**content)

    def to_json(self) -> dict[str, Any]:
        """All of it, with how often it matched and fired."""
        return asdict(self)

    def strikes(self, stream: str, target: str) -> bool:
        """Count a request; whether the fault happens with it."""
        if (self.stream and self.stream != stream) or (self.path and not re.search(self.path, target)):
            return False
        self.seen += 1
        if self.seen <= self.after or self.fired >= self.times:
            return False
        self.fired += 1
        return True


@dataclass(slots=True)
class Delivery:
    """An answer and how it goes out: after `delay_s`, and only its first `cut_at` bytes when that is set."""

    answer: Answer
    delay_s: float = 0.0
    cut_at: int | None = None


def deliver(door: Door, call: Call, stream: str, faults: list[Fault], last_page: Answer | None) -> Delivery:
    """Answer `call` with `faults` striking; `last_page` is what was answered to the same stream before."""
    kinds = {fault.kind: fault for fault in faults}
    call.bends = frozenset(kinds) & BENDS
    delivery = Delivery(_replaced(door, call, kinds, last_page) or door.respond(call))
    if "truncated" in kinds:
        delivery.answer.body = delivery.answer.body[: len(delivery.answer.body) // 2]
    if "cut" in kinds:
        delivery.cut_at = len(delivery.answer.body) // 2
    if "slow" in kinds:
        delivery.delay_s = kinds["slow"].delay_s
    for fault in faults:
        if fault.kind in HAPPENING:
            _happen(door, fault, stream)
    return delivery


def _replaced(door: Door, call: Call, kinds: Mapping[str, Fault], last_page: Answer | None) -> Answer | None:
    if "rate_limited" in kinds:
        return door.slow_down(call, kinds["rate_limited"].retry_after_s)
    if "server_error" in kinds:
        return door.failure(kinds["server_error"].status)
    if "html" in kinds:
        page = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"
        return Answer(200, page, {"Content-Type": "text/html; charset=UTF-8"})
    if "repeated_page" in kinds and last_page is not None:
        return Answer(last_page.status, last_page.body, dict(last_page.headers))
    return None


def _happen(door: Door, fault: Fault, stream: str) -> None:
    shop, moment = door.shop, datetime.fromtimestamp(int(door.shop.clock()), UTC)
    if fault.kind == "revoke":
        door.is_revoked = True
        return
    if fault.kind == "expire":
        door.expire()
        return
    if fault.kind == "drop_scope":
        door.scopes.discard(fault.scope)
        return
    shelf = "products" if stream == "inventory" else stream or "products"
    if fault.kind in {"add", "late"}:
        late = datetime.fromtimestamp(moment.timestamp() - fault.age_s, UTC) if fault.kind == "late" else moment
        shop.add(shelf, at=late, **fault.changes)
        return
    ids = shop.ids(shelf)
    chosen = fault.record or pick(ids, mix(fault.seed, fault.fired))
    if fault.kind == "delete":
        shop.delete(shelf, chosen)
    else:
        shop.edit(shelf, chosen, **fault.changes)
