"""eBay's groups: told once, wherever their SKUs stand in the list, and never at the cost of a SKU."""

from urllib.parse import unquote

import pytest

from integrations.connector import Window
from integrations.ebay import Ebay
from integrations.ebay_lists import EbayLists
from integrations.ebay_products import EbayProducts
from integrations.errors import NotThere, PaginationNotAdvancing, Unavailable
from integrations.sandbox import ShopSpec, running
from tests.integrations.ebay_seller import NOW, Seller, connector

BASE = "http://127.0.0.1:1"


class Catalog:
    """Items (SKU → its groups) and groups (key → its SKUs), as the Inventory API tells them; `refusals` are SKUs of no bulk call."""

    def __init__(self, items: dict[str, list[str]], groups: dict[str, list[str]], refusals: tuple[str, ...] = ()) -> None:
        self.items, self.groups, self.refusals = items, groups, refusals
        self.products = EbayProducts("store1: eBay", self.get, self.post, EbayLists("store1: eBay", BASE, self.get, lambda: NOW))

    def item(self, sku: str) -> dict:
        keys = self.items[sku]
        return {"sku": sku, **({"inventoryItemGroupKeys": keys, "groupIds": keys} if keys else {})}

    def get(self, path, params):
        kind, _, name = path.removeprefix("/sell/inventory/v1/").partition("/")
        name = unquote(name)
        if kind == "inventory_item" and name in self.items:
            return self.item(name)
        if kind == "inventory_item_group" and name in self.groups:
            return {"title": name, "variantSKUs": self.groups[name]}
        raise NotThere("no such thing")

    def post(self, path, body):
        skus = [request["sku"] for request in body["requests"]]
        if set(skus) & set(self.refusals):
            raise NotThere("one of them is gone")
        found = [{"sku": sku, "statusCode": 200, "inventoryItem": self.item(sku)} for sku in skus if sku in self.items]
        return {"responses": found + [{"sku": sku, "statusCode": 404} for sku in skus if sku not in self.items]}

    def pages(self, *pages: str) -> list[tuple[str, list[str]]]:
        """The products of pages of SKUs, each as its id and its variants' SKUs."""
        rows = [row for page in pages for row in self.products.of_page([self.item(sku) for sku in page.split()])]
        return [(row["id"], [item["sku"] for item in row["items"]]) for row in rows]


@pytest.mark.parametrize(
    ("items", "groups", "pages", "told"),
    [
        ({"A": [], "B": []}, {}, ["A", "B"], [("A", ["A"]), ("B", ["B"])]),
        ({"A": ["G"], "B": ["G"], "C": []}, {"G": ["B", "A"]}, ["A C", "B"], [("C", ["C"]), ("group:G", ["B", "A"])]),
        ({"A": ["G"], "B": ["G"]}, {"G": ["gone", "B", "A"]}, ["A", "B"], [("group:G", ["B", "A"])]),
        ({"A": ["G"]}, {}, ["A"], [("A", ["A"])]),
        ({"A": ["G"], "B": ["G"]}, {"G": ["A"]}, ["A B"], [("group:G", ["A"]), ("B", ["B"])]),
        ({"A": ["H", "G"], "B": ["H"]}, {"G": ["A"], "H": ["A", "B"]}, ["A", "B"], [("group:G", ["A"]), ("group:H", ["B"])]),
    ],
    ids=["alone", "over two pages", "first SKU gone", "group gone", "group without the SKU", "in two groups"],
)
def test_every_sku_is_told_in_one_product(items, groups, pages, told):
    assert Catalog(items, groups).pages(*pages) == told


def test_a_bulk_call_that_is_refused_for_one_sku_is_made_one_by_one():
    catalog = Catalog({"A": ["G"], "B": ["G"]}, {"G": ["A", "gone", "B"]}, refusals=("gone",))
    assert catalog.pages("A B") == [("group:G", ["A", "B"])]


