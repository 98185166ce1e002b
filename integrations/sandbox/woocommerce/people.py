"""Customers and the site's own facts as wc/v3 tells them."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.model import Customer
from integrations.sandbox.woocommerce.orders import SYMBOLS, address
from integrations.sandbox.woocommerce.products import ALLOWED
from integrations.sandbox.woocommerce.site import VERSION, Site


def customer_row(site: Site, customer: Customer) -> dict[str, Any]:
    """One customer; date_modified is null where WordPress never noted it."""
    row_id = site.id_of("customers", customer.number)
    return {
        "id": row_id,
        **site.times("date_created", customer.created),
        **site.times("date_modified", customer.updated),
        "email": customer.email or "",
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "role": customer.role,
        "username": "admin" if customer.number == 0 else f"customer{customer.number}",
        "billing": address(customer.first_name, customer.last_name, customer.country, customer.email or "") | {"phone": customer.phone},
        "shipping": address(customer.first_name, customer.last_name, customer.country, None),
        "is_paying_customer": customer.number % 2 == 1,
        "avatar_url": "",
        "meta_data": [],
        "_links": {
            "self": [{"href": f"{site.rest}/customers/{row_id}", "targetHints": {"allow": ALLOWED}}],
            "collection": [{"href": f"{site.rest}/customers"}],
        },
    }


def system_status(site: Site) -> dict[str, Any]:
    """The part of GET system_status that tells what a connector asks: version, address and currency."""
    return {
        "environment": {
            "home_url": site.home,
            "site_url": site.home,
            "store_id": None,
            "version": VERSION,
            "wp_version": "6.7.1",
            "wp_multisite": False,
            "language": "en_US",
            "default_timezone": "UTC",
        },
        "settings": {
            "api_enabled": False,
            "force_ssl": False,
            "currency": site.currency,
            "currency_symbol": SYMBOLS.get(site.currency, site.currency),
            "currency_position": "left",
            "thousand_separator": ",",
            "decimal_separator": ".",
            "number_of_decimals": 2,
        },
        "security": {"secure_connection": site.home.startswith("https:"), "hide_errors": True},
    }


def general_settings(site: Site, title: str) -> list[dict[str, Any]]:
    """GET settings/general, as far as a connector asks."""
    values = {"blogname": title, "woocommerce_currency": site.currency, "woocommerce_price_num_decimals": "2"}
    return [{"id": name, "type": "text", "default": "", "value": value} for name, value in values.items()]
