"""Which addresses are called: a store's address is typed by people and could point into our own network."""

import socket

import pytest

from integrations.address import checked_address, is_public
from integrations.errors import ConfigWrong
from integrations.http_session import HttpSession
from integrations.tokens import Tokens
from tests.integrations.conftest import QUICK


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::1",
        "ff02::1",
    ],
)
def test_addresses_of_our_own_network_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "localhost", "127.0.0.1", "[::1]", "[64:ff9b::7f00:1]", "[::ffff:7f00:1]"]
)
def test_no_spelling_of_our_own_machine_is_called(host):
    session = HttpSession("store1: Acme", f"https://{host}:8443", tokens=Tokens({}), limits=QUICK)
    with pytest.raises(ConfigWrong, match="not an address on the public internet"):
        session.get("/x")


def test_a_name_that_points_elsewhere_at_the_second_look_is_not_called(monkeypatch):
    """DNS rebinding: the check resolves a public address, the connection then finds our own machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers = iter(["93.184.216.34"])
    real = socket.getaddrinfo

    def rebinding(host, port, *args, **kwargs):
        return real(next(answers, "127.0.0.1"), listener.getsockname()[1], *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    session = HttpSession("store1: Acme", "https://rebinding.example", tokens=Tokens({}), limits=QUICK)
    with pytest.raises(ConfigWrong, match="not an address on the public internet"):
        session.get("/x")
    connection, _ = listener.accept()
    assert connection.recv(1) == b""  # closed before a byte was sent
    listener.close()


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example",
        "ftp://shop.example",
        "https://",
        "shop.example",
        "https://a:b@shop.example",
        "https://shop.example:22",
        "https://shop.example?a=1",
        "https://[::1",
        "",
    ],
)
def test_an_address_that_cannot_be_a_shop_is_refused_before_any_call(address):
    with pytest.raises(ConfigWrong) as caught:
        checked_address(address, allow_private=False)
    assert caught.value.hint


def test_an_address_may_have_a_path_and_the_sandbox_may_be_here():
    assert checked_address(" https://shop.example/de/ ", allow_private=False) == "https://shop.example/de"
    assert checked_address("http://127.0.0.1:9000/woocommerce/berlin", allow_private=True) == "http://127.0.0.1:9000/woocommerce/berlin"


def test_another_address_is_checked_like_the_stores_own():
    session = HttpSession("store1: Acme", "https://shop.example", tokens=Tokens({}), limits=QUICK)
    with pytest.raises(ConfigWrong, match="only https"):
        session.get("http://127.0.0.1/admin")
