"""Every GraphQL document against Shopify's whole schema, and no field in it that Shopify is going to remove."""

import gzip
import json

import pytest
from graphql import build_client_schema, parse, validate
from graphql.validation import NoDeprecatedCustomRule

from integrations import shopify_queries

DOCUMENTS = {name: text for name, text in vars(shopify_queries).items() if name.isupper() and not name.startswith("_")}


@pytest.fixture(scope="module")
def schema(contracts):
    with gzip.open(contracts / "shopify/admin_2026-10.json.gz") as file:
        return build_client_schema(json.load(file)["data"], assume_valid=True)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_and_asks_for_nothing_deprecated(schema, name):
    document = parse(DOCUMENTS[name])
    assert [str(error) for error in validate(schema, document)] == []
    assert [str(error) for error in validate(schema, document, [NoDeprecatedCustomRule])] == []


def test_the_check_would_find_a_deprecated_and_an_unknown_field(schema):
    assert validate(schema, parse("{ shop { domains { id } } }"), [NoDeprecatedCustomRule])
    assert validate(schema, parse("{ shop { nonsense } }"))


def test_all_documents_are_looked_at():
    assert len(DOCUMENTS) == 14
