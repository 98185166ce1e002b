"""The sandbox's WooCommerce answers, held against what a live WooCommerce 9.5.1 answered."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest

from tests.sandbox.conftest import WooShop, contract

# Places where the live answers themselves are not what their schema says (checked below, each of them).
SCHEMA_IS_WRONG = {"shipping_class_id", "image.id", "nominal_amount"}


def schema_of(name: str) -> dict[str, Any]:
    """The recorded schema, its WordPress types told in JSON Schema's; null is allowed where the recorded answers have it."""
    found = json.loads(contract(f"woocommerce/{name}.options.json").read_text())["routes"]["schema"]
    return _translated(copy.deepcopy(found))


def _translated(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = {"date-time": ["string", "null"], "bool": ["boolean"], "integer": ["integer", "null"], "object": ["object", "null"]}
    kind = schema.get("type")
    if kind == "mixed":
        schema.pop("type")
    elif isinstance(kind, str):
        schema["type"] = kinds.get(kind, [kind])
    for name, part in schema.get("properties", {}).items():
        if name == "shipping_class_id" or (name == "id" and "src" in schema["properties"]) or name in {"parent_name", "store_id"}:
            part.pop("type", None)
        part.pop("format", None)
        part.pop("enum", None) if name == "status" else None  # the list of states leaves out trash, which GET gives
        schema["properties"][name] = _translated(part)
    if "items" in schema:
        schema["items"] = _translated(schema["items"])
    return schema


def recorded(name: str) -> Any:
    return json.loads(contract("woocommerce/recorded_examples.json").read_text())[name]


def kinds(value: Any) -> Any:
    """The shape of a JSON value: its fields and their types; numbers are one type, as in JSON."""
    if isinstance(value, dict):
        return {name: kinds(part) for name, part in value.items() if name != "_links"}
    if isinstance(value, list):
        return "list"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


CASES = [("products", "products"), ("product_variations", "products/103/variations"), ("orders", "orders"), ("customers", "customers")]


@pytest.mark.parametrize(("name", "path"), [*CASES, ("order_refunds", "orders/2000007/refunds")])
def test_every_row_fits_the_schema_of_the_live_shop(berlin: WooShop, name: str, path: str) -> None:
    rows = berlin.get(path, per_page=100, **({"role": "all"} if name == "customers" else {})).json()
    schema = schema_of(name)
    assert rows
    for row in rows:
        jsonschema.validate(row, schema)


def test_the_recorded_rows_fit_the_translated_schemas_too() -> None:
    for name, example in (("products", "products"), ("product_variations", "variations"), ("orders", "orders"), ("customers", "customers")):
        for row in recorded(example)["body"]:
            jsonschema.validate(row, schema_of(name))


@pytest.mark.parametrize(
    ("example", "path", "ours"), [("products", "products", 0), ("variations", "products/103/variations", 0), ("orders", "orders", 0)]
)
def test_rows_have_exactly_the_fields_of_the_recorded_ones(berlin: WooShop, example: str, path: str, ours: int) -> None:
    wanted, found = recorded(example)["body"][0], berlin.get(path).json()[ours]
    assert list(found) == list(wanted)


def test_fields_of_a_simple_product_have_the_recorded_types(berlin: WooShop) -> None:
    wanted = kinds(recorded("products")["body"][1])
    managed = next(row for row in berlin.get("products", type="simple", per_page=100).json() if row["manage_stock"])
    assert kinds(managed) == wanted


def test_fields_of_an_order_line_have_the_recorded_types(berlin: WooShop) -> None:
    wanted = kinds(recorded("orders")["body"][0]["line_items"][0])
    lines = [line for row in berlin.get("orders", per_page=100).json() for line in row["line_items"]]
    plain = next(line for line in lines if line["parent_name"] is None)
    assert kinds(plain) == wanted
    assert all(isinstance(line["price"], int | float) and isinstance(line["total"], str) for line in lines)


def test_customers_have_the_recorded_fields(berlin: WooShop) -> None:
    wanted = recorded("customers")["body"][1]
    found = berlin.get("customers").json()[0]
    assert list(found) == list(wanted)
    assert set(found["billing"]) == set(wanted["billing"])
    assert set(found["shipping"]) == set(wanted["shipping"])


def test_headers_are_the_recorded_ones(berlin: WooShop) -> None:
    headers = berlin.get("products", per_page=2).headers
    for name in recorded("products")["headers"]:
        assert name in headers
    assert headers["Content-Type"] == recorded("products")["headers"]["Content-Type"]
    assert headers["X-WP-TotalPages"] == str(-(-int(headers["X-WP-Total"]) // 2))


@pytest.mark.parametrize(
    ("example", "path", "params"),
    [
        ("err_per_page", "products", {"per_page": 101}),
        ("err_not_found", "products/99", {}),
        ("err_no_route", "nonsense", {}),
    ],
)
def test_errors_are_the_recorded_ones(berlin: WooShop, example: str, path: str, params: dict[str, Any]) -> None:
    answer = berlin.get(path, **params)
    assert answer.status_code == recorded(example)["status"]
    assert answer.json() == recorded(example)["body"]


def test_a_status_that_there_is_not_is_refused_like_the_recorded_one(berlin: WooShop) -> None:
    wanted = recorded("err_bad_enum")["body"]
    found = berlin.get("orders", status="bogus").json()
    assert (found["code"], found["message"]) == (wanted["code"], wanted["message"])
    assert found["data"]["details"]["status"]["code"] == wanted["data"]["details"]["status"]["code"]


def test_unknown_parameters_are_ignored(berlin: WooShop) -> None:
    assert berlin.get("customers", modified_after="nonsense", whatever="1").status_code == 200


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"page": "0"}, "page must be greater than or equal to 1"),
        ({"page": "x"}, "page is not of type integer."),
        ({"order": "up"}, "order is not one of asc and desc."),
        ({"modified_after": "2026-11-22"}, "Invalid date."),
        ({"dates_are_gmt": "maybe"}, "dates_are_gmt is not of type boolean."),
        ({"include": "1,x"}, "include[1] is not of type integer."),
    ],
)
def test_values_that_do_not_fit_are_refused(berlin: WooShop, params: dict[str, str], message: str) -> None:
    answer = berlin.get("products", **params)
    assert answer.status_code == 400
    assert list(answer.json()["data"]["params"].values()) == [message]


def test_a_parameter_that_is_not_built_is_an_error_and_not_a_wrong_list(berlin: WooShop) -> None:
    assert berlin.get("products", search="tea").status_code == 501


def test_the_shop_tells_its_version_and_currency(berlin: WooShop) -> None:
    status = berlin.get("system_status").json()
    assert (status["environment"]["version"], status["settings"]["currency"]) == ("9.5.1", "EUR")
    settings = {row["id"]: row["value"] for row in berlin.get("settings/general").json()}
    assert settings["woocommerce_currency"] == "EUR"
