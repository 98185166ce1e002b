"""Fetches a file that a platform prepared (a report): read in pieces, never whole in memory, without our credentials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException

import requests
import urllib3

from integrations.address import checked_address
from integrations.errors import AnswerTooLarge, ConfigWrong
from integrations.http_errors import connection_error, status_error
from integrations.http_session import Limits, bare_session

PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Download:
    """An open file; `pieces` can be read once."""

    content_type: str
    pieces: Iterator[bytes]


@contextmanager
def open_download(what: str, url: str, *, limits: Limits, max_bytes: int, allow_private: bool = False) -> Iterator[Download]:
    """GET `url` as it stands, e.g. an address signed by the platform; at most `max_bytes` as they come over the wire.

    Raises: any IntegrationError but Unmappable; while reading too.
    """
    place, _, query = url.partition("?")
    checked_address(place, allow_private=allow_private)
    with bare_session(allow_private) as session:
        try:
            response = session.get(
                f"{place}?{query}" if query else place, timeout=(limits.connect_s, limits.read_s), allow_redirects=False, stream=True
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
            raise connection_error(what, error) from None  # the texts of these hold the address with its signature
        with response:
            if 300 <= response.status_code < 400:
                raise ConfigWrong(f"{what}: the prepared file is said to be elsewhere.", hint="Try again; if it stays, report it.")
            refused = status_error(what, response.status_code, response.headers)
            if refused is not None:
                raise refused
            yield Download(response.headers.get("Content-Type", ""), _pieces(what, response, max_bytes))


def _pieces(what: str, response: requests.Response, max_bytes: int) -> Iterator[bytes]:
    size = 0
    while True:
        try:
            piece = response.raw.read(PIECE, decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
            raise connection_error(what, error) from None
        if not piece:
            return
        size += len(piece)
        if size > max_bytes:
            raise AnswerTooLarge(f"{what}: the prepared file has more than {max_bytes / 1e6:.0f} MB.", hint="Report it.")
        yield piece
