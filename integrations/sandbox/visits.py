"""What was asked of one shop, and what shall go wrong."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.contract import Answer, Call, Door
from integrations.sandbox.faults import Delivery, Fault, deliver

KEPT_REQUESTS = 10_000
SECRET_PARAMS = frozenset({"consumer_secret", "oauth_signature", "access_token", "client_secret", "refresh_token", "app_secret", "sign"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that came; `faults` are those that struck it. Secrets are left out."""

    method: str
    path: str
    params: dict[str, str]
    stream: str
    status: int
    faults: tuple[str, ...] = ()


class Visits:
    """A shop's door with a visitors' book: `log` holds the last 10,000 requests, `faults` what is still to go wrong."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.log: deque[Visit] = deque(maxlen=KEPT_REQUESTS)
        self.faults: list[Fault] = []
        self._last_page: dict[str, Answer] = {}

    def fault(self, kind: str, **details: Any) -> Fault:
        """Let something go wrong; `details` are the fields of `Fault`.

        Raises: ValueError for a kind that there is not, or that this platform cannot have.
        """
        return self.add_fault(Fault(kind=kind, **details))

    def add_fault(self, fault: Fault) -> Fault:
        """Let `fault` happen. Raises: ValueError when this platform cannot have it."""
        if fault.kind in self.door.impossible:
            raise ValueError(f"{self.door.shop.spec.platform} cannot have the fault {fault.kind!r}: {self.door.impossible[fault.kind]}")
        with self.door.shop.lock:
            self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults, an empty log, and credentials that work again."""
        with self.door.shop.lock:
            self.faults.clear()
            self.log.clear()
            self._last_page.clear()
            self.door.is_revoked = False

    def requests(self, stream: str = "") -> list[Visit]:
        """What was asked, oldest first; of one stream or of all."""
        with self.door.shop.lock:
            return [visit for visit in self.log if not stream or visit.stream == stream]

    def receive(self, call: Call) -> Delivery:
        """Answer `call`, with the faults that strike it."""
        with self.door.shop.lock:
            stream = self.door.stream_of(call)
            striking = [fault for fault in self.faults if fault.strikes(stream, f"{call.path}?{call.query_string}")]
            delivery = deliver(self.door, call, stream, striking, self._last_page.get(stream))
            params = {name: value for name, value in call.params.items() if name not in SECRET_PARAMS}
            kinds = tuple(fault.kind for fault in striking)
            self.log.append(Visit(call.method, call.path, params, stream, delivery.answer.status, kinds))
            if delivery.answer.status == 200 and stream and not kinds:
                self._last_page[stream] = Answer(200, delivery.answer.body, delivery.answer.headers)
            return delivery
