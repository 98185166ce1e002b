"""Signatures against TikTok's own vectors and an independent signer."""

from hypothesis import given, settings
from hypothesis import strategies as some
from tiktok_shop_api.signing import Signer

from integrations.tiktok_signing import signature

# Both from TikTok's documentation, with the app secret of its examples.
SECRET = "e59af819cc"
ORDERS = "/order/202309/orders/search"
ORDERS_QUERY = (
    ("app_key", "29a39d"), ("timestamp", "1700000000"), ("shop_cipher", "ROW_abc"), ("page_size", "100"), ("sort_field", "update_time"),
    ("sort_order", "ASC"), ("page_token", "6AsPQs/N5M1+7D1=="),
)  # fmt: skip
ORDERS_BODY = b'{"update_time_ge":1699990000,"update_time_lt":1700000000}'

words = some.text(some.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
queries = some.dictionaries(words.filter(bool), words.filter(bool), max_size=8).map(lambda query: tuple(query.items()))


def test_the_official_vector_of_a_get():
    signed = signature(SECRET, "/authorization/202309/shops", (("app_key", "29a39d"), ("timestamp", "1623812664")))
    assert signed == "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8"


def test_the_official_vector_of_a_post():
    assert signature(SECRET, ORDERS, ORDERS_QUERY, ORDERS_BODY) == "12b7a8dc665742ac4ff75312ecbea0b73b66803f6272c4f6571e86d3b22d3d84"


def test_neither_the_signature_nor_the_token_is_signed():
    more = (*ORDERS_QUERY, ("sign", "x"), ("access_token", "y"))
    assert signature(SECRET, ORDERS, more, ORDERS_BODY) == signature(SECRET, ORDERS, ORDERS_QUERY, ORDERS_BODY)


@settings(max_examples=60, deadline=None)
@given(secret=words.filter(bool), path=words, query=queries, body=some.none() | words.filter(bool))
def test_an_independent_signer_signs_the_same(secret, path, query, body):
    raw = None if body is None else body.encode()
    theirs = Signer.sign(path=f"/{path}", query=query, content_type="application/json", body=raw, app_secret=secret)
    assert signature(secret, f"/{path}", query, raw) == theirs
