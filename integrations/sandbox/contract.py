"""What the server and a platform say to each other: a call comes in, an answer goes out."""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

from integrations.sandbox.chance import mix
from integrations.sandbox.shop import Shop, ShopSpec

T = TypeVar("T")

JSON_TYPE = "application/json; charset=UTF-8"


@dataclass(slots=True, kw_only=True)
class Call:
    """One request to a shop. `path` is below the shop's address; `bends` are faults that the platform itself must act on."""

    method: str
    path: str
    address: str  # the shop's address as the caller sees it, e.g. http://127.0.0.1:9000/woocommerce/berlin
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    bends: frozenset[str] = frozenset()

    @property
    def is_secure(self) -> bool:
        """Whether it came over TLS."""
        return self.address.startswith("https:")

    @property
    def params(self) -> dict[str, str]:
        """The query's parameters; of one given twice the last counts, as in PHP."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def json(self) -> Any:
        """The body. Raises: ValueError."""
        return json.loads(self.body)

    def basic(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic authentication, where given."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return None
        return user, password


@dataclass(slots=True)
class Answer:
    """One response."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        """`content` as JSON."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, body, {"Content-Type": JSON_TYPE, **(headers or {})})


class Door(ABC):
    """One shop's API. It knows the shop's credentials, limits and open tokens; opened with `(spec, now)`, `now` in seconds."""

    impossible: ClassVar[Mapping[str, str]] = {}  # faults that this platform cannot have, and why
    shop: Shop
    scopes: set[str]  # what its credentials may read, in the platform's words
    is_revoked: bool = False  # refuses its credentials from now on

    @abstractmethod
    def __init__(self, spec: ShopSpec, now: int) -> None: ...

    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """What a connector needs to get in."""

    @abstractmethod
    def stream_of(self, call: Call) -> str:
        """Which stream `call` reads: products, orders, inventory, customers, identity, token or "" for anything else."""

    @abstractmethod
    def respond(self, call: Call) -> Answer:
        """Answer as the platform does."""

    @abstractmethod
    def expire(self) -> None:
        """Make the access tokens given out so far too old."""

    @abstractmethod
    def slow_down(self, call: Call, retry_after_s: float | None) -> Answer:
        """The platform's way to say "too many requests"."""

    def failure(self, status: int) -> Answer:
        """What comes when something in front of the API refuses or fails with `status`."""
        return Answer(status, b"<html><body>upstream connect error</body></html>", {"Content-Type": "text/html; charset=UTF-8"})


def reordered(rows: Sequence[T], bends: frozenset[str], seed: int) -> list[T]:
    """A page in the order that a fault asks for: `descending`, `shuffled` or as it is."""
    if "descending" in bends:
        return list(reversed(rows))
    if "shuffled" in bends:
        places = sorted(range(len(rows)), key=lambda place: mix(seed, place))
        return [rows[place] for place in places]
    return list(rows)
