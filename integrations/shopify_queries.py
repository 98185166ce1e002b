"""The GraphQL documents that Shopify's Admin API (2026-10) is asked. No deprecated field; each is checked against the schema in tests.

`$nested` is how many rows of a nested list come with each row; the rest follows by id. Fields of other scopes are asked for
only when these are granted (`$withProducts`, `$withCustomers`): one denied field would refuse the whole answer.
"""

IDENTIFY = """
query Identify {
  shop { name myshopifyDomain currencyCode }
  currentAppInstallation { accessScopes { handle } }
}
"""

_VARIANT = """
fragment VariantParts on ProductVariant {
  id title sku barcode price compareAtPrice inventoryQuantity position updatedAt
  inventoryItem { id tracked }
}
"""

_PRODUCT = (
    """
fragment ProductParts on Product {
  id title descriptionHtml status vendor productType createdAt updatedAt totalInventory tracksInventory
  category { fullName }
  variants(first: $nested) { pageInfo { hasNextPage endCursor } nodes { ...VariantParts } }
}
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

_LINE = """
fragment LineParts on LineItem {
  id title variantTitle quantity currentQuantity sku
  originalUnitPriceSet { shopMoney { amount } }
  discountedTotalSet { shopMoney { amount } }
  taxLines { priceSet { shopMoney { amount } } }
  product @include(if: $withProducts) { id }
  variant @include(if: $withProducts) { id }
}
"""

_ORDER = (
    """
fragment OrderParts on Order {
  id name email test createdAt updatedAt processedAt cancelledAt closed currencyCode
  displayFinancialStatus displayFulfillmentStatus
  subtotalPriceSet { shopMoney { amount } }
  totalDiscountsSet { shopMoney { amount } }
  totalShippingPriceSet { shopMoney { amount } }
  totalTaxSet { shopMoney { amount } }
  totalPriceSet { shopMoney { amount currencyCode } }
  totalRefundedSet { shopMoney { amount } }
  customer @include(if: $withCustomers) { id }
  refunds { id note createdAt totalRefundedSet { shopMoney { amount } } }
  lineItems(first: $nested) { pageInfo { hasNextPage endCursor } nodes { ...LineParts } }
}
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

_LEVEL = """
fragment LevelParts on InventoryLevel {
  id updatedAt
  location { id name }
  quantities(names: ["available", "on_hand", "committed", "incoming", "reserved"]) { name quantity }
}
"""

_ITEM = (
    """
fragment ItemParts on InventoryItem {
  id sku tracked updatedAt
  variants(first: 1) @include(if: $withProducts) { nodes { id product { id } } }
  inventoryLevels(first: $nested) { pageInfo { hasNextPage endCursor } nodes { ...LevelParts } }
}
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

_CUSTOMER = """
fragment CustomerParts on Customer {
  id firstName lastName state numberOfOrders createdAt updatedAt
  amountSpent { amount currencyCode }
  defaultEmailAddress { emailAddress }
  defaultPhoneNumber { phoneNumber }
}
"""

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
