"""A sandbox seller, and our connector to it or to any address."""

from datetime import UTC, datetime, timedelta

from integrations.connector import Credentials, Window
from integrations.ebay import Ebay
from integrations.platform_connector import Access
from tests.integrations.conftest import QUICK, Reply

SECRETS = {"client_id": "app", "client_secret": "s3cret-of-app", "refresh_token": "r3fresh-of-seller", "access_token": "acc3ss-now"}
NOW = datetime.now(UTC).replace(microsecond=500_000) - timedelta(hours=1)
ORDERS = "/sell/fulfillment/v1/order"


def connector(visits_or_address, **access) -> Ebay:
    is_text = isinstance(visits_or_address, str)
    address, secrets = (visits_or_address, SECRETS) if is_text else (visits_or_address.address, visits_or_address.visits.door.credentials())
    credentials = Credentials(store="store1", address=address, secrets=secrets)
    return Ebay(Access(credentials=credentials, allow_private=True, limits=access.pop("limits", QUICK), **access))


class Seller:
    def __init__(self, sandbox, name: str = "lab") -> None:
        self.visits = sandbox.visits("ebay", name)
        self.door, self.shop = self.visits.door, self.visits.door.shop
        self.address = sandbox.address("ebay", name)


def window(ebay: Ebay) -> Window:
    return Window(None, ebay.identify().platform_time + timedelta(seconds=1))


def records(ebay: Ebay, stream: str) -> dict:
    return {read.record.external_id: read.record for page in ebay.pages(stream, window(ebay)) for read in page.records}


def error(number: int, status: int = 400, *, category: str = "REQUEST", **headers: str) -> Reply:
    body = b'{"errors":[{"errorId":%d,"domain":"ACCESS","category":"%s","message":"No."}]}' % (number, category.encode())
    return Reply(body, status, headers)
