"""No secret in a log, an error or a page, whatever form it comes in; and nothing else is blotted out."""

from __future__ import annotations

import json
import logging
import sys
import threading

import pytest

from tasks import logs
from tasks.redaction import RedactingFormatter, redact

SECRETS = [
    "https://shop.example/wp-json?consumer_key=S3CRET1x&consumer_secret=S3CRET2x",
    'body {"access_token": "S3CRET1x", "refresh_token":"S3CRET2x"}',
    r"body {\"access_token\": \"S3CRET1x\"}",
    "Authorization: Bearer S3CRET1x.abc-def",
    "Authorization: 4f2dS3CRET1x",
    "{'Authorization': 'OAuth S3CRET1x', 'x': 1}",
    "Cookie: session=S3CRET1x; other=S3CRET2x",
    "x-amz-access-token: S3CRET1x",
    "X-Shopify-Access-Token: S3CRET1x",
    "?auth_code=S3CRET1x&app_key=S3CRET2x&sign=S3CRET3x",
    "shpat_S3CRET1x shpua_S3CRET2x qs_S3CRET3x-y ck_S3CRET4x",
    "Atza|S3CRET1x",
    "token v^1.1#i^1#S3CRET1x#r^0",
    "mysql+pymysql://quay:S3CRET1x@db/quayside",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_blotted_out_in_text_and_in_json(text):
    record = logging.LogRecord("quayside", logging.INFO, __file__, 1, "%s", (text,), None)
    for shown in (redact(text), RedactingFormatter("%(message)s").format(record), logs._JsonFormatter().format(record)):
        assert "S3CRET" not in shown
        assert "***" in shown


def test_a_json_line_stays_json():
    for text in SECRETS:
        record = logging.LogRecord("quayside", logging.INFO, __file__, 1, "%s", (text,), None)
        assert set(json.loads(logs._JsonFormatter().format(record))) == {"at", "level", "logger", "message"}


@pytest.mark.parametrize(
    "text",
    [
        "job succeeded id=4711 name=sync_orders took=1.20s",
        "read 250 of 10,000: 3 new, 0 changed, 247 unchanged, 0 rejected",
        "Shopify refused the access token (401). Paste a new token under Stores.",
        "The token expires in 3 days; sign in again.",
        "the basic plan allows 2 calls a second",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == text


def test_what_nobody_catches_is_told_without_secrets(capsys):
    kept = logging.root.handlers[:], logging.root.level, sys.excepthook, threading.excepthook
    try:
        logs.set_up()
        thread = threading.Thread(target=lambda: {}["access_token=S3CRET1x"])
        thread.start()
        thread.join()
        try:
            raise ValueError("Authorization: Bearer S3CRET2x")
        except ValueError:
            sys.excepthook(*sys.exc_info())
        told = capsys.readouterr().err
    finally:
        logging.root.handlers[:], logging.root.level, sys.excepthook, threading.excepthook = kept
    assert "nobody caught KeyError" in told
    assert "nobody caught ValueError" in told
    assert "S3CRET" not in told
