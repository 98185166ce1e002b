"""The part of Shopify's Admin API schema (version 2026-10) that the sandbox answers; a test holds it against the whole one.

A field that Shopify has and that is missing here: add it to the text below and to the row in `catalog.py` or `sales.py`.
"""

from __future__ import annotations

from graphql import GraphQLSchema, build_schema

_PAGING = "after: String, before: String, first: Int, last: Int"
_CONNECTED = (
    "Product",
    "ProductVariant",
    "InventoryItem",
    "InventoryLevel",
    "Order",
    "LineItem",
    "Customer",
    "Location",
    "Event",
    "BulkOperation",
)

_SDL = f"""
schema {{ query: QueryRoot mutation: Mutation }}

scalar DateTime
scalar Decimal
scalar FormattedString
scalar HTML
scalar Money
scalar UnsignedInt64
scalar URL

enum CurrencyCode {{ AUD EUR GBP JPY KWD USD }}
enum CountryCode {{ AU DE FR GB JP KW US }}
enum CountPrecision {{ AT_LEAST EXACT }}
enum ProductStatus {{ ACTIVE ARCHIVED DRAFT UNLISTED }}
enum CustomerState {{ DECLINED DISABLED ENABLED INVITED }}
enum EventSubjectType {{ CUSTOMER ORDER PRODUCT }}
enum OrderCancelReason {{ CUSTOMER DECLINED FRAUD INVENTORY OTHER STAFF }}
enum OrderDisplayFinancialStatus {{ AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED }}
enum OrderDisplayFulfillmentStatus {{
  FULFILLED IN_PROGRESS ON_HOLD OPEN PARTIALLY_FULFILLED PENDING_FULFILLMENT RESTOCKED SCHEDULED UNFULFILLED
}}
enum ProductSortKeys {{ CREATED_AT ID TITLE UPDATED_AT }}
enum ProductVariantSortKeys {{ ID POSITION SKU }}
enum OrderSortKeys {{ CREATED_AT ID ORDER_NUMBER PROCESSED_AT UPDATED_AT }}
enum CustomerSortKeys {{ CREATED_AT ID UPDATED_AT }}
enum LocationSortKeys {{ ID NAME }}
enum EventSortKeys {{ CREATED_AT ID }}

enum BulkOperationErrorCode {{ ACCESS_DENIED INTERNAL_SERVER_ERROR TIMEOUT }}
enum BulkOperationStatus {{ CANCELED CANCELING COMPLETED CREATED EXPIRED FAILED RUNNING }}
enum BulkOperationType {{ MUTATION QUERY }}
enum BulkOperationUserErrorCode {{ INVALID LIMIT_REACHED OPERATION_IN_PROGRESS }}
enum BulkOperationsSortKeys {{ COMPLETED_AT CREATED_AT }}

interface DisplayableError {{ field: [String!] message: String! }}
interface Node {{ id: ID! }}
interface LegacyInteroperability {{ legacyResourceId: UnsignedInt64! }}
interface Event {{
  id: ID! action: String! appTitle: String attributeToApp: Boolean! attributeToUser: Boolean!
  createdAt: DateTime! criticalAlert: Boolean! message: FormattedString!
}}

type PageInfo {{ endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }}
type Count {{ count: Int! precision: CountPrecision! }}
type MoneyV2 {{ amount: Decimal! currencyCode: CurrencyCode! }}
type MoneyBag {{ presentmentMoney: MoneyV2! shopMoney: MoneyV2! }}
type AccessScope {{ description: String! handle: String! }}
type ShopPlan {{ partnerDevelopment: Boolean! publicDisplayName: String! shopifyPlus: Boolean! }}
type SelectedOption {{ name: String! value: String! }}
type TaxonomyCategory implements Node {{ id: ID! fullName: String! name: String! }}
type CustomerEmailAddress {{ emailAddress: String! }}
type CustomerPhoneNumber {{ phoneNumber: String! }}
type TaxLine {{ priceSet: MoneyBag! rate: Float ratePercentage: Float title: String! }}

type AppInstallation implements Node {{ id: ID! accessScopes: [AccessScope!]! }}
type Shop implements Node {{
  id: ID! name: String! email: String! myshopifyDomain: String! currencyCode: CurrencyCode! ianaTimezone: String!
  createdAt: DateTime! updatedAt: DateTime! enabledPresentmentCurrencies: [CurrencyCode!]! plan: ShopPlan! taxesIncluded: Boolean!
}}
type MailingAddress implements Node {{
  id: ID! firstName: String lastName: String name: String address1: String address2: String city: String province: String
  zip: String country: String countryCodeV2: CountryCode phone: String company: String
}}

type Product implements LegacyInteroperability & Node {{
  id: ID! legacyResourceId: UnsignedInt64! title: String! handle: String! description(truncateAt: Int): String!
  descriptionHtml: HTML! status: ProductStatus! vendor: String! productType: String! category: TaxonomyCategory tags: [String!]!
  createdAt: DateTime! updatedAt: DateTime! publishedAt: DateTime totalInventory: Int! tracksInventory: Boolean!
  hasOnlyDefaultVariant: Boolean! isGiftCard: Boolean! variantsCount: Count
  variants({_PAGING}, reverse: Boolean = false, sortKey: ProductVariantSortKeys = POSITION): ProductVariantConnection!
}}
type ProductVariant implements LegacyInteroperability & Node {{
  id: ID! legacyResourceId: UnsignedInt64! title: String! displayName: String! sku: String barcode: String price: Money!
  compareAtPrice: Money inventoryQuantity: Int position: Int! createdAt: DateTime! updatedAt: DateTime!
  availableForSale: Boolean! taxable: Boolean! selectedOptions: [SelectedOption!]! inventoryItem: InventoryItem! product: Product!
}}
type InventoryQuantity implements Node {{ id: ID! name: String! quantity: Int! updatedAt: DateTime }}
type InventoryLevel implements Node {{
  id: ID! createdAt: DateTime! updatedAt: DateTime! isActive: Boolean! item: InventoryItem! location: Location!
  quantities(names: [String!]!): [InventoryQuantity!]!
}}
type InventoryItem implements LegacyInteroperability & Node {{
  id: ID! legacyResourceId: UnsignedInt64! sku: String tracked: Boolean! requiresShipping: Boolean! duplicateSkuCount: Int!
  createdAt: DateTime! updatedAt: DateTime! locationsCount: Count
  inventoryLevel(includeInactive: Boolean = false, locationId: ID!): InventoryLevel
  inventoryLevels({_PAGING}, includeInactive: Boolean = false, query: String, reverse: Boolean = false): InventoryLevelConnection!
  variant: ProductVariant! @deprecated(reason: "Use `variants` instead.")
  variants({_PAGING}): ProductVariantConnection
}}
type Location implements LegacyInteroperability & Node {{
  id: ID! legacyResourceId: UnsignedInt64! name: String! isActive: Boolean! shipsInventory: Boolean!
  fulfillsOnlineOrders: Boolean! createdAt: DateTime! updatedAt: DateTime!
  inventoryLevels({_PAGING}, includeInactive: Boolean = false, query: String, reverse: Boolean = false): InventoryLevelConnection!
}}

type LineItem implements Node {{
  id: ID! title: String! name: String! variantTitle: String sku: String vendor: String quantity: Int! currentQuantity: Int!
  refundableQuantity: Int! unfulfilledQuantity: Int! taxable: Boolean! requiresShipping: Boolean! isGiftCard: Boolean!
  originalUnitPriceSet: MoneyBag! originalTotalSet: MoneyBag! discountedUnitPriceSet: MoneyBag! totalDiscountSet: MoneyBag!
  discountedTotalSet(withCodeDiscounts: Boolean = false): MoneyBag!
  taxLines(first: Int): [TaxLine!]! product: Product variant: ProductVariant
}}
type Refund implements LegacyInteroperability & Node {{
  id: ID! legacyResourceId: UnsignedInt64! note: String createdAt: DateTime updatedAt: DateTime! processedAt: DateTime!
  totalRefundedSet: MoneyBag!
}}
type Order implements LegacyInteroperability & Node {{
  id: ID! legacyResourceId: UnsignedInt64! name: String! number: Int! email: String phone: String note: String tags: [String!]!
  createdAt: DateTime! updatedAt: DateTime! processedAt: DateTime! cancelledAt: DateTime closedAt: DateTime closed: Boolean!
  cancelReason: OrderCancelReason confirmed: Boolean! test: Boolean! edited: Boolean! taxesIncluded: Boolean!
  currencyCode: CurrencyCode! presentmentCurrencyCode: CurrencyCode! fullyPaid: Boolean! unpaid: Boolean!
  displayFinancialStatus: OrderDisplayFinancialStatus displayFulfillmentStatus: OrderDisplayFulfillmentStatus!
  subtotalPriceSet: MoneyBag totalPriceSet: MoneyBag! totalTaxSet: MoneyBag totalShippingPriceSet: MoneyBag!
  totalDiscountsSet: MoneyBag totalRefundedSet: MoneyBag! totalReceivedSet: MoneyBag! netPaymentSet: MoneyBag!
  currentSubtotalPriceSet: MoneyBag! currentTotalPriceSet: MoneyBag! currentTotalTaxSet: MoneyBag! currentTotalDiscountsSet: MoneyBag!
  currentSubtotalLineItemsQuantity: Int! subtotalLineItemsQuantity: Int!
  customer: Customer shippingAddress: MailingAddress billingAddress: MailingAddress
  lineItems({_PAGING}, reverse: Boolean = false): LineItemConnection!
  refunds(first: Int): [Refund!]!
}}
type Customer implements LegacyInteroperability & Node {{
  id: ID! legacyResourceId: UnsignedInt64! firstName: String lastName: String displayName: String! state: CustomerState!
  email: String @deprecated(reason: "Use `defaultEmailAddress.emailAddress` instead.")
  phone: String @deprecated(reason: "Use `defaultPhoneNumber.phoneNumber` instead.")
  defaultEmailAddress: CustomerEmailAddress defaultPhoneNumber: CustomerPhoneNumber defaultAddress: MailingAddress
  numberOfOrders: UnsignedInt64! amountSpent: MoneyV2! createdAt: DateTime! updatedAt: DateTime! note: String tags: [String!]!
  locale: String! verifiedEmail: Boolean! taxExempt: Boolean!
}}
type BasicEvent implements Event & Node {{
  id: ID! action: String! appTitle: String attributeToApp: Boolean! attributeToUser: Boolean! author: String
  createdAt: DateTime! criticalAlert: Boolean! message: FormattedString! subjectId: ID! subjectType: EventSubjectType!
}}

type BulkOperation implements Node {{
  id: ID! status: BulkOperationStatus! type: BulkOperationType! query: String! errorCode: BulkOperationErrorCode
  createdAt: DateTime! completedAt: DateTime objectCount: UnsignedInt64! rootObjectCount: UnsignedInt64! fileSize: UnsignedInt64
  url: URL partialDataUrl: URL
}}
type BulkOperationUserError implements DisplayableError {{ code: BulkOperationUserErrorCode field: [String!] message: String! }}
type BulkOperationRunQueryPayload {{ bulkOperation: BulkOperation userErrors: [BulkOperationUserError!]! }}
type UserError implements DisplayableError {{ field: [String!] message: String! }}
type BulkOperationCancelPayload {{ bulkOperation: BulkOperation userErrors: [UserError!]! }}

type Mutation {{
  bulkOperationRunQuery(groupObjects: Boolean! = false, query: String!): BulkOperationRunQueryPayload
  bulkOperationCancel(id: ID!): BulkOperationCancelPayload
}}
type QueryRoot {{
  shop: Shop!
  currentAppInstallation: AppInstallation!
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  product(id: ID!): Product
  order(id: ID!): Order
  customer(id: ID!): Customer
  inventoryItem(id: ID!): InventoryItem
  location(id: ID): Location
  products({_PAGING}, query: String, reverse: Boolean = false, sortKey: ProductSortKeys = ID): ProductConnection!
  productVariants({_PAGING}, query: String, reverse: Boolean = false, sortKey: ProductVariantSortKeys = ID): ProductVariantConnection!
  inventoryItems({_PAGING}, query: String, reverse: Boolean = false): InventoryItemConnection!
  orders({_PAGING}, query: String, reverse: Boolean = false, sortKey: OrderSortKeys = PROCESSED_AT): OrderConnection!
  customers({_PAGING}, query: String, reverse: Boolean = false, sortKey: CustomerSortKeys = ID): CustomerConnection!
  locations({_PAGING}, includeInactive: Boolean = false, query: String, reverse: Boolean = false, sortKey: LocationSortKeys = NAME):
    LocationConnection!
  events({_PAGING}, query: String, reverse: Boolean = false, sortKey: EventSortKeys = ID): EventConnection
  bulkOperation(id: ID!): BulkOperation
  bulkOperations({_PAGING}, query: String, reverse: Boolean = false, sortKey: BulkOperationsSortKeys = CREATED_AT):
    BulkOperationConnection!
  productVariantsCount(limit: Int = 10000, query: String): Count
  productsCount(limit: Int = 10000, query: String): Count
  ordersCount(limit: Int = 10000, query: String): Count
  customersCount(limit: Int = 10000, query: String): Count
}}
"""


def admin_schema() -> GraphQLSchema:
    """The schema; rows are dicts that carry `__typename` where an interface is asked for."""
    connections = "".join(
        f"type {name}Connection {{ edges: [{name}Edge!]! nodes: [{name}!]! pageInfo: PageInfo! }}\n"
        f"type {name}Edge {{ cursor: String! node: {name}! }}\n"
        for name in _CONNECTED
    )
    return build_schema(_SDL + connections)


SCHEMA = admin_schema()
