"""OAuth 1.0a as WooCommerce wants it, against an independent signer and a server-side check written from its rules."""

import base64
import hashlib
import hmac
from urllib.parse import quote, unquote

import pytest

from integrations.oauth1 import oauth1_signed

KEY, SECRET = "ck_f2b9", "cs_51aa"
URL = "http://127.0.0.1:9000/woocommerce/berlin/wp-json/wc/v3/products"
PARAMS = (("per_page", "100"), ("_fields", "id,name"), ("modified_after", "2026-11-22T02:00:00"), ("search", "Ä +&=~%"))


def signature_wanted_by_woocommerce(method, url, params, secret):
    """WC_REST_Authentication::check_oauth_signature, line by line."""
    given = {name: value for name, value in params if name != "oauth_signature"}
    pairs = [f"{quote(unquote(name), safe='-._~')}={quote(value, safe='-._~')}" for name, value in sorted(given.items())]
    joined = "%26".join(pair.replace("%", "%25").replace("=", "%3D") for pair in pairs)
    text = f"{method}&{quote(url, safe='-._~')}&{joined}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256).digest()).decode()


def test_the_signature_is_the_one_that_woocommerce_computes():
    signed = oauth1_signed("get", URL, PARAMS, consumer_key=KEY, consumer_secret=SECRET, nonce="n1", timestamp=1_763_777_777)
    assert dict(signed)["oauth_signature"] == signature_wanted_by_woocommerce("GET", URL, signed, SECRET)
    assert signed[: len(PARAMS)] == PARAMS


def test_the_signature_is_the_one_of_the_official_client():
    """The official client's signer over the same parameters (it quotes "/" differently, so there is none in the values)."""
    oauth = pytest.importorskip("woocommerce.oauth", reason="the official WooCommerce client is not installed")
    params = dict(PARAMS[:3])
    signed = dict(oauth1_signed("GET", URL, PARAMS[:3], consumer_key=KEY, consumer_secret=SECRET, nonce="n1", timestamp=1_763_777_777))
    theirs = oauth.OAuth(url=URL, consumer_key=KEY, consumer_secret=SECRET, version="wc/v3", method="GET", oauth_timestamp=1_763_777_777)
    ours = {name: value for name, value in signed.items() if name != "oauth_signature"}
    assert set(params) <= set(ours)
    assert theirs.generate_oauth_signature(ours, URL) == signed["oauth_signature"]
