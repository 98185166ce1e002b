"""Takes secrets out of any text before it is stored, logged or shown."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(
    r"""
    (?P<keep>(?:access_token|refresh_token|client_secret|app_secret|app_key|consumer_key|consumer_secret|oauth_signature|oauth_consumer_key|auth_code
            |password|sign|token|x-[a-z-]*token)
        \\?["']?\s*[=:]\s*\\?["']?) [^\s"'&,;)\\]+
    | (?P<scheme>(?:Bearer|Basic)\s+) [A-Za-z0-9+/=._~^#-]{6,}
    | (?P<header>\b(?:Authorization|Cookie|Set-Cookie)["']?\s*[=:]\s*["']?) (?!\s*(?:Bearer|Basic)\s) [^\s"',)][^"'\r\n]*
    | \b(?:shpat|shpss|shprt|shpca|shpua|ck|cs|qs)_[A-Za-z0-9_-]{6,}
    | \bv\^1\.1\#[^\s"']+
    | \bAtz[ar]\|[^\s"']+
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redact(text: str) -> str:
    """`text` with every secret that we know the form of replaced by ***."""
    return _SECRET.sub(lambda found: (found.group("keep") or found.group("scheme") or found.group("header") or "") + "***", text)


class RedactingFormatter(logging.Formatter):
    """Formats a log record, its traceback included, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """See the class."""
        return redact(super().format(record))
