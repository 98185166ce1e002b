"""What others refuse before a call reaches us, in plain text, becomes a problem like every other: a caller reads one kind of error."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from console.api.middleware import OfCalls
from console.api.problems import Problem

_DETAILS = {  # by what Starlette's check of the name and Streamlit's of the path say
    "Invalid host header": "This server is not called by the name in Host. An admin can add it to CONSOLE_ALLOWED_HOSTS.",
    "Bad Request": "The path holds what no path of this API has.",
}


class PlainRefusals(OfCalls):
    """Stands around whatever may refuse."""

    async def called(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; a refusal in plain text is answered again as a problem."""
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
                    await self.refuse(Problem(status, _DETAILS.get(said, said)), scope, receive, send)

        await self._app(scope, receive, told)


def _is_plain_refusal(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "text/plain")
    return start["status"] >= 400 and kind.startswith("text/plain")
