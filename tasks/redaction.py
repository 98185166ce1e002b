"""Takes secrets out of any text before it is stored, logged or shown."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(
    r"""
    (?P<keep>(?:access_token|refresh_token|client_secret|app_secret|consumer_key|consumer_secret|oauth_signature|oauth_consumer_key|password|sign|token)
        ["']?\s*[=:]\s*["']?) [^\s"'&,;)]+
    | (?P<scheme>(?:Bearer|Basic)\s+) [A-Za-z0-9+/=._~-]{6,}
    | \b(?:shpat|shpss|shprt|shpca|ck|cs)_[A-Za-z0-9]{6,}
    | \bAtz[ar]\|[^\s"']+
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redact(text: str) -> str:
    """`text` with every secret that we know the form of replaced by ***."""
    return _SECRET.sub(lambda found: (found.group("keep") or found.group("scheme") or "") + "***", text)


class RedactingFormatter(logging.Formatter):
    """Formats a log record, its traceback included, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """See the class."""
        return redact(super().format(record))
