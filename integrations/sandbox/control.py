"""The sandbox's own endpoints, outside every platform's paths: look at a shop, change it, let something go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.faults import Fault
from integrations.sandbox.visits import Visits

EDITS = ("edit", "edit_variant", "set_stock", "add", "delete", "place_order", "refund", "cancel", "tie")


def described(visits: Visits, base_url: str) -> dict[str, Any]:
    """A shop as people need it to connect: where, with what credentials, and how much there is."""
    door = visits.door
    spec = door.shop.spec
    return {
        "platform": spec.platform,
        "name": spec.name,
        "title": spec.title or spec.name,
        "address": f"{base_url}/{spec.platform}/{spec.name}",
        "credentials": door.credentials(),
        "scopes": sorted(door.scopes),
        "currency": spec.currency,
        "time_zone": spec.time_zone,
        "counts": door.shop.counts(),
    }


async def answer(visits: Visits, request: Request) -> Response:
    """One control request: `…/`, `…/requests`, `…/faults`, `…/edits`, `…/access` or `…/reset`."""
    what, method = request.path_params["rest"].strip("/"), request.method
    try:
        if (what, method) == ("", "GET"):
            return JSONResponse(described(visits, str(request.base_url).rstrip("/")))
        if (what, method) == ("requests", "GET"):
            return JSONResponse([asdict(visit) for visit in visits.requests(request.query_params.get("stream", ""))])
        if (what, method) == ("faults", "GET"):
            return JSONResponse([fault.to_json() for fault in visits.faults])
        if (what, method) == ("faults", "POST"):
            return JSONResponse(visits.add_fault(Fault.from_json(await request.json())).to_json(), 201)
        if (what, method) == ("faults", "DELETE") or (what, method) == ("reset", "POST"):
            visits.clear()
            return JSONResponse({})
        if (what, method) == ("access", "POST"):
            return JSONResponse(_set_access(visits, await request.json()))
        if (what, method) == ("edits", "POST"):
            return JSONResponse({"result": _edit(visits, await request.json())})
    except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
    return JSONResponse({"error": f"nothing at {what!r} for {method}; see integrations/sandbox/README.md"}, 404)


def _set_access(visits: Visits, content: dict[str, Any]) -> dict[str, Any]:
    door = visits.door
    if "revoked" in content:
        door.is_revoked = bool(content["revoked"])
    if "scopes" in content:
        door.scopes = set(content["scopes"])
    return {"revoked": door.is_revoked, "scopes": sorted(door.scopes)}


def _edit(visits: Visits, content: dict[str, Any]) -> Any:
    what = content.pop("do", None)
    if what not in EDITS:
        raise ValueError(f"an edit needs do: one of {', '.join(EDITS)}")
    if "at" in content:
        content["at"] = datetime.fromisoformat(content["at"])
        if content["at"].tzinfo is None:
            raise ValueError("at needs its offset, e.g. 2026-11-22T10:00:00Z")
    verb: Callable[..., Any] = getattr(visits.door.shop, what)
    return verb(**content)
