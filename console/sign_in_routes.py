"""The routes of the sign-in: the form, the first password, the way to the identity provider and back."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable
from gettext import NullTranslations
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

import anyio
from itsdangerous import BadSignature
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console import sign_in_oidc, sign_in_page, words
from console.sign_in import CHANGE, OIDC, OIDC_DONE, SIGN_IN, safe_next, visitor
from console.sign_in_session import COOKIE, Session, packed, timed_signer
from db.engine import DatabaseAway
from settings import settings
from tasks import sign_in
from tasks.bad_request import BadRequest
from tasks.passwords import SHORTEST

log = logging.getLogger("quayside.sign_in")
T = TypeVar("T")

_FORM_COOKIE, _NEXT_COOKIE = "quayside_form", "quayside_next"
_FORM_S = 3600
_LARGEST_FORM = 16_384
_FEW = anyio.CapacityLimiter(2)  # a password takes 32 MiB and a third of a second to check: so many at once, however many knock
_QUICK = anyio.CapacityLimiter(8)


async def show_form(request: Request) -> Response:
    """The form, or right to the page where somebody is signed in already."""
    target = safe_next(request.query_params.get("next", "/"))
    try:
        found = await _in_thread(lambda: visitor(request.scope))
    except DatabaseAway:
        return await _form(request, target, problem=_away(request), status=503)
    if found.stand in ("in", "open"):
        return RedirectResponse(target, 303)
    if found.stand == "must_change":
        return RedirectResponse(f"{CHANGE}?next={quote(target, safe='')}", 303)
    text, _language = _spoken(request)
    _ = text.gettext
    note = _("Your session has ended. Sign in again.") if COOKIE in request.cookies else ""
    if _NEXT_COOKIE in request.cookies:
        note = _("The sign-in with {name} did not succeed. Try again, or ask an admin.").format(name=settings().oidc_title)
    answer = await _form(request, target, note=note)
    _forget(answer, COOKIE, _NEXT_COOKIE)
    return answer


async def take_form(request: Request) -> Response:
    """Name and password."""
    given = await _given(request)
    target = safe_next(given.get("next", "/"))
    name = sign_in.name_of(given.get("name", ""))
    _ = _spoken(request)[0].gettext
    if not _is_ours(request, given):
        return await _form(request, target, problem=_("The page was open for too long. Try again."), name=name, status=403)
    try:
        began = await _in_thread(lambda: sign_in.sign_in(name, given.get("password", ""), address=_address(request)), limiter=_FEW)
    except DatabaseAway:
        return await _form(request, target, problem=_away(request), name=name, status=503)
    except sign_in.SignInRefused as error:
        return await _form(request, target, problem=_refusal(_, error, name), name=name, status=429 if error.reason == "locked" else 401)
    return await _enter(request, Session(name, began), target)


async def show_password(request: Request) -> Response:
    """The form for a new password."""
    target = safe_next(request.query_params.get("next", "/"))
    found = await _in_thread(lambda: visitor(request.scope))
    if found.session is None or found.session.began is None:
        return RedirectResponse(SIGN_IN, 303)
    return _password_form(request, found.session.name, target, asks_for_old=found.stand != "must_change")


async def take_password(request: Request) -> Response:
    """The new password; other sessions of the person are over."""
    given = await _given(request)
    target = safe_next(given.get("next", "/"))
    found = await _in_thread(lambda: visitor(request.scope))
    if found.session is None or found.session.began is None:
        return RedirectResponse(SIGN_IN, 303)
    name, asks_for_old, address = found.session.name, found.stand != "must_change", _address(request)
    _ = _spoken(request)[0].gettext
    if not _is_ours(request, given):
        problem = _("The page was open for too long. Try again.")
    elif given.get("password") != given.get("again"):
        problem = _("The two new passwords are not the same.")
    else:
        try:
            if asks_for_old:
                await _in_thread(lambda: sign_in.sign_in(name, given.get("old", ""), address=address), limiter=_FEW)
            began = await _in_thread(lambda: sign_in.change_password(name, given.get("password", ""), address=address), limiter=_FEW)
            return await _enter(request, Session(name, began), target)
        except BadRequest:
            problem = _("Choose another password: {n} characters or more, without your name in it, not the one that you have.").format(
                n=SHORTEST
            )
        except sign_in.SignInRefused as error:
            problem = _refusal(_, error, name)
    return _password_form(request, name, target, asks_for_old=asks_for_old, problem=problem, status=400)


async def to_provider(request: Request) -> Response:
    """Off to the identity provider."""
    if not settings().has_oidc:
        return RedirectResponse(SIGN_IN, 303)
    answer = RedirectResponse(sign_in_oidc.login_address(), 303)
    target = safe_next(request.query_params.get("next", "/"))
    _keep(request, answer, _NEXT_COOKIE, str(timed_signer("next").dumps(target)), seconds=_FORM_S)
    return answer


async def from_provider(request: Request) -> Response:
    """Back from it: what it said becomes a session of ours, once."""
    answer: Response
    name = ""
    try:
        claims = sign_in_oidc.claims_in(request.cookies)
        told, groups = sign_in_oidc.name_and_groups(claims)
        name = sign_in.name_of(told)
        began = await _in_thread(lambda: sign_in.admit(name, groups, way="oidc", address=_address(request)))
        answer = await _enter(request, Session(name, began), _kept_target(request))
    except sign_in.SignInRefused as error:
        log.warning("sign-in refused way=oidc name=%s error=%s", name, error)
        answer = await _form(request, "/", problem=_refusal(_spoken(request)[0].gettext, error, name), status=403)
    _forget(answer, _NEXT_COOKIE, *sign_in_oidc.leftovers(request.cookies))
    return answer


routes = [
    Route(SIGN_IN, show_form, methods=["GET"]),
    Route(SIGN_IN, take_form, methods=["POST"]),
    Route(CHANGE, show_password, methods=["GET"]),
    Route(CHANGE, take_password, methods=["POST"]),
    Route(OIDC, to_provider, methods=["GET"]),
    Route(OIDC_DONE, from_provider, methods=["GET"]),
]


def _refusal(_: Callable[[str], str], error: sign_in.SignInRefused, name: str) -> str:
    if error.reason == "locked":
        said = _("Too many wrong passwords. Try again in {minutes} minutes, or ask an admin for a new password.")
    elif error.reason == "unknown":
        said = _("{name} has no role in Quayside. Ask an admin to add this name under Settings → People.")
    elif error.reason == "disabled":
        said = _("{name} may not use Quayside any more. Ask an admin.")
    elif error.reason == "unproven":
        said = _(
            "The identity provider’s answer came too late, was not meant for this console, or names nobody whom it has verified. Try again."
        )
    else:
        said = _("Name or password is wrong.")
    return said.format(minutes=error.minutes, name=name)


def _away(request: Request) -> str:
    _ = _spoken(request)[0].gettext
    return _("The database does not answer, so nobody can sign in just now. Try again in a moment.")


async def _enter(request: Request, session: Session, target: str) -> Response:
    answer = RedirectResponse(target, 303)
    _keep(request, answer, COOKIE, packed(session), seconds=int(settings().session_hours * 3600))
    _forget(answer, _FORM_COOKIE)
    return answer


async def _form(request: Request, target: str, *, problem: str = "", note: str = "", name: str = "", status: int = 200) -> Response:
    config, (text, language) = settings(), _spoken(request)
    key, cookie = _form_key(request)
    try:
        has_passwords = await _in_thread(sign_in.has_passwords)
    except DatabaseAway:
        has_passwords = True
    ways = sign_in_page.Ways(
        has_passwords=has_passwords,
        oidc_title=config.oidc_title if config.has_oidc else "",
        oidc_address=f"{OIDC}?next={quote(target, safe='')}",
        has_proxy=config.has_auth_proxy,
    )
    answer = sign_in_page.sign_in(
        text, language, form_key=key, target=target, ways=ways, problem=problem, note=note, name=name, status=status
    )
    _keep(request, answer, _FORM_COOKIE, cookie, seconds=_FORM_S)
    return answer


def _password_form(request: Request, name: str, target: str, *, asks_for_old: bool, problem: str = "", status: int = 200) -> Response:
    text, language = _spoken(request)
    key, cookie = _form_key(request)
    answer = sign_in_page.new_password(text, language, form_key=key, target=target, name=name, asks_for_old=asks_for_old, problem=problem,
                                       status=status)  # fmt: skip
    _keep(request, answer, _FORM_COOKIE, cookie, seconds=_FORM_S)
    return answer


def _form_key(request: Request) -> tuple[str, str]:
    """What the form says and what the cookie says; another site can make a browser send the second, never the first. Two tabs share it."""
    cookie = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(16)
    return str(timed_signer("form").dumps(cookie)), cookie


def _is_ours(request: Request, given: dict[str, str]) -> bool:
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (
        origin not in (None, "null") and urlsplit(origin or "").netloc != request.headers.get("host")
    ):
        return False
    try:
        said = timed_signer("form").loads(given.get("form_key", ""), max_age=_FORM_S)
    except BadSignature:
        return False
    return hmac.compare_digest(str(said).encode(), request.cookies.get(_FORM_COOKIE, "").encode())


async def _given(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM:
            raise HTTPException(413, "The form is too large.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))


def _kept_target(request: Request) -> str:
    try:
        return safe_next(str(timed_signer("next").loads(request.cookies.get(_NEXT_COOKIE, ""), max_age=_FORM_S)))
    except BadSignature:
        return "/"


def _keep(request: Request, answer: Response, name: str, value: str, *, seconds: int) -> None:
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/")


def _forget(answer: Response, *names: str) -> None:
    for name in names:
        answer.delete_cookie(name, path="/", httponly=True, samesite="lax")


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None


def _spoken(request: Request) -> tuple[NullTranslations, str]:
    return words.spoken(request.headers.get("accept-language", ""))


async def _in_thread(work: Callable[[], T], *, limiter: anyio.CapacityLimiter = _QUICK) -> T:
    return await anyio.to_thread.run_sync(work, limiter=limiter)
