"""The query arguments of wc/v3's lists, and what WordPress says about values that do not fit (rest_validate_value_from_schema)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.sandbox.woocommerce.refusal import Refusal, not_built

DATE_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}(?::\d{2})?)?$")
TRUE, FALSE = {"1", "true", "TRUE", "True"}, {"0", "false", "FALSE", "False", ""}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `is_built` is False where the sandbox would not do what WooCommerce does with it."""

    kind: str  # integer, string, boolean, date, choice, choices or integers
    default: Any = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    is_built: bool = True


def _paging(orderby: tuple[str, ...], *, by: str = "date", order: str = "desc") -> dict[str, Argument]:
    return {
        "context": Argument("choice", "view", ("view", "edit")),
        "page": Argument("integer", 1, minimum=1),
        "per_page": Argument("integer", 10, minimum=1, maximum=100),
        "search": Argument("string", is_built=False),
        "exclude": Argument("integers", ()),
        "include": Argument("integers", ()),
        "offset": Argument("integer"),
        "order": Argument("choice", order, ("asc", "desc")),
        "orderby": Argument("choice", by, orderby),
    }


_DATES = {
    **{name: Argument("date") for name in ("after", "before", "modified_after", "modified_before")},
    "dates_are_gmt": Argument("boolean", False),
}
_POSTS = ("date", "id", "include", "title", "slug", "modified")
_RANKS = ("popularity", "rating", "post__in", "price", "sales", "menu_order", "random", "popularity", "rating", "menu_order", "price")
_UNBUILT = ("parent", "parent_exclude", "slug", "include_meta", "exclude_meta")
_STATES = ("any", "future", "trash", "draft", "pending", "private", "publish")
_FILTERS = (
    "featured",
    "category",
    "tag",
    "shipping_class",
    "attribute",
    "attribute_term",
    "on_sale",
    "min_price",
    "max_price",
    "search_sku",
)

PRODUCTS = {
    **_paging((*_POSTS, *_RANKS, "popularity", "rating")),
    **_DATES,
    **{name: Argument("string", is_built=False) for name in (*_UNBUILT, *_FILTERS)},
    "status": Argument("choice", "any", _STATES),
    "type": Argument("choice", None, ("simple", "grouped", "external", "variable")),
    "sku": Argument("string"),
    "stock_status": Argument("choice", None, ("instock", "outofstock", "onbackorder"), is_built=False),
}
VARIATIONS = {
    **_paging((*_POSTS, "menu_order")),
    **_DATES,
    **{name: Argument("string", is_built=False) for name in (*_UNBUILT, "on_sale", "min_price", "max_price", "has_price", "attributes")},
    "status": Argument("choice", "any", _STATES),
    "sku": Argument("string"),
    "stock_status": Argument("choice", None, ("instock", "outofstock", "onbackorder"), is_built=False),
}
_ORDER_STATES = (
    "any", "trash", "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft",
)  # fmt: skip
ORDERS = {
    **_paging(_POSTS),
    **_DATES,
    **{name: Argument("string", is_built=False) for name in ("parent", "parent_exclude", "product", "include_meta", "exclude_meta")},
    "status": Argument("choices", ("any",), _ORDER_STATES),
    "customer": Argument("integer"),
    "dp": Argument("integer", 2),
    "order_item_display_meta": Argument("boolean", False),
}
ORDER = {"context": Argument("choice", "view", ("view", "edit")), "dp": Argument("integer", 2)}
REFUNDS = {**_paging(_POSTS), **_DATES, "dp": Argument("integer", 2)}
CUSTOMERS = {
    **_paging(("id", "include", "name", "registered_date"), by="name", order="asc"),
    "email": Argument("string"),
    "role": Argument(
        "choice",
        "customer",
        ("all", "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager"),
    ),
}
ANY = {"context": Argument("choice", "view", ("view", "edit"))}


def read(arguments: Mapping[str, Argument], params: Mapping[str, str]) -> dict[str, Any]:
    """The values of `params`, defaults filled in; names that WooCommerce does not know are ignored, as it does.

    Raises: Refusal, naming every value that does not fit.
    """
    given = {name.removesuffix("[]"): value for name, value in params.items()}
    values: dict[str, Any] = {}
    wrong: dict[str, dict[str, Any]] = {}
    for name, argument in arguments.items():
        if name not in given:
            values[name] = argument.default
            continue
        try:
            values[name] = _value(name, given[name], argument)
        except _Unfit as unfit:
            wrong[name] = {"code": unfit.code, "message": str(unfit), "data": unfit.extra}
        if not argument.is_built:
            raise not_built(name)
    if wrong:
        messages = {name: found["message"] for name, found in wrong.items()}
        raise Refusal(400, "rest_invalid_param", f"Invalid parameter(s): {', '.join(wrong)}", params=messages, details=wrong)
    return values


class _Unfit(Exception):
    def __init__(self, code: str, message: str, extra: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.extra = code, extra


def _value(name: str, text: str, argument: Argument) -> Any:
    if argument.kind == "integer":
        return _integer(name, text, argument)
    if argument.kind == "integers":
        words = [word for word in re.split(r"[\s,]+", text) if word]
        return tuple(_integer(f"{name}[{place}]", word, Argument("integer")) for place, word in enumerate(words))
    if argument.kind == "boolean":
        if text not in TRUE | FALSE:
            raise _Unfit("rest_invalid_type", f"{name} is not of type boolean.", {"param": name})
        return text in TRUE
    if argument.kind == "date":
        return _date(text)
    if argument.kind == "choice":
        return _choice(name, text, argument)
    if argument.kind == "choices":
        words = [word for word in re.split(r"[\s,]+", text) if word]
        return tuple(_choice(f"{name}[{place}]", word, argument) for place, word in enumerate(words)) or argument.default
    return text


def _integer(name: str, text: str, argument: Argument) -> int:
    if not re.fullmatch(r"[+-]?\d+(\.0*)?", text.strip()):
        raise _Unfit("rest_invalid_type", f"{name} is not of type integer.", {"param": name})
    number, low, high = int(float(text)), argument.minimum, argument.maximum
    if low is not None and high is not None and not low <= number <= high:
        raise _Unfit("rest_out_of_bounds", f"{name} must be between {low} (inclusive) and {high} (inclusive)")
    if low is not None and number < low:
        raise _Unfit("rest_out_of_bounds", f"{name} must be greater than or equal to {low}")
    return number


def _choice(name: str, text: str, argument: Argument) -> str:
    if text in argument.choices:
        return text
    *most, last = argument.choices
    listed = f"{most[0]} and {last}" if len(most) == 1 else f"{', '.join(most)}, and {last}"
    raise _Unfit("rest_not_in_enum", f"{name} is not one of {listed}.")


def _date(text: str) -> datetime:
    if DATE_TIME.match(text):
        try:
            return datetime.fromisoformat(text.upper().replace("Z", "+00:00")).replace(microsecond=0)
        except ValueError:
            pass
    raise _Unfit("rest_invalid_date", "Invalid date.")
