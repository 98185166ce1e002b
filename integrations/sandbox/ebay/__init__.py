"""An eBay seller: Inventory API 1.18, Fulfillment API 1.20 and OAuth, as their OpenAPI documents and guides tell."""

from integrations.sandbox.ebay.door import Ebay

__all__ = ["Ebay"]
