"""Who is asking: the app's signature, the time of the call, the seller's tokens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from integrations.sandbox.contract import Answer, Call
from integrations.sandbox.tiktok import refusal

OLDEST_S, NEWEST_S = 5 * 60, 30
ACCESS_LIFE_S, REFRESH_LIFE_S = 7 * 86_400, 365 * 86_400


class Keyring:
    """One app, authorised by one seller. The refresh token is used up by each renewal, the authorisation code by the first."""

    def __init__(self, secret: Callable[[str, int], str], clock: Callable[[], float]) -> None:
        self.app_key, self.app_secret = secret("app key", 14), secret("app secret", 40)
        self.auth_code: str | None = "ROW_" + secret("auth code", 32)
        self.renewals = 0
        self._secret, self._clock = secret, clock
        self._access: dict[str, float] = {}  # token → when it ends
        self._give()

    def check(self, call: Call, *, is_revoked: bool) -> None:
        """Raises: Refusal unless `call` is signed by the app, of this time, with the seller's token."""
        params = call.params
        if params.get("app_key") != self.app_key:
            raise refusal.unknown_app()
        moment = params.get("timestamp", "")
        now = self._clock()
        if not moment.isdecimal() or int(moment) < now - OLDEST_S:
            raise refusal.too_old()
        if int(moment) > now + NEWEST_S:
            raise refusal.too_new()
        if not params.get("sign"):
            raise refusal.no_sign()
        if not hmac.compare_digest(signature(self.app_secret, call), params["sign"]):
            raise refusal.bad_sign()
        token = call.headers.get("x-tts-access-token", "")
        if is_revoked or token not in self._access:
            raise refusal.bad_token()
        if self._access[token] <= now:
            raise refusal.expired_token()

    def expire(self) -> None:
        """Make the access tokens given out so far too old."""
        self._access = dict.fromkeys(self._access, 0.0)

    def answer(self, call: Call, granted: set[str], seller: str, region: str, *, is_revoked: bool) -> Answer:
        """The token endpoints: new tokens for a code or a refresh token. They are not signed."""
        params = call.params
        if (params.get("app_key"), params.get("app_secret")) != (self.app_key, self.app_secret):
            raise refusal.unknown_app()
        ask = (call.path.rpartition("/")[2], params.get("grant_type"))
        if ask == ("get", "authorized_code"):
            if is_revoked or self.auth_code is None or params.get("auth_code") != self.auth_code:
                raise refusal.Refusal(36004004, "Invalid auth code.")
            self.auth_code = None
        elif ask == ("refresh", "refresh_token"):
            if is_revoked or params.get("refresh_token") != self.refresh_token:
                raise refusal.Refusal(36004004, "Invalid refresh token.")
        else:
            raise refusal.invalid("grant_type", "does not fit the endpoint")
        self.renewals += 1
        self._give()
        content: dict[str, Any] = {
            "access_token": self.access_token,
            "access_token_expire_in": int(self._clock()) + ACCESS_LIFE_S,
            "refresh_token": self.refresh_token,
            "refresh_token_expire_in": int(self._clock()) + REFRESH_LIFE_S,
            "open_id": "7010736057180325637",
            "seller_name": seller,
            "seller_base_region": region,
            "user_type": 0,
            "granted_scopes": sorted(granted),
        }
        return refusal.enveloped(content, message="success")

    def _give(self) -> None:
        self.access_token = "TTP_" + self._secret(f"access {self.renewals}", 48)
        self.refresh_token = "TTR_" + self._secret(f"refresh {self.renewals}", 48)
        self._access[self.access_token] = self._clock() + ACCESS_LIFE_S


def signature(app_secret: str, call: Call) -> str:
    """What `sign` has to be: over the path below the host, all other parameters by name, and the body."""
    params: Mapping[str, str] = {name: value for name, value in call.params.items() if name not in {"sign", "access_token"}}
    text = call.path + "".join(name + params[name] for name in sorted(params))
    body = b"" if call.headers.get("content-type", "").startswith("multipart/form-data") else call.body
    return hmac.new(app_secret.encode(), app_secret.encode() + text.encode() + body + app_secret.encode(), hashlib.sha256).hexdigest()
