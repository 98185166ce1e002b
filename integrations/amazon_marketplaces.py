"""Amazon's marketplaces: which endpoint serves them, what they sell in, and how far back their orders go.

Source: developer-docs.amazon.com/sp-api/docs/marketplace-ids and /sp-api-endpoints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from integrations.errors import ConfigWrong

TOKEN_URL = "https://api.amazon.com/auth/o2/token"  # noqa: S105  # an address
TOKEN_PATH = "/auth/o2/token"  # noqa: S105  # where one base serves tokens too
_AMAZON_HOST = re.compile(r"(^|\.)amazon(\.[a-z]{2,3}){1,2}$")
_HISTORY = timedelta(days=731)  # two years, one of them a leap year
_SINCE_2016 = frozenset({"JP", "AU", "SG"})


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One of Amazon's shops; `region` is na, eu or fe."""

    marketplace_id: str
    country: str
    name: str
    currency: str
    region: str

    def oldest_order(self, now: datetime) -> datetime:
        """Orders before this are not shown to anybody."""
        return datetime(2016, 1, 1, tzinfo=UTC) if self.country in _SINCE_2016 else now - _HISTORY


MARKETPLACES = {
    row[0]: Marketplace(*row)
    for row in (
        ("A2EUQ1WTGCTBG2", "CA", "Amazon.ca", "CAD", "na"),
        ("ATVPDKIKX0DER", "US", "Amazon.com", "USD", "na"),
        ("A1AM78C64UM0Y8", "MX", "Amazon.com.mx", "MXN", "na"),
        ("A2Q3Y263D00KWC", "BR", "Amazon.com.br", "BRL", "na"),
        ("A28R8C7NBKEWEA", "IE", "Amazon.ie", "EUR", "eu"),
        ("A1RKKUPIHCS9HS", "ES", "Amazon.es", "EUR", "eu"),
        ("A1F83G8C2ARO7P", "GB", "Amazon.co.uk", "GBP", "eu"),
        ("A13V1IB3VIYZZH", "FR", "Amazon.fr", "EUR", "eu"),
        ("AMEN7PMS3EDWL", "BE", "Amazon.com.be", "EUR", "eu"),
        ("A1805IZSGTT6HS", "NL", "Amazon.nl", "EUR", "eu"),
        ("A1PA6795UKMFR9", "DE", "Amazon.de", "EUR", "eu"),
        ("APJ6JRA9NG5V4", "IT", "Amazon.it", "EUR", "eu"),
        ("A2NODRKZP88ZB9", "SE", "Amazon.se", "SEK", "eu"),
        ("AE08WJ6YKNBMC", "ZA", "Amazon.co.za", "ZAR", "eu"),
        ("A1C3SOZRARQ6R3", "PL", "Amazon.pl", "PLN", "eu"),
        ("ARBP9OOSHTCHU", "EG", "Amazon.eg", "EGP", "eu"),
        ("A33AVAJ2PDY3EV", "TR", "Amazon.com.tr", "TRY", "eu"),
        ("A17E79C6D8DWNP", "SA", "Amazon.sa", "SAR", "eu"),
        ("A2VIGQ35RCS4UG", "AE", "Amazon.ae", "AED", "eu"),
        ("A21TJRUUN4KGV", "IN", "Amazon.in", "INR", "eu"),
        ("A19VAU5U5O7RUS", "SG", "Amazon.sg", "SGD", "fe"),
        ("A39IBJ37TRP1C6", "AU", "Amazon.com.au", "AUD", "fe"),
        ("A1VC38T7YXB528", "JP", "Amazon.co.jp", "JPY", "fe"),
    )
}


def marketplace(marketplace_id: str, store: str) -> Marketplace:
    """The marketplace of that id. Raises: ConfigWrong."""
    found = MARKETPLACES.get(marketplace_id)
    if found is None:
        known = ", ".join(f"{one.marketplace_id} ({one.country})" for one in MARKETPLACES.values())
        raise ConfigWrong(
            f"{store}: Amazon has no marketplace of that id.", hint=f"Enter marketplace_id under Stores → Credentials: {known}."
        )
    return found


def endpoint(address: str, region: str) -> str:
    """Where to call: any address of Amazon's means the endpoint of `region`, its sandbox included; others are taken as they are."""
    host = (urlsplit(address.strip()).hostname or "").lower()
    if not _AMAZON_HOST.search(host):
        return address
    return f"https://{'sandbox.' if host.startswith('sandbox.') else ''}sellingpartnerapi-{region}.amazon.com"


def token_url(base: str) -> str:
    """Where tokens are given: at Amazon's one address, or below `base` where that is not Amazon's."""
    host = (urlsplit(base).hostname or "").lower()
    return TOKEN_URL if _AMAZON_HOST.search(host) else base.rstrip("/") + TOKEN_PATH
