"""A Shopify shop: the Admin GraphQL API, version 2026-10, executed by graphql-core."""

from integrations.sandbox.shopify.door import Shopify

__all__ = ["Shopify"]
