"""Who gets in to a WooCommerce shop; the judge is the official, unmodified Python client."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from woocommerce import API

from integrations.sandbox import Sandbox, running
from tests.sandbox.conftest import SMALL, TIMEOUT, WooShop


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate that 127.0.0.1 made for itself, and its key."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.fixture
def secure(certificate: tuple[str, str]) -> Iterator[Sandbox]:
    with running(SMALL[0], tls=certificate) as sandbox:
        yield sandbox


def client(shop: WooShop, address: str, **more: object) -> API:
    keys = {"consumer_key": shop.keys["consumer_key"], "consumer_secret": shop.keys["consumer_secret"]} | more
    return API(url=address, version="wc/v3", timeout=TIMEOUT, **keys)


def test_the_official_client_reads_over_http_with_oauth(woo: WooShop, changing: Sandbox) -> None:
    api = client(woo, changing.address("woocommerce", "small"))
    answer = api.get("products", params={"per_page": 7, "modified_after": "2020-01-01T00:00:00", "dates_are_gmt": True})
    assert (answer.status_code, len(answer.json())) == (200, 7)


def test_the_official_client_reads_over_https_with_basic(secure: Sandbox, certificate: tuple[str, str]) -> None:
    shop = WooShop(secure, "small")
    for in_query in (False, True):
        api = client(shop, secure.address("woocommerce", "small"), verify_ssl=certificate[0], query_string_auth=in_query)
        assert len(api.get("orders", params={"per_page": 3}).json()) == 3


def test_basic_over_http_counts_for_nothing(woo: WooShop) -> None:
    answer = requests.get(woo.root + "products", auth=(woo.keys["consumer_key"], woo.keys["consumer_secret"]), timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["code"]) == (401, "woocommerce_rest_cannot_view")
    assert answer.json()["message"] == "Sorry, you cannot list resources."


def test_over_https_a_wrong_secret_is_named_and_a_wrong_key_is_not(secure: Sandbox, certificate: tuple[str, str]) -> None:
    shop = WooShop(secure, "small")
    address = secure.address("woocommerce", "small")
    wrong_secret = client(shop, address, verify_ssl=certificate[0], consumer_secret="cs_wrong").get("products")
    wrong_key = client(shop, address, verify_ssl=certificate[0], consumer_key="ck_wrong").get("products")
    assert (wrong_secret.status_code, wrong_secret.json()["message"]) == (401, "Consumer secret is invalid.")
    assert (wrong_key.status_code, wrong_key.json()["code"]) == (401, "woocommerce_rest_cannot_view")


def test_an_unknown_key_over_http_is_refused_as_recorded(woo: WooShop, changing: Sandbox) -> None:
    answer = client(woo, changing.address("woocommerce", "small"), consumer_key="ck_wrong").get("products")
    assert (answer.status_code, answer.json()["code"]) == (401, "woocommerce_rest_authentication_error")
    assert answer.json()["message"] == "Consumer key is invalid."


def test_a_signature_over_other_parameters_is_refused(woo: WooShop) -> None:
    signed = woo.signed("products", per_page=2)
    answer = requests.get(woo.root + "products", params={**signed, "per_page": "3"}, timeout=TIMEOUT)
    assert answer.json()["message"] == "Invalid signature - provided signature does not match."


def test_a_nonce_is_good_once(woo: WooShop) -> None:
    signed = woo.signed("products")
    assert requests.get(woo.root + "products", params=signed, timeout=TIMEOUT).status_code == 200
    again = requests.get(woo.root + "products", params=signed, timeout=TIMEOUT)
    assert (again.status_code, again.json()["message"]) == (401, "Invalid nonce - nonce has already been used.")


@pytest.mark.parametrize(("shift_s", "status"), [(-16 * 60, 401), (-14 * 60, 200), (14 * 60, 200), (16 * 60, 401)])
def test_a_timestamp_may_be_a_quarter_of_an_hour_off(woo: WooShop, shift_s: int, status: int) -> None:
    real = woo.shop.clock
    woo.visits.door.shop.clock = lambda: real() + shift_s
    assert woo.get("products").status_code == status


def test_a_missing_oauth_parameter_is_named(woo: WooShop) -> None:
    signed = woo.signed("products")
    del signed["oauth_nonce"]
    answer = requests.get(woo.root + "products", params=signed, timeout=TIMEOUT)
    assert answer.json()["code"] == "woocommerce_rest_authentication_missing_parameter"
    assert answer.json()["message"] == "Missing OAuth parameter oauth_nonce"


def test_the_key_may_only_read(woo: WooShop, changing: Sandbox) -> None:
    answer = client(woo, changing.address("woocommerce", "small")).post("products", {"name": "x"})
    assert (answer.status_code, answer.json()["message"]) == (401, "The API key provided does not have write permissions.")


def test_a_user_without_the_right_gets_403(woo: WooShop) -> None:
    woo.visits.door.scopes.discard("orders")
    assert woo.get("orders").status_code == 403
    assert woo.get("products").status_code == 200


def test_no_secret_is_written_into_the_visitors_book(woo: WooShop) -> None:
    woo.get("products", per_page=1)
    (visit,) = woo.visits.requests("products")
    assert visit.params["per_page"] == "1"
    assert "oauth_signature" not in visit.params
    assert woo.keys["consumer_secret"] not in str(visit)
