"""Sign-in at an identity provider: Streamlit's own login speaks OpenID Connect, what it found out becomes a session of ours."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from db import secrets
from settings import settings
from tasks.sign_in import SignInRefused

USER_COOKIE, TOKENS_COOKIE = "_streamlit_user", "_streamlit_user_tokens"
_FRESH_S = 600  # an answer of the provider is taken once, right after it came


def streamlit_secrets() -> dict[str, Any] | None:
    """What Streamlit's login has to know, handed over in memory; None where OIDC is not configured."""
    config = settings()
    if not config.has_oidc:
        return None
    metadata = config.oidc_metadata_url or config.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration"
    return {
        "auth": {
            "redirect_uri": config.console_url.rstrip("/") + "/oauth2callback",
            "cookie_secret": cookie_secret(),
            "client_id": config.oidc_client_id,
            "client_secret": config.oidc_client_secret,
            "server_metadata_url": metadata,
            "client_kwargs": {"scope": config.oidc_scopes, "prompt": "select_account"},
        }
    }


def cookie_secret() -> str:
    """What Streamlit signs its cookies with; the same in every console that has the same keys."""
    return secrets.signing_keys("streamlit cookies")[-1]


def login_address() -> str:
    """Where the browser goes to be sent to the provider; good for two minutes."""
    return str(generate_login_redirect_url("default"))


def claims_in(cookies: Mapping[str, str]) -> dict[str, Any]:
    """What the provider said of the person.

    Raises: SignInRefused.
    """
    text = _joined(cookies)
    claims = json.loads(text) if text else {}
    ours = urlsplit(settings().console_url)
    is_ours = claims.get("origin") == f"{ours.scheme}://{ours.netloc}" and claims.get("is_logged_in") is True
    issued = claims.get("iat")
    if not is_ours or not isinstance(issued, int | float) or abs(time.time() - issued) > _FRESH_S:
        raise SignInRefused("unproven", "The sign-in took too long, or was not meant for this console. Try again.")
    return dict(claims)


def name_and_groups(claims: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Who it is by OIDC_NAME_CLAIM, and their groups by OIDC_GROUPS_CLAIM.

    Raises: SignInRefused for a person without that claim, or with an e-mail address that the provider has not verified.
    """
    config = settings()
    name = claims.get(config.oidc_name_claim)
    if not isinstance(name, str) or not name.strip():
        raise SignInRefused(
            "unproven", f"The identity provider did not tell {config.oidc_name_claim}. Ask an admin to set OIDC_NAME_CLAIM."
        )
    if config.oidc_name_claim == "email" and claims.get("email_verified") in (False, "false"):
        raise SignInRefused("unproven", f"The identity provider has not verified the address {name}. Verify it there, then try again.")
    groups = claims.get(config.oidc_groups_claim) or []
    return name, [groups] if isinstance(groups, str) else [str(group) for group in groups]


def leftovers(cookies: Mapping[str, str]) -> list[str]:
    """Streamlit's cookies of a sign-in, to be deleted: ours replaces them."""
    return [name for name in cookies if name.startswith(USER_COOKIE)]


def _joined(cookies: Mapping[str, str]) -> bytes | None:
    """The cookie's text, which Streamlit cuts into pieces where it is long."""

    def piece(name: str) -> bytes | None:
        value = cookies.get(name)
        return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1")) if value is not None else None

    from streamlit.auth_util import get_cookie_with_chunks

    return get_cookie_with_chunks(piece, USER_COOKIE)
