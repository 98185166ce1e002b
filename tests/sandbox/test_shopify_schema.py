"""The sandbox's part of Shopify's schema is a part of Shopify's schema."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from graphql import build_client_schema, is_enum_type, is_input_object_type, is_interface_type, is_object_type

from integrations.sandbox.shopify.schema import admin_schema
from tests.sandbox.conftest import contract

OURS = admin_schema()
NAMES = sorted(name for name in OURS.type_map if not name.startswith("__"))


@pytest.fixture(scope="session")
def whole() -> Any:
    content = json.loads(gzip.decompress(contract("shopify/admin_2026-10.json.gz").read_bytes()))
    return build_client_schema(content["data"], assume_valid=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_type_field_argument_and_value_is_shopifys(whole: Any, name: str) -> None:
    ours, theirs = OURS.type_map[name], whole.type_map.get(name)
    assert theirs is not None, f"Shopify has no type {name}"
    assert type(ours) is type(theirs)
    if is_enum_type(ours):
        assert set(ours.values) <= set(theirs.values)
    if is_object_type(ours):
        assert {one.name for one in ours.interfaces} <= {one.name for one in theirs.interfaces}
    if is_object_type(ours) or is_interface_type(ours) or is_input_object_type(ours):
        for field_name, field in ours.fields.items():
            assert field_name in theirs.fields, f"Shopify has no {name}.{field_name}"
            same = theirs.fields[field_name]
            assert str(field.type) == str(same.type), f"{name}.{field_name}"
            for argument_name, argument in getattr(field, "args", {}).items():
                other = same.args.get(argument_name)
                assert other is not None, f"Shopify has no {name}.{field_name}({argument_name}:)"
                assert (str(argument.type), argument.default_value) == (str(other.type), other.default_value)
            required = {one for one, other in getattr(same, "args", {}).items() if str(other.type).endswith("!")}
            assert required <= set(getattr(field, "args", {}))
