"""Keeping views of a page, for oneself or for all. Anybody who may look may keep one."""

from __future__ import annotations

from urllib.parse import parse_qsl

from db import audit, saved_views
from db.engine import begin
from tasks.bad_request import BadRequest

LONGEST_NAME, LONGEST_QUERY = 64, 2_000
PAGES = ("jobs", "failures", "products", "orders")  # which have views


def save_view(page: str, name: str, query: str, *, is_shared: bool = False, by: str) -> None:
    """Keep the filters of a page (the query of its address) under a name; the same name of the same person is changed.

    Raises: BadRequest, DatabaseAway.
    """
    name, owner = name.strip(), str(by)[:255]
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadRequest("name", f"A view's name has 1 to {LONGEST_NAME} characters.")
    if page not in PAGES:
        raise BadRequest("page", f"The page {page!r} keeps no views; choose one of {', '.join(PAGES)}.")
    names = dict(parse_qsl(query))
    if not names or not all(one.startswith(f"{page}_") for one in names):
        raise BadRequest("query", f"{query[:100]!r} are no filters of this page: each has a name that begins with {page}_, and a value.")
    if len(query) > LONGEST_QUERY:
        raise BadRequest("query", f"These filters are {len(query):,} characters long; at most {LONGEST_QUERY:,} can be kept.")
    with begin() as conn:
        if saved_views.count(conn, owner) >= saved_views.MOST:
            raise BadRequest("name", f"{saved_views.MOST} views are kept already; delete one first.")
        saved_views.put(conn, owner=owner, page=page, name=name, query=query, is_shared=is_shared)
        audit.write(conn, person=by, action="save_view", target=f"view:{page}:{name}"[:255], detail={"is_shared": is_shared})


def drop_view(view_id: int, *, by: str) -> None:
    """Delete one's own view; one that is gone already is no error.

    Raises: DatabaseAway.
    """
    with begin() as conn:
        name = saved_views.drop(conn, view_id, owner=str(by)[:255])
        if name is not None:
            audit.write(conn, person=by, action="drop_view", target=f"view:{name}")
