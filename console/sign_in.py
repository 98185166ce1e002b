"""The one door of the console: pages, files and the WebSocket are for those who are signed in. The HTTP API has tokens of its own."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from console import sign_in_session
from console.sign_in_session import Session
from db.engine import DatabaseAway
from settings import settings
from tasks import sign_in

SIGN_IN, CHANGE, OIDC, OIDC_DONE = "/sign-in", "/sign-in/password", "/sign-in/oidc", "/sign-in/done"
OIDC_COOKIE = "_streamlit_user"  # what Streamlit's own callback leaves behind
PERSON, BEGAN, PEER = "x-quayside-person", "x-quayside-began", "quayside.peer"
_OPEN = {SIGN_IN, CHANGE, OIDC, OIDC_DONE, "/auth/login", "/oauth2callback", "/healthz", "/readyz", "/_stcore/health"}
_OWN_DOOR = ("/queue/", "/api/", "/metrics", "/openapi.json")  # bearer tokens, see console/api
_NOT_PAGES = ("/_stcore/", "/media/", "/component/", "/static/")
_THREADS = anyio.CapacityLimiter(16)  # never the threads that the console's files are served by
_ENDED = 1008  # policy violation

Stand = Literal["open", "in", "must_change", "out"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `open`: nobody has to sign in here."""

    stand: Stand
    session: Session | None = None


class Peer:
    """Remembers who really is at the other end, before a proxy's word is taken for who it speaks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        client = scope.get("client")
        await self.app({**scope, PEER: client[0] if client else None}, receive, send)


class Gate:
    """Lets through who is signed in, with a header that names them; what a client sends under the names of our headers is dropped."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if not name.lower().startswith(b"x-quayside-")]}
        path = scope["path"]
        if scope["type"] == "http" and (path in _OPEN or path.startswith(_OWN_DOOR)):
            return await self.app(scope, receive, send)
        try:
            found = await anyio.to_thread.run_sync(visitor, scope, limiter=_THREADS)
        except DatabaseAway as error:
            return await self._refuse(scope, receive, send, PlainTextResponse(f"{error} Try again in a moment.", 503, {"Retry-After": "5"}))
        if found.stand in ("out", "must_change"):
            return await self._refuse(scope, receive, send, _way_in(scope, found.stand))
        if found.session is not None:
            scope["headers"] += _named(found.session)
        if scope["type"] == "http":
            return await self.app(scope, receive, _guarded(send))
        if not _is_own_page(scope):
            return await self._refuse(scope, receive, send, PlainTextResponse("This page is not the console's.", 403))
        return await _Conversation(scope, receive, send, found.session).follow(self.app)

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _ENDED})  # before it was accepted: the caller sees 403
            return
        await response(scope, receive, _guarded(send))


