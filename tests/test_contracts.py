"""The walker itself: what it lets pass and what it must not."""

import json
from dataclasses import replace

import pytest

from tests.contracts import Contract, Spoken

DOCUMENT = {
    "paths": {
        "/shops/{shop_id}/rows": {
            "post": {
                "parameters": [
                    {"name": "page_size", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 100}},
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["ASC", "DESC"]}},
                    {"name": "x-token", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Asked"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Told"}}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "Asked": {"type": "object", "properties": {"status": {"type": "string", "enum": ["ALL"]}}},
            "Told": {"type": "object", "required": ["rows"], "properties": {"rows": {"type": "array", "items": {"type": "string"}}}},
        }
    },
}
GOOD = Spoken(
    "POST", "/shops/7/rows", (("page_size", "20"), ("sort", "ASC")),
    {"X-Token": "t", "content-type": "application/json"}, b'{"status":"ALL"}', 200, b'{"rows":["a"]}',
)  # fmt: skip


def test_a_call_and_an_answer_of_the_document_pass():
    Contract(DOCUMENT).check(GOOD)


@pytest.mark.parametrize(
    "change",
    [
        {"path": "/shop/7/rows"},
        {"path": "/shops/7/Rows"},
        {"method": "GET"},
        {"query": (("page_size", "20"), ("Sort", "ASC"))},
        {"query": (("page_size", "20"), ("sort", "asc"))},
        {"query": (("sort", "ASC"),)},
        {"query": (("page_size", "101"),)},
        {"query": (("page_size", "all"),)},
        {"headers": {"content-type": "application/json"}},
        {"headers": {"x-token": "t", "content-type": "text/plain"}},
        {"body": b'{"status":"all"}'},
        {"body": b'{"state":"ALL"}'},
        {"status": 201},
        {"answer": b'{"rows":[1]}'},
        {"answer": b'{"Rows":[]}'},
        {"answer": json.dumps({"rows": [], "total": 1}).encode()},
    ],
)
def test_a_wrong_name_case_enum_or_type_fails(change):
    with pytest.raises(AssertionError):
        Contract(DOCUMENT).check(replace(GOOD, **change))
