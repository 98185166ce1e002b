"""The shops that `scripts/up` opens, and what `--shop` names."""

from __future__ import annotations

from dataclasses import replace

from integrations.sandbox.shop import ShopSpec

SIZE = 2000  # products; orders are half as many again


def demo_shops(*, size: int = SIZE, seed: int = 1) -> list[ShopSpec]:
    """One shop of each platform, the same on every machine."""
    shops = [
        ShopSpec(
            platform="shopify",
            name="atlas",
            title="Atlas Outdoor",
            currency="USD",
            time_zone="America/New_York",
            theme="outdoor",
            plan="enterprise",
        ),
        ShopSpec(platform="woocommerce", name="berlin", title="Berlin Tea House", currency="EUR", time_zone="Europe/Berlin", theme="tea"),
    ]
    small = [
        ShopSpec(platform="amazon", name="quay", title="Quay Trading", currency="EUR", theme="outdoor"),
        ShopSpec(platform="ebay", name="pier", title="Pier Seven", currency="EUR", theme="outdoor"),
        ShopSpec(platform="tiktok", name="tempo", title="Tempo Beauty", currency="GBP", time_zone="Europe/London", theme="tea"),
    ]  # an eighth: their APIs want a call for each product, and two cores want to be spared
    return [replace(shop, size=size, seed=seed) for shop in shops] + [replace(shop, size=max(size // 8, 1), seed=seed) for shop in small]


def named_shop(text: str, *, size: int, seed: int) -> ShopSpec:
    """The shop that `platform:name` means: a demo shop when there is one of that name, else a new one.

    Raises: ValueError when `text` is not of that form.
    """
    platform, colon, name = text.partition(":")
    if not (platform and colon and name):
        raise ValueError(f"--shop takes platform:name, e.g. woocommerce:berlin; not {text!r}")
    for shop in demo_shops(size=size, seed=seed):
        if (shop.platform, shop.name) == (platform, name):
            return shop
    return ShopSpec(platform=platform, name=name, title=name.title(), size=size, seed=seed)
