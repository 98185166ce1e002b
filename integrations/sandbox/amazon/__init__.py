"""An Amazon seller: Orders 2026-01-01, Listings Items 2021-08-01, FBA Inventory v1 and Reports 2021-06-30 of the Selling Partner API."""

from integrations.sandbox.amazon.door import Amazon

__all__ = ["Amazon"]
