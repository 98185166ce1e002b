"""What people call the platforms."""

from __future__ import annotations

_TITLES = {"shopify": "Shopify", "tiktok": "TikTok Shop", "amazon": "Amazon", "woocommerce": "WooCommerce", "ebay": "eBay"}
ALL = tuple(_TITLES)


def title(platform: str) -> str:
    """Its own spelling; a new one is shown as it is called in the code."""
    return _TITLES.get(platform, platform)
