"""What stands around the whole console and acts on the API's calls alone."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from console.api.problems import Problem, answer

PREFIXES = ("/queue/", "/api/")


class OfCalls:
    """Pure ASGI middleware; everything that is no call of the API passes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, or look at the call."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIXES):
            await self.called(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def called(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A call of the API."""
        raise NotImplementedError

    async def refuse(self, problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it with a problem."""
        await answer(problem)(scope, receive, send)
