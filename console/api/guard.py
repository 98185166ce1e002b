"""What stands before every call of the API: no body beyond the limit, no page of another site that acts in a person's name."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from console.api.middleware import OfCalls
from console.api.problems import Problem
from tasks import log_context

MOST_BYTES = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


class Guard(OfCalls):
    """Refuses what is too long or foreign before anything reads it, and gives each call its name."""

    async def called(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or refuse it."""
        headers = Headers(scope=scope)
        problem = _too_long(headers) or (_foreign(headers) if scope["method"] not in _SAFE else None)
        if problem is not None:
            await self.refuse(problem, scope, receive, send)
            return
        name = headers.get("x-request-id", "")
        name = name if _NAME.fullmatch(name) else secrets.token_hex(8)
        seen = 0

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = name
            await send(message)

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MOST_BYTES:  # a chunked body does not say its length before
                raise _over()
            return message

        token = log_context.request_id.set(name)  # each log line that this call causes names it
        try:
            await self._app(scope, counted, named)
        finally:
            log_context.request_id.reset(token)


def _over() -> Problem:
    return Problem(413, f"The body is longer than {MOST_BYTES:,} bytes.", headers={"Connection": "close"})


def _too_long(headers: Headers) -> Problem | None:
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return Problem(400, "Content-Length is not a number.")
    return _over() if len(length) > 18 or int(length) > MOST_BYTES else None


def _foreign(headers: Headers) -> Problem | None:
    """A browser says where a request comes from; programs say nothing of that and are let through."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin") or (origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()):
        return Problem(403, "A page of another site may not change anything here.")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _FORMS:
        return Problem(
            415, f"{kind} is what forms send. Send JSON: Content-Type: application/json.", headers={"Accept": "application/json"}
        )
    return None
