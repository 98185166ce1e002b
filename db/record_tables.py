"""Stores and what they sell: the tables that a sync writes."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from db.columns import ExactText, Money, UtcTime, big_id, long_text
from db.table_parts import NOW, OPTIONS, metadata, raw_row, row_id, synced

stores = Table(
    "stores", metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", ExactText(64), nullable=False, unique=True),  # how the API, the jobs and SHOPIFY_ACCESS_TOKEN_<name> call it
    Column("title", String(255), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("address", String(512), nullable=False),
    Column("currency", String(3)),
    Column("options", JSON),  # what one platform needs beyond an address
    Column("tags", JSON),  # words of people's own, a sorted list
    Column("paused_at", UtcTime),
    Column("pause_reason", String(512)),
    Column("paused_by", String(255)),  # NULL: the breaker
    Column("resume_at", UtcTime),  # a pause by a person ends by itself then
    Column("probe_at", UtcTime),  # a store that the breaker paused is tried again at this time
    Column("max_running", Integer),  # jobs at once; NULL: as the settings say
    Column("failed_in_a_row", Integer, nullable=False, server_default="0"),
    Column("renewing_by", String(32)),  # who asks the platform for new tokens just now
    Column("renewing_until", UtcTime),  # from then on somebody else may
    Column("created_at", UtcTime, nullable=False, **NOW),
    **OPTIONS,
)  # fmt: skip

store_credentials = Table(
    "store_credentials", metadata,
    Column("store_id", Integer, ForeignKey("stores.id"), primary_key=True, autoincrement=False),
    Column("ciphertext", Text, nullable=False),
    Column("expires_at", UtcTime),
    Column("updated_at", UtcTime, nullable=False, **NOW),
    **OPTIONS,
)  # fmt: skip

store_stream_stats = Table(
    "store_stream_stats", metadata,
    Column("store_id", Integer, ForeignKey("stores.id"), primary_key=True, autoincrement=False),
    Column("stream", String(16), primary_key=True),
    Column("live", big_id, nullable=False, server_default="0"),
    Column("children", big_id, nullable=False, server_default="0"),  # variants of products, lines of orders
    Column("deleted", big_id, nullable=False, server_default="0"),
    Column("rejected", big_id, nullable=False, server_default="0"),
    Column("platform_total", big_id),  # what the platform last said that it has
    Column("watermark", UtcTime),  # complete up to here, on the platform's clock
    Column("last_success_at", UtcTime),
    Column("last_finished_at", UtcTime),
    Column("last_verdict", String(16)),
    Column("last_reason", String(512)),
    Column("last_job_id", big_id),
    Column("failed_in_a_row", Integer, nullable=False, server_default="0"),
    Column("counted_at", UtcTime),  # when the totals were last counted again
    Column("full_due", Boolean, nullable=False, server_default=text("0")),  # a full run was due while another was at work: the next one is full
    **OPTIONS,
)  # fmt: skip

store_stream_counts = Table(
    "store_stream_counts", metadata,
    Column("at_hour", UtcTime, primary_key=True),  # its begin
    Column("store_id", Integer, ForeignKey("stores.id"), primary_key=True, autoincrement=False),
    Column("stream", String(16), primary_key=True),
    Column("live", big_id, nullable=False),  # as store_stream_stats said at `noted_at`
    Column("noted_at", UtcTime, nullable=False),
    Index("store_stream_counts_stream", "store_id", "stream", "at_hour"),
    **OPTIONS,
)  # fmt: skip

users = Table(
    "users", metadata, row_id(),
    Column("name", String(255), nullable=False),
    Column("email", String(255)),
    Column("created_at", UtcTime, nullable=False, **NOW),
    Index("users_email", "email"),
    **OPTIONS,
)  # fmt: skip

products = Table(
    "products", metadata, row_id(),
    Column("name", String(512), nullable=False),
    Column("description", long_text()),
    Column("price", Money),
    Column("currency", String(3)),
    Column("quantity", Integer),
    Column("category", String(255)),
    Column("vendor", String(255)),
    Column("status", String(16)),
    Column("raw_status", String(64)),
    Column("user_id", big_id, ForeignKey("users.id")),
    Column("created_at", UtcTime, nullable=False, **NOW),
    *synced(),
    Index("products_user", "user_id"),
    Index("products_store", "store_id", "deleted_at"),  # the id follows by itself: a store's live products, newest first
    **OPTIONS,
)  # fmt: skip

variants = Table(
    "variants", metadata, row_id(),
    Column("product_external_id", ExactText(128), nullable=False),
    Column("title", String(512)),
    Column("sku", ExactText(255)),
    Column("barcode", String(255)),
    Column("price", Money),
    Column("compare_at_price", Money),
    Column("currency", String(3)),
    Column("quantity", Integer),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("inventory_item_id", ExactText(128)),
    *synced(),
    Index("variants_product", "store_id", "product_external_id"),
    Index("variants_sku", "sku"),
    **OPTIONS,
)  # fmt: skip

inventory_levels = Table(
    "inventory_levels", metadata, row_id(),
    Column("inventory_item_id", ExactText(128), nullable=False),
    Column("product_external_id", ExactText(128)),
    Column("variant_external_id", ExactText(128)),
    Column("sku", ExactText(255)),
    Column("location_id", ExactText(128), nullable=False),
    Column("location_name", String(255)),
    Column("is_tracked", Boolean, nullable=False),
    *[Column(name, Integer) for name in ("available", "on_hand", "committed", "incoming", "reserved")],
    *synced(),
    Index("inventory_item", "store_id", "inventory_item_id"),
    **OPTIONS,
)  # fmt: skip

orders = Table(
    "orders", metadata, row_id(),
    Column("number", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    *[Column(name, String(24), nullable=False) for name in ("status", "payment_status", "fulfillment_status")],
    *[Column(name, String(64)) for name in ("raw_status", "raw_payment_status", "raw_fulfillment_status")],
    *[Column(name, Money) for name in ("subtotal", "discount", "shipping", "tax", "total", "refunded")],
    Column("customer_external_id", ExactText(128)),
    Column("email", String(320)),
    Column("is_test", Boolean, nullable=False),
    Column("placed_at", UtcTime),
    Column("cancelled_at", UtcTime),
    *synced(),
    Index("orders_number", "number"),
    Index("orders_email", "email"),
    Index("orders_placed", "store_id", "placed_at"),
    **OPTIONS,
)  # fmt: skip

order_lines = Table(
    "order_lines", metadata, row_id(),
    Column("order_external_id", ExactText(128), nullable=False),
    Column("product_external_id", ExactText(128)),
    Column("variant_external_id", ExactText(128)),
    Column("sku", ExactText(255)),
    Column("title", String(512), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("current_quantity", Integer),
    *[Column(name, Money) for name in ("unit_price", "total", "tax")],
    Column("position", Integer, nullable=False, server_default="0"),
    *synced(),
    Index("order_lines_order", "store_id", "order_external_id"),
    **OPTIONS,
)  # fmt: skip

refunds = Table(
    "refunds", metadata, row_id(),
    Column("order_external_id", ExactText(128), nullable=False),
    Column("amount", Money, nullable=False),
    Column("reason", String(512)),
    Column("refunded_at", UtcTime),
    *synced(),
    Index("refunds_order", "store_id", "order_external_id"),
    **OPTIONS,
)  # fmt: skip

customers = Table(
    "customers", metadata, row_id(),
    Column("email", String(320)),
    Column("first_name", String(255)),
    Column("last_name", String(255)),
    Column("phone", String(64)),
    Column("state", String(64)),
    Column("orders_count", Integer),
    Column("total_spent", Money),
    Column("currency", String(3)),
    Column("is_masked", Boolean, nullable=False),
    Column("is_derived", Boolean, nullable=False),
    *synced(),
    Index("customers_email", "email"),
    **OPTIONS,
)  # fmt: skip

rejected_records = Table(
    "rejected_records", metadata, row_id(),
    Column("store_id", Integer, ForeignKey("stores.id"), nullable=False),
    Column("stream", String(16), nullable=False),
    Column("external_id", ExactText(128), nullable=False),
    Column("reason_code", String(64), nullable=False),
    Column("reason", String(1024), nullable=False),
    raw_row(),
    Column("job_id", big_id, nullable=False),
    Column("first_seen_at", UtcTime, nullable=False, **NOW),
    Column("last_seen_at", UtcTime, nullable=False, **NOW),
    UniqueConstraint("store_id", "stream", "external_id"),
    **OPTIONS,
)  # fmt: skip

unknown_values = Table(
    "unknown_values", metadata,
    Column("store_id", Integer, ForeignKey("stores.id"), primary_key=True, autoincrement=False),
    Column("field", String(32), primary_key=True),  # raw_status, raw_payment_status, …
    Column("value", ExactText(64), primary_key=True),
    Column("seen", big_id, nullable=False),
    Column("first_seen_at", UtcTime, nullable=False, **NOW),
    Column("last_seen_at", UtcTime),  # NULL: not since it is noted
    **OPTIONS,
)  # fmt: skip
