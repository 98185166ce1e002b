"""How calls to TikTok Shop are signed: HMAC-SHA256 over the path, the sorted query and the body, wrapped in the app's secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

_UNSIGNED = ("sign", "access_token")


def signature(app_secret: str, path: str, params: Iterable[tuple[str, str]], body: bytes | None = None) -> str:
    """Lower-case hex. `path` without host and query; `params` decoded, as the server receives them; `body` as it is sent.

    Source: Partner Center, "Sign your API request"; its two vectors are in tests/integrations/test_tiktok_signing.py.
    """
    pairs = sorted((pair for pair in params if pair[0] not in _UNSIGNED), key=lambda pair: pair[0])
    secret = app_secret.encode()
    signed = path.encode() + "".join(name + value for name, value in pairs).encode() + (body or b"")
    return hmac.new(secret, secret + signed + secret, hashlib.sha256).hexdigest()
