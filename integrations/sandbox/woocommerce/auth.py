"""Who is asking: HTTP Basic over TLS, OAuth 1.0a without it (WC_REST_Authentication of WooCommerce 9.5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote

from integrations.sandbox.contract import Call
from integrations.sandbox.woocommerce.refusal import Refusal, authentication, unknown_key

WINDOW_S = 15 * 60
OAUTH_PARAMS = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")


class Keyring:
    """One consumer key, and the nonces it has used within the last 15 minutes."""

    def __init__(self, key: str, secret: str) -> None:
        self.key, self.secret = key, secret
        self._nonces: dict[str, int] = {}

    def recognises(self, call: Call, now: float, *, is_revoked: bool) -> bool:
        """Whether `call` is signed with this key; False when it carries no credentials at all.

        Raises: Refusal when it carries wrong ones.
        """
        if call.is_secure and self._is_basic(call, is_revoked=is_revoked):
            return True
        return self._is_signed(call, now, is_revoked=is_revoked)

    def _is_basic(self, call: Call, *, is_revoked: bool) -> bool:
        params = call.params
        if params.get("consumer_key") and params.get("consumer_secret"):
            key, secret = params["consumer_key"], params["consumer_secret"]
        else:
            key, secret = call.basic() or ("", "")
        if not key or not secret or key != self.key or is_revoked:
            return False  # an unknown key over TLS is as if none had been given
        if not hmac.compare_digest(secret.encode(), self.secret.encode()):
            raise authentication("Consumer secret is invalid.")
        return True

    def _is_signed(self, call: Call, now: float, *, is_revoked: bool) -> bool:
        params = call.params
        missing = [name for name in OAUTH_PARAMS if not params.get(name)]
        if len(missing) == len(OAUTH_PARAMS):
            return False
        if missing:
            plural = "s" if len(missing) > 1 else ""
            message = f"Missing OAuth parameter{plural} {', '.join(missing)}"
            raise Refusal(401, "woocommerce_rest_authentication_missing_parameter", message)
        if params["oauth_consumer_key"] != self.key or is_revoked:
            raise unknown_key()
        given = params.pop("oauth_signature").replace(" ", "+")
        method = params["oauth_signature_method"]
        if method not in {"HMAC-SHA1", "HMAC-SHA256"}:
            raise authentication("Invalid signature - signature method is invalid.")
        wanted = signature(call.method, call.address + call.path, params, self.secret, method)
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            raise authentication("Invalid signature - provided signature does not match.")
        self._check_time(params["oauth_timestamp"], params["oauth_nonce"], now)
        return True

    def _check_time(self, timestamp: str, nonce: str, now: float) -> None:
        moment = int(timestamp) if timestamp.isdecimal() else 0
        if abs(moment - now) > WINDOW_S:
            raise authentication("Invalid timestamp.")
        if nonce in self._nonces:
            raise authentication("Invalid nonce - nonce has already been used.")
        self._nonces = {old: at for old, at in self._nonces.items() if at >= now - WINDOW_S} if len(self._nonces) > 5000 else self._nonces
        self._nonces[nonce] = moment


def signature(method: str, url: str, params: dict[str, str], secret: str, algorithm: str) -> str:
    """The base64 signature of a request, as WooCommerce computes it; `params` without oauth_signature."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in _numbered(params).items())
    base = f"{method}&{_encoded(url)}&" + "%26".join(_encoded(f"{name}={value}") for name, value in pairs)
    digest = hashlib.sha1 if algorithm == "HMAC-SHA1" else hashlib.sha256
    return base64.b64encode(hmac.new(f"{secret}&".encode(), base.encode(), digest).digest()).decode()


def _numbered(params: dict[str, str]) -> dict[str, str]:
    return {f"{name[:-2]}[0]" if name.endswith("[]") else name: value for name, value in params.items()}


def _encoded(text: str) -> str:
    return quote(text, safe="~")
