"""The GraphQL documents that Shopify's Admin API (2026-10) is asked. No deprecated field; each is checked against the schema in tests.

`$nested` is how many rows of a nested list come with each row; the rest follows by id. Fields of other scopes are asked for
only when these are granted (`$withProducts`, `$withCustomers`): one denied field would refuse the whole answer.
The `…_FIELDS` are asked for by bulk operations too (shopify_bulk_queries.py), so that a row is the same either way.
"""

IDENTIFY = """
query Identify {
  shop { name myshopifyDomain currencyCode }
  currentAppInstallation { accessScopes { handle } }
}
"""

VARIANT_FIELDS = """
  id title sku barcode price compareAtPrice inventoryQuantity position updatedAt
  inventoryItem { id tracked }
"""
PRODUCT_FIELDS = """
  id title descriptionHtml status vendor productType createdAt updatedAt totalInventory tracksInventory
  category { fullName }
"""
_VARIANT = f"fragment VariantParts on ProductVariant {{{VARIANT_FIELDS}}}"

_PRODUCT = (
    f"""
fragment ProductParts on Product {{{PRODUCT_FIELDS}
  variants(first: $nested) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...VariantParts }} }}
}}
"""
    + _VARIANT
)

PRODUCTS = (
    """
query Products($first: Int!, $after: String, $query: String, $nested: Int!) {
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { ...ProductParts }
  }
}
"""
    + _PRODUCT
)

PRODUCT = "query Product($id: ID!, $nested: Int!) { row: product(id: $id) { ...ProductParts } }" + _PRODUCT

PRODUCT_VARIANTS = (
    """
query ProductVariants($id: ID!, $first: Int!, $after: String) {
  row: product(id: $id) {
    variants(first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes { ...VariantParts } }
  }
}
"""
    + _VARIANT
)

LINE_FIELDS = """
  id title variantTitle quantity currentQuantity sku
  originalUnitPriceSet { shopMoney { amount } }
  discountedTotalSet { shopMoney { amount } }
  taxLines { priceSet { shopMoney { amount } } }
"""
ORDER_FIELDS = """
  id name email test createdAt updatedAt processedAt cancelledAt closed currencyCode
  displayFinancialStatus displayFulfillmentStatus
  subtotalPriceSet { shopMoney { amount } }
  totalDiscountsSet { shopMoney { amount } }
  totalShippingPriceSet { shopMoney { amount } }
  totalTaxSet { shopMoney { amount } }
  totalPriceSet { shopMoney { amount currencyCode } }
  totalRefundedSet { shopMoney { amount } }
  refunds { id note createdAt totalRefundedSet { shopMoney { amount } } }
"""
_LINE = f"""
fragment LineParts on LineItem {{{LINE_FIELDS}
  product @include(if: $withProducts) {{ id }}
  variant @include(if: $withProducts) {{ id }}
}}
"""

_ORDER = (
    f"""
fragment OrderParts on Order {{{ORDER_FIELDS}
  customer @include(if: $withCustomers) {{ id }}
  lineItems(first: $nested) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...LineParts }} }}
}}
"""
    + _LINE
)

ORDERS = (
    """
query Orders($first: Int!, $after: String, $query: String, $nested: Int!, $withProducts: Boolean!, $withCustomers: Boolean!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { ...OrderParts }
  }
}
"""
    + _ORDER
)

ORDER = (
    """
query Order($id: ID!, $nested: Int!, $withProducts: Boolean!, $withCustomers: Boolean!) {
  row: order(id: $id) { ...OrderParts }
}
"""
    + _ORDER
)

ORDER_LINES = (
    """
query OrderLines($id: ID!, $first: Int!, $after: String, $withProducts: Boolean!) {
  row: order(id: $id) {
    lineItems(first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes { ...LineParts } }
  }
}
"""
    + _LINE
)

LEVEL_FIELDS = """
  id updatedAt
  location { id name }
  quantities(names: ["available", "on_hand", "committed", "incoming", "reserved"]) { name quantity }
"""
ITEM_FIELDS = "id sku tracked updatedAt"
_LEVEL = f"fragment LevelParts on InventoryLevel {{{LEVEL_FIELDS}}}"

_ITEM = (
    f"""
fragment ItemParts on InventoryItem {{
  {ITEM_FIELDS}
  variants(first: 1) @include(if: $withProducts) {{ nodes {{ id product {{ id }} }} }}
  inventoryLevels(first: $nested) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...LevelParts }} }}
}}
"""
    + _LEVEL
)

INVENTORY_ITEMS = (
    """
query InventoryItems($first: Int!, $after: String, $nested: Int!, $withProducts: Boolean!) {
  inventoryItems(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { ...ItemParts }
  }
}
"""
    + _ITEM
)

INVENTORY_ITEM = (
    "query InventoryItem($id: ID!, $nested: Int!, $withProducts: Boolean!) { row: inventoryItem(id: $id) { ...ItemParts } }" + _ITEM
)

ITEM_LEVELS = (
    """
query ItemLevels($id: ID!, $first: Int!, $after: String) {
  row: inventoryItem(id: $id) {
    inventoryLevels(first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes { ...LevelParts } }
  }
}
"""
    + _LEVEL
)

CUSTOMER_FIELDS = """
  id firstName lastName state numberOfOrders createdAt updatedAt
  amountSpent { amount currencyCode }
  defaultEmailAddress { emailAddress }
  defaultPhoneNumber { phoneNumber }
"""
_CUSTOMER = f"fragment CustomerParts on Customer {{{CUSTOMER_FIELDS}}}"

CUSTOMERS = (
    """
query Customers($first: Int!, $after: String, $query: String) {
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { ...CustomerParts }
  }
}
"""
    + _CUSTOMER
)

CUSTOMER = "query Customer($id: ID!) { row: customer(id: $id) { ...CustomerParts } }" + _CUSTOMER

LIVING = "query Living($ids: [ID!]!) { nodes(ids: $ids) { id } }"

LIVING_LEVELS = """
query LivingLevels($ids: [ID!]!, $location: ID!) {
  nodes(ids: $ids) { id ... on InventoryItem { inventoryLevel(locationId: $location) { id } } }
}
"""
