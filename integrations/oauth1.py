"""OAuth 1.0a, one-legged, HMAC-SHA256: how WooCommerce wants calls signed over plain http."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import quote

Params = Sequence[tuple[str, str]]


def oauth1_signed(
    method: str, url: str, params: Params, *, consumer_key: str, consumer_secret: str, nonce: str, timestamp: int
) -> tuple[tuple[str, str], ...]:
    """`params` with the oauth_* parameters and the signature added. `url` without its query; `timestamp` in Unix seconds.

    Source: WooCommerce's REST authentication (RFC 5849 §3.4 with an empty token secret).
    """
    all_params = [
        *params,
        ("oauth_consumer_key", consumer_key),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", str(timestamp)),
    ]
    pairs = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(all_params))
    base = "&".join((method.upper(), _encoded(url), _encoded(pairs)))
    digest = hmac.new(f"{_encoded(consumer_secret)}&".encode(), base.encode(), hashlib.sha256).digest()
    return (*all_params, ("oauth_signature", base64.b64encode(digest).decode()))


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")
