"""All shops behind one address: an ASGI application, and a way to run it in a test."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from integrations.sandbox import control
from integrations.sandbox.amazon import Amazon
from integrations.sandbox.contract import Call, Door
from integrations.sandbox.ebay import Ebay
from integrations.sandbox.shop import Shop, ShopSpec
from integrations.sandbox.shopify import Shopify
from integrations.sandbox.tiktok import TikTok
from integrations.sandbox.visits import Visits
from integrations.sandbox.woocommerce import WooCommerce

PLATFORMS: dict[str, type[Door]] = {"amazon": Amazon, "ebay": Ebay, "shopify": Shopify, "tiktok": TikTok, "woocommerce": WooCommerce}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]


class CutOff(Response):
    """A response whose connection ends in the middle of its body."""

    def __init__(self, body: bytes, status: int, headers: MutableMapping[str, str], cut_at: int) -> None:
        super().__init__(body, status, headers)
        self._cut_at = cut_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the beginning and no more."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        # an application that returns before its last part makes uvicorn close the connection
        await send({"type": "http.response.body", "body": bytes(self.body)[: self._cut_at], "more_body": True})


class Sandbox:
    """Shops and what was asked of them. `now` (seconds) is when all of them stand still; edits carry the real time."""

    def __init__(self, specs: Iterable[ShopSpec] = (), *, now: int | None = None) -> None:
        self._now = int(time.time()) if now is None else now
        self._visits: dict[tuple[str, str], Visits] = {}
        self.base_url = ""
        for spec in specs:
            self.create(spec)
        every = "/{platform}/{shop}/{rest:path}"
        self.app = Starlette(
            routes=[
                Route("/_sandbox", self._list),
                Route("/_sandbox", self._open, methods=["POST"]),
                Route("/_sandbox" + every, self._control, methods=["GET", "POST", "DELETE"]),
                Route(every, self._visit, methods=METHODS),
            ]
        )

    def create(self, spec: ShopSpec) -> Shop:
        """Open a shop.

        Raises: ValueError for an unknown platform or a name that is taken.
        """
        if spec.platform not in PLATFORMS:
            raise ValueError(f"no platform {spec.platform!r} in the sandbox; there are {', '.join(sorted(PLATFORMS))}")
        if (spec.platform, spec.name) in self._visits:
            raise ValueError(f"there is a {spec.platform} shop {spec.name!r} already")
        door = PLATFORMS[spec.platform](spec, self._now)
        self._visits[spec.platform, spec.name] = Visits(door)
        return door.shop

    def visits(self, platform: str, shop: str) -> Visits:
        """The log, the faults and the door of a shop. Raises: KeyError."""
        return self._visits[platform, shop]

    def shop(self, platform: str, shop: str) -> Shop:
        """A shop, to be edited. Raises: KeyError."""
        return self._visits[platform, shop].door.shop

    def door(self, platform: str, shop: str) -> Door:
        """A shop's API: its credentials and scopes. Raises: KeyError."""
        return self._visits[platform, shop].door

    def address(self, platform: str, shop: str) -> str:
        """Where a shop is, e.g. http://127.0.0.1:9000/woocommerce/berlin."""
        return f"{self.base_url}/{platform}/{shop}"

    def all(self) -> Iterator[Visits]:
        """All shops, in order of creation."""
        return iter(self._visits.values())

    async def _list(self, request: Request) -> Response:
        return JSONResponse([control.described(visits, str(request.base_url).rstrip("/")) for visits in self.all()])

    async def _open(self, request: Request) -> Response:
        try:
            spec = ShopSpec(**await request.json())
            self.create(spec)
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(control.described(self.visits(spec.platform, spec.name), str(request.base_url).rstrip("/")), 201)

    async def _control(self, request: Request) -> Response:
        found = self._visits.get((request.path_params["platform"], request.path_params["shop"]))
        if found is None:
            return JSONResponse({"error": "no such shop in this sandbox"}, 404)
        return await control.answer(found, request)

    async def _visit(self, request: Request) -> Response:
        platform, name = request.path_params["platform"], request.path_params["shop"]
        visits = self._visits.get((platform, name))
        if visits is None:
            return Response("Not Found", 404)
        call = Call(
            method=request.method,
            path="/" + request.path_params["rest"],
            address=f"{request.url.scheme}://{request.headers.get('host', '')}/{platform}/{name}",
            query_string=request.url.query,
            headers={key.lower(): value for key, value in request.headers.items()},
            body=await request.body(),
        )
        delivery = visits.receive(call)
        if delivery.delay_s:
            await asyncio.sleep(delivery.delay_s)
        answer = delivery.answer
        if delivery.cut_at is not None:
            return CutOff(answer.body, answer.status, answer.headers, delivery.cut_at)
        return Response(answer.body, answer.status, answer.headers)


@contextmanager
def running(*specs: ShopSpec, now: int | None = None, port: int = 0, tls: tuple[str, str] | None = None) -> Iterator[Sandbox]:
    """The sandbox on a port of this machine (0: a free one) while the block runs; `base_url` of what is given says where.

    `tls` names a certificate file and its key file; the address is then https.
    """
    sandbox = Sandbox(specs, now=now)
    server, listener = serving(sandbox, port=port, tls=tls)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the sandbox server ended before it was ready")
            time.sleep(0.005)
        yield sandbox
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def serving(
    sandbox: Sandbox, *, host: str = "127.0.0.1", port: int = 0, tls: tuple[str, str] | None = None
) -> tuple[uvicorn.Server, socket.socket]:
    """A server for `sandbox`, not yet running, and its bound socket. Raises: OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # without the protocol asyncio leaves Nagle on
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(256)  # from here on callers wait instead of being refused
    sandbox.base_url = f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}"
    certificate, key = tls or (None, None)
    # a cut connection is something asked for here, not worth uvicorn's error line
    config = uvicorn.Config(
        sandbox.app,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ssl_certfile=certificate,
        ssl_keyfile=key,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config), listener