class _Conversation:
    """An open WebSocket: each message of the browser is heard only while the session goes on. When it is over the browser is sent to sign in."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, session: Session | None) -> None:
        self._scope, self._receive, self._send, self._session = scope, receive, send, session
        self._is_over = False

    async def follow(self, app: ASGIApp) -> None:
        await app(self._scope, self.heard, self.say)

    async def heard(self) -> Message:
        message = await self._receive()
        if message["type"] != "websocket.receive" or await anyio.to_thread.run_sync(self._goes_on, limiter=_THREADS):
            return message
        leave = ForwardMsg()
        leave.auth_redirect.url = SIGN_IN
        await self._send({"type": "websocket.send", "bytes": leave.SerializeToString()})
        self._is_over = True
        await self._send({"type": "websocket.close", "code": _ENDED})
        return {"type": "websocket.disconnect", "code": _ENDED}

    async def say(self, message: Message) -> None:
        if self._is_over:
            return
        try:
            await self._send(message)
        except OSError:  # the browser went away in this moment; Streamlit hears it next, and would write a stack trace into the log now
            self._is_over = True

    def _goes_on(self) -> bool:
        try:
            if self._session is None:
                return not sign_in.is_required()
            return sign_in_session.worth(self._session) == "in"
        except DatabaseAway:  # nothing was known of this person for ten minutes; the page says that the database is away
            return False


def visitor(scope: Scope) -> Visitor:
    """Who asks for this.

    Raises: DatabaseAway.
    """
    if not sign_in.is_required():
        return Visitor("open" if _is_among(scope.get(PEER), "127.0.0.0/8,::1/128") else "out")
    session = _by_proxy(scope) or _by_cookie(scope)
    if session is None:
        return Visitor("out")
    worth = sign_in_session.worth(session)
    if worth == "over":
        return Visitor("out")
    return Visitor("must_change" if worth == "must_change" and session.began is not None else "in", session)


def _by_cookie(scope: Scope) -> Session | None:
    cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
    return sign_in_session.unpacked(cookies.get(sign_in_session.COOKIE, ""))


def _by_proxy(scope: Scope) -> Session | None:
    config = settings()
    if not config.has_auth_proxy or not _is_among(scope.get(PEER), config.auth_proxy_addresses):
        return None
    headers = Headers(scope=scope)
    given = headers.getlist(config.auth_proxy_header)
    name = sign_in.name_of(given[0]) if len(given) == 1 else ""  # twice: one of them is not the proxy's
    if not name:
        return None
    groups = headers.get(config.auth_proxy_groups_header, "").split(",") if config.auth_proxy_groups_header else []
    client = scope.get("client")
    try:
        sign_in.admit(name, groups, way="proxy", address=client[0] if client else None)
    except sign_in.SignInRefused:
        return None
    return Session(name, None)


@cache
def _networks(addresses: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(part.strip()) for part in addresses.split(",") if part.strip()]


def _is_among(peer: str | None, addresses: str) -> bool:
    try:
        found = ipaddress.ip_address(peer or "")
    except ValueError:
        return False
    return any(found in network for network in _networks(addresses))


def _named(session: Session) -> list[tuple[bytes, bytes]]:
    began = "" if session.began is None else str(sign_in_session.microseconds(session.began))
    return [(PERSON.encode(), quote(session.name).encode()), (BEGAN.encode(), began.encode())]


def _way_in(scope: Scope, stand: Stand) -> Response:
    """What somebody gets who asks for a page or a file and is not in."""
    path = scope["path"]
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or path.startswith(_NOT_PAGES):
        return PlainTextResponse("Sign in first.", 401)
    if stand == "out" and OIDC_COOKIE in cookie_parser(Headers(scope=scope).get("cookie", "")):
        return RedirectResponse(OIDC_DONE, 303)
    query = scope["query_string"].decode("latin-1")
    target = safe_next(quote(path) + (f"?{query}" if query else ""))
    return RedirectResponse(
        (CHANGE if stand == "must_change" else SIGN_IN) + (f"?next={quote(target, safe='')}" if target != "/" else ""), 303
    )


def safe_next(wanted: str) -> str:
    """Where to go after the sign-in: a path of ours, else the first page."""
    is_plain = wanted.startswith("/") and not wanted.startswith(("//", "/sign-in")) and wanted.isprintable() and "\\" not in wanted
    if not is_plain or len(wanted) > 2_000:
        return "/"
    parts = urlsplit(wanted)
    return "/" if parts.scheme or parts.netloc else wanted


def _is_own_page(scope: Scope) -> bool:
    """Whether a page of ours opens the WebSocket: browsers send cookies along whoever's page it is, so the page's origin has to be ours."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None:
        return True
    theirs, ours = urlsplit(origin), urlsplit(settings().console_url)
    return theirs.netloc == headers.get("host") or (bool(ours.netloc) and (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc))


def _guarded(send: Send) -> Callable[[Message], Awaitable[None]]:
    """What every answer says to the browser besides: no frames, no guessing of types, no address of ours in foreign logs."""
    said: dict[str, Any] = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in said.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers
