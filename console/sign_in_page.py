"""The pages outside of Streamlit, plain HTML in the console's look: password managers know them, and nobody has a WebSocket yet."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

from tasks.passwords import LONGEST, SHORTEST

_LOGO = Path(__file__).parent / "assets" / "logo.svg"
_STYLE = """
:root { color-scheme: light dark; --back: #F5F6F8; --card: #FFFFFF; --text: #1A2233; --quiet: #667085; --line: #E3E6EC; --primary: #3451D1;
  --on-primary: #FFFFFF; --bad: #B3202C; --bad-back: #FDEBEC; --note: #1D4FBF; --note-back: #E9F0FE; --field: #FFFFFF; }
@media (prefers-color-scheme: dark) { :root { --back: #0B0F16; --card: #0F131B; --text: #E6E9F0; --quiet: #8A94A8; --line: #272E3D;
  --primary: #5069E8; --bad: #F7959C; --bad-back: #3A181C; --note: #93B8FA; --note-back: #16263F; --field: #171C27; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 24px; padding: 24px 16px;
  background: var(--back); color: var(--text); font: 14px/1.5 "Source Sans 3", "Source Sans Pro", system-ui, -apple-system, "Segoe UI", sans-serif; }
main { width: 100%; max-width: 368px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 28px; }
h1 { margin: 0 0 4px; font-size: 1.45rem; font-weight: 650; line-height: 1.3; }
p { margin: 0 0 16px; color: var(--quiet); }
form { display: grid; gap: 14px; margin: 0; }
label { display: grid; gap: 4px; font-size: 0.9rem; }
small { color: var(--quiet); }
input { width: 100%; font: inherit; color: inherit; background: var(--field); border: 1px solid var(--line); border-radius: 8px; padding: 8px 11px; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--primary); outline-offset: 1px; }
button, .way { display: block; width: 100%; font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; border-radius: 8px;
  padding: 9px 14px; border: 1px solid var(--line); background: transparent; color: var(--text); }
.first { background: var(--primary); border-color: var(--primary); color: var(--on-primary); }
button:hover, .way:hover { filter: brightness(1.08); }
.said { margin: 0 0 16px; padding: 10px 12px; border-radius: 8px; background: var(--note-back); color: var(--note); }
.wrong { background: var(--bad-back); color: var(--bad); }
.or { display: flex; align-items: center; gap: 12px; margin: 16px 0; color: var(--quiet); font-size: 0.9rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
code { font-size: 0.85rem; overflow-wrap: anywhere; }
header svg { display: block; height: 30px; width: auto; color: var(--text); }
"""
_POLICY = "; ".join([
    "default-src 'none'", f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'", "img-src data:",
    "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
])  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How one may sign in here."""

    has_passwords: bool
    oidc_title: str = ""
    oidc_address: str = ""
    has_proxy: bool = False


def sign_in(
    words: NullTranslations,
    language: str,
    *,
    form_key: str,
    target: str,
    ways: Ways,
    problem: str = "",
    note: str = "",
    name: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The form, beside what was wrong with the last try (`problem`) or why the person is here (`note`)."""
    _ = words.gettext
    parts = [_said(problem, is_wrong=True), _said(note, is_wrong=False)]
    if ways.oidc_title:
        parts.append(f'<a class="way{"" if ways.has_passwords else " first"}" href="{escape(ways.oidc_address)}">'
                     f"{escape(_('Sign in with {name}').format(name=ways.oidc_title))}</a>")  # fmt: skip
        parts.append(f'<div class="or">{escape(_("or"))}</div>' if ways.has_passwords else "")
    if ways.has_passwords:
        parts.append(
            '<form method="post" action="/sign-in">'
            + _hidden(form_key, target)
            + _field(_("Name"), "name", "text", "username", value=name, first=not name, extra='autocapitalize="none" spellcheck="false"')
            + _field(_("Password"), "password", "password", "current-password", first=bool(name))
            + f'<button class="first" type="submit">{escape(_("Sign in"))}</button></form>'
        )
    elif not ways.oidc_title and ways.has_proxy:
        parts.append(
            f"<p>{escape(_('Quayside is reached through your company’s sign-in. Open it by the address that your admin gave you.'))}</p>"
        )
    elif not ways.oidc_title:
        parts.append(f"<p>{escape(_('Nobody has an account yet. Make the first one where Quayside runs:'))}</p>"
                     "<code>python -m tasks.accounts add NAME --role admin</code>")  # fmt: skip
    return _page(words, language, _("Sign in"), _("Stores, syncs and jobs of your shops."), parts, status)


def new_password(
    words: NullTranslations,
    language: str,
    *,
    form_key: str,
    target: str,
    name: str,
    asks_for_old: bool,
    problem: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A new password for the person who is signed in as `name`; the old one is asked for unless an admin gave it a moment ago."""
    _ = words.gettext
    limits = f'minlength="{SHORTEST}" maxlength="{LONGEST}"'
    hint = _("{n} characters or more; a few words are easy to remember.").format(n=SHORTEST)
    why = (
        _("Choose a password of your own.")
        if asks_for_old
        else _("Your password was given to you by somebody else. Choose one of your own.")
    )
    parts = [
        _said(problem, is_wrong=True),
        '<form method="post" action="/sign-in/password">',
        _hidden(form_key, target),
        f'<input type="text" name="name" value="{escape(name)}" autocomplete="username" hidden>',
        _field(_("Password until now"), "old", "password", "current-password", first=True) if asks_for_old else "",
        _field(_("New password"), "password", "password", "new-password", first=not asks_for_old, extra=limits, hint=hint),
        _field(_("New password once more"), "again", "password", "new-password", extra=limits),
        f'<button class="first" type="submit">{escape(_("Change password"))}</button></form>',
    ]
    return _page(words, language, _("A new password"), why, parts, status)


def _page(words: NullTranslations, language: str, title: str, purpose: str, parts: list[str], status: int) -> HTMLResponse:
    body = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)} · Quayside</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head><body><header>{_logo()}</header><main><h1>{escape(title)}</h1><p>{escape(purpose)}</p>"
        f"{''.join(parts)}</main></body></html>"
    )
    return HTMLResponse(body, status, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Vary": "Accept-Language"})


def _said(text: str, *, is_wrong: bool) -> str:
    return f'<p class="said{" wrong" if is_wrong else ""}" role="{"alert" if is_wrong else "status"}">{escape(text)}</p>' if text else ""


def _hidden(form_key: str, target: str) -> str:
    return f'<input type="hidden" name="form_key" value="{escape(form_key)}"><input type="hidden" name="next" value="{escape(target)}">'


def _field(
    label: str, name: str, kind: str, complete: str, *, value: str = "", first: bool = False, extra: str = "", hint: str = ""
) -> str:
    below = f"<small>{escape(hint)}</small>" if hint else ""
    return (
        f'<label>{escape(label)}<input name="{name}" type="{kind}" autocomplete="{complete}" value="{escape(value)}" required '
        f"{extra}{' autofocus' if first else ''}>{below}</label>"
    )


@cache
def _logo() -> str:
    return _LOGO.read_text()
