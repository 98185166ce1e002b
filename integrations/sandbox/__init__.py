"""The platforms as one local server, true to their contracts, with seeded shops and faults on request."""

from integrations.sandbox.faults import Fault
from integrations.sandbox.server import PLATFORMS, Sandbox, running
from integrations.sandbox.shop import Shop, ShopSpec

__all__ = ["PLATFORMS", "Fault", "Sandbox", "Shop", "ShopSpec", "running"]
