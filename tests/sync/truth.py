"""What a platform itself says it has, read through its API by other code than ours, told as the rows that we should hold.

Nothing of integrations/*.py is used: each platform has its own reader beside this file, with a client of others or plain requests.
"""

from __future__ import annotations

from tests.shops import TestStore
from tests.sync import truth_amazon, truth_ebay, truth_shopify, truth_tiktok, truth_woocommerce
from tests.sync.telling import Tables

READERS = {
    "amazon": truth_amazon.told,
    "ebay": truth_ebay.told,
    "shopify": truth_shopify.told,
    "tiktok": truth_tiktok.told,
    "woocommerce": truth_woocommerce.told,
}


def told(store: TestStore) -> Tables:
    """Every record that can be mapped."""
    return READERS[store.platform](store)
