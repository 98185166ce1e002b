"""Every GraphQL document against Shopify's whole schema, and no field in it that Shopify is going to remove."""

import gzip
import json

import pytest
from graphql import build_client_schema, parse, validate
from graphql.validation import NoDeprecatedCustomRule

from integrations import shopify_bulk_queries, shopify_queries
from integrations.sandbox.shopify.bulk_rules import broken_rule

DOCUMENTS = {
    name: text
    for module in (shopify_queries, shopify_bulk_queries)
    for name, text in vars(module).items()
    if name.isupper() and not name.startswith("_") and not name.endswith("_FIELDS")
}
SEARCH = "status:active,draft AND updated_at:<'2026-11-22T10:00:01Z'"
BULK = {
    (stream, with_products, with_customers): shopify_bulk_queries.bulk_query(
        stream, SEARCH, with_products=with_products, with_customers=with_customers
    )
    for stream in ("products", "orders", "inventory", "customers")
    for with_products in (True, False)
    for with_customers in (True, False)
}


@pytest.fixture(scope="module")
def schema(contracts):
    with gzip.open(contracts / "shopify/admin_2026-10.json.gz") as file:
        return build_client_schema(json.load(file)["data"], assume_valid=True)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_and_asks_for_nothing_deprecated(schema, name):
    document = parse(DOCUMENTS[name])
    assert [str(error) for error in validate(schema, document)] == []
    assert [str(error) for error in validate(schema, document, [NoDeprecatedCustomRule])] == []


@pytest.mark.parametrize("question", BULK, ids=str)
def test_a_bulk_query_is_valid_and_keeps_the_rules_of_bulk_queries(schema, question):
    document = parse(BULK[question])
    assert [str(error) for error in validate(schema, document)] == []
    assert [str(error) for error in validate(schema, document, [NoDeprecatedCustomRule])] == []
    assert broken_rule(document) == ""
    assert ("product { id }" in BULK[question]) == (question[1] and question[0] in ("orders", "inventory"))
    assert ("customer { id }" in BULK[question]) == (question[2] and question[0] == "orders")


def test_the_check_would_find_a_deprecated_and_an_unknown_field(schema):
    assert validate(schema, parse("{ shop { domains { id } } }"), [NoDeprecatedCustomRule])
    assert validate(schema, parse("{ shop { nonsense } }"))


def test_all_documents_are_looked_at():
    assert len(DOCUMENTS) == 21
