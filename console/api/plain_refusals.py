"""What others refuse before a call reaches us, in plain text, becomes a problem like every other: a caller reads one kind of error."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.api.guard import PREFIXES
from console.api.problems import Problem, answer

_DETAILS = {  # by what Starlette's check of the name and Streamlit's of the path say
    "Invalid host header": "This server is not called by the name in Host. An admin can add it to CONSOLE_ALLOWED_HOSTS.",
    "Bad Request": "The path holds what no path of this API has.",
}


class PlainRefusals:
    """Pure ASGI middleware around whatever may refuse; it acts on the API's paths alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; a refusal in plain text is answered again as a problem."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIXES):
            await self._app(scope, receive, send)
            return
        status, text = 0, b""  # of a plain refusal, once it has begun

        async def told(message: Message) -> None:
            nonlocal status, text
            if message["type"] == "http.response.start" and _is_plain_refusal(message):
                status = message["status"]
            elif not status:
                await send(message)
            else:
                text += message.get("body", b"")
                if not message.get("more_body", False):
                    said = text.decode("utf-8", "replace")
                    await answer(Problem(status, _DETAILS.get(said, said)))(scope, receive, send)

        await self._app(scope, receive, told)


def _is_plain_refusal(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "text/plain")
    return start["status"] >= 400 and kind.startswith("text/plain")
