"""Which addresses we may call. A store's address is typed by people, so it could point into our own network."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection

from integrations.errors import ConfigWrong

PUBLIC_PORTS = (443, 8443)

# Python calls these global, but they carry an IPv4 address inside, 127.0.0.1 among others: NAT64, 6to4, Teredo.
_TUNNELS = tuple(ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))


def is_public(address: str) -> bool:
    """Whether an IP address is somebody's on the open internet, not ours, not a tunnel back to us, not multicast."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in net for net in _TUNNELS):
            return False
    return ip.is_global and not ip.is_multicast


def checked_address(address: str, *, allow_private: bool) -> str:
    """The store's address without a trailing slash: scheme, host and an optional path.

    Raises: ConfigWrong.
    """
    where = "Correct the address under Stores."
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise ConfigWrong("The store's address is not a web address.", hint=where) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigWrong("The store's address is not a web address.", hint=f"{where} It looks like https://shop.example.com.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigWrong(
            "The store's address holds more than scheme, host and path.", hint="Put keys and passwords into the secrets, not here."
        )
    if not allow_private:
        if parts.scheme != "https":
            raise ConfigWrong(f"{parts.hostname}: only https addresses are called.", hint="Enter the shop's https address.")
        if (port or 443) not in PUBLIC_PORTS:
            raise ConfigWrong(f"{parts.hostname}: port {port} is not called.", hint="Shops are called on port 443 or 8443.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL, the port spelled out."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


class PublicOnlyAdapter(HTTPAdapter):
    """Connects to public addresses only. Looked at for each connection, since a name can point elsewhere a second later."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by HTTPAdapter's constructor."""
        super().init_poolmanager(*args, **kwargs)
        pools: PoolManager = self.poolmanager
        pools.pool_classes_by_scheme = {"https": _PublicPool}


class _PublicConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)}
        except (OSError, UnicodeError):
            found = set()  # the connection below says in its own words that there is no such name
        if not all(map(is_public, found)):
            raise self._refusal()
        connection = super()._new_conn()
        if not is_public(connection.getpeername()[0]):  # the name was answered differently the second time
            connection.close()
            raise self._refusal()
        return connection

    def _refusal(self) -> ConfigWrong:
        return ConfigWrong(
            f"{self.host} is not an address on the public internet.",
            hint="Correct the store's address; shops inside your own network need private addresses to be allowed.",
        )


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection
