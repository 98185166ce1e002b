"""Reads the JSON of an answer without letting a number become a float."""

from __future__ import annotations

import contextlib
import json
import re
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

_BOM = "\ufeff"
_decode = msgspec.json.Decoder(float_hook=Decimal).decode  # half the time of json's
_NOTICES_MAX = 64_000  # how much chatter before the JSON is looked through, in characters


def parse_json(body: bytes, *, skip_notices: bool = False) -> Any:
    """The value in `body`; numbers with a point or an exponent are Decimals.

    `skip_notices` leaves out what a chatty PHP wrote before the JSON. Raises: ValueError when there is no whole JSON value.
    """
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode(body)
    # What it refuses, json may read: a byte order mark, half a character, a PHP's notices. What that refuses, too, it says why.
    text = body.decode("utf-8").lstrip(_BOM + " \t\r\n")
    if not text:
        raise ValueError("empty")
    try:
        return _loads(text)
    except ValueError:
        if not skip_notices:
            raise
    for start in re.finditer(r"[\[{]", text[:_NOTICES_MAX]):
        try:
            return _loads(text[start.start() :])
        except ValueError:
            continue
    raise ValueError("no JSON after the notices")


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