def test_a_member_that_cannot_be_read_now_is_not_left_out():
    catalog = Catalog({"A": ["G"]}, {"G": ["A"]})
    catalog.post = lambda path, body: {"responses": [{"sku": "A", "statusCode": 500}]}
    products = EbayProducts("store1: eBay", catalog.get, catalog.post, EbayLists("store1: eBay", BASE, catalog.get, lambda: NOW))
    with pytest.raises(Unavailable):
        products.of_page([catalog.item("A")])


def test_the_offers_of_another_sku_are_not_taken(web):
    web.will_answer({"total": 1, "inventoryItems": [{"sku": "A"}]}, {"total": 1, "offers": [{"sku": "B"}]})
    with pytest.raises(PaginationNotAdvancing):
        connector(web.address).fetch_page("products", Window(None, NOW), None)


def test_a_variant_is_no_product(monkeypatch):
    with running(ShopSpec(platform="ebay", name="lab", size=12, orders=0, customers=5, big_variants=30)) as sandbox:
        ebay = connector(Seller(sandbox))
        assert ebay.fetch_row("products", "Q00003-1") is None
        assert ebay.fetch_row("products", "group:Q00003-1") is None
        assert ebay.fetch_row("products", "") is None
        monkeypatch.setattr(Ebay, "page_size", 7)
        told = [row["id"] for page in _pages(ebay) for row in page.rows]
        assert len(told) == len(set(told)) == sandbox.shop("ebay", "lab").counts()["products"]


def test_what_is_gone_is_told_with_its_evidence():
    items = {"A": [], "B": ["G"], "C": ["H"], "group:x": []}
    catalog = Catalog(items, {"G": ["B"], "H": ["C"], "E": ["gone"]})
    gone = catalog.products.missing(["A", "sku:group:x", "B", "gone", "group:G", "group:E", "group:none"])
    assert set(gone) == {"B", "gone", "group:E", "group:none"}
    assert "group G now" in gone["B"]
    assert "no such group" in gone["group:none"]


def test_an_entry_of_a_bulk_call_that_failed_is_no_evidence():
    catalog = Catalog({}, {})
    catalog.post = lambda path, body: {"responses": [{"sku": "A", "statusCode": 400, "errors": [{"errorId": 25709}]}]}
    products = EbayProducts("store1: eBay", catalog.get, catalog.post, EbayLists("store1: eBay", BASE, catalog.get, lambda: NOW))
    with pytest.raises(Unavailable):
        products.missing(["A"])


def test_a_sku_that_a_bulk_answer_is_silent_about_is_not_gone():
    catalog = Catalog({"A": [], "B": []}, {})
    catalog.post = lambda path, body: {"responses": [{"sku": "A", "statusCode": 200, "inventoryItem": catalog.item("A")}]}
    products = EbayProducts("store1: eBay", catalog.get, catalog.post, EbayLists("store1: eBay", BASE, catalog.get, lambda: NOW))
    with pytest.raises(Unavailable, match="said nothing of 1 of 2 SKUs"):
        products.missing(["A", "B"])


def test_orders_are_never_gone_but_items_and_stock_are():
    with running(ShopSpec(platform="ebay", name="lab", size=12, orders=5, customers=5, big_variants=3)) as sandbox:
        seller = Seller(sandbox)
        ebay = connector(seller)
        products, orders = seller.shop.ids("products"), seller.shop.ids("orders")
        levels = [one.record.external_id for page in ebay.pages("inventory", Window(None, NOW)) for one in page.records]
        assert (ebay.missing("products", products), ebay.missing("inventory", levels[:25])) == ({}, {})
        seller.shop.delete("products", products[1])
        seller.shop.delete("orders", orders[0])
        assert set(ebay.missing("products", products)) == {products[1]}
        assert set(ebay.missing("inventory", ["Q00001-0@", "Q00000-0@", "Q00000-0@WH-HAMBURG"])) == {"Q00001-0@", "Q00000-0@"}
        assert ebay.missing("orders", orders) == {}


def _pages(ebay: Ebay):
    cursor, has_more = None, True
    while has_more:
        page = ebay.fetch_page("products", Window(None, NOW), cursor)
        yield page
        cursor, has_more = page.cursor, page.has_more
