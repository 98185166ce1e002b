"""A WooCommerce shop: REST API wc/v3 as recorded from WooCommerce 9.5.1 on WordPress 6.7.1."""

from integrations.sandbox.woocommerce.door import WooCommerce

__all__ = ["WooCommerce"]
