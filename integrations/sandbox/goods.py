"""The products of a sandbox shop, each made from its number alone, some of them awkward on purpose."""

from __future__ import annotations

from integrations.sandbox.chance import mix, pick
from integrations.sandbox.model import Product, Variant

VOCABULARY = {
    "outdoor": (
        ("Summit", "Ridge", "Fjord", "Glacier", "Pine", "Storm", "Trail", "Basecamp", "Larch", "Cairn"),
        ("Jacket", "Tent", "Backpack", "Sleeping Bag", "Headlamp", "Stove", "Boots", "Rope", "Bottle", "Gloves"),
        ("Shelter", "Clothing", "Packs", "Footwear", "Kitchen", "Climbing"),
        ("Northbound", "Karst & Co", "Alpenglow", "Tarn"),
    ),
    "tea": (
        ("First Flush", "Smoky", "Jade", "Golden", "Highland", "Rose", "Midnight", "Ceremonial", "Wild", "Aged"),
        ("Darjeeling", "Lapsang", "Sencha", "Oolong", "Assam", "Rooibos", "Matcha", "Pu-erh", "Mug", "Teapot"),
        ("Black", "Green", "Herbal", "Oolong", "Porcelain"),
        ("Berlin Tea House", "Kyoto Leaf", "Nilgiri Estates"),
    ),
}
SIZES = ("XS", "S", "M", "L", "XL", "XXL")

BIG = 3  # the product with very many variants
TITLES = {
    5: "🫖🏔️ Emoji Edition 👩‍👩‍👧‍👦",
    6: "شاي بالنعناع ‏(إصدار خاص)",
    7: "<script>alert(1)</script>",
    8: "Long " + "x" * 250,
    9: 'The "O\'Brien" 12½" \\ set; -- DROP',
    19: "Crème brûlée – naïve façade ﬁne e\u0301",
    20: " leading and trailing ",
}
SHARED_SKU = {13: "TWIN-1", 14: "TWIN-1", 15: "Case-SKU", 16: "case-sku"}
NO_SKU = {11: "", 12: None}
NEGATIVE = 10
BROKEN_PRICE = 17  # only where a platform lets plugins write prices
FREE = 18


class Goods:
    """Makes the products of one shop."""

    def __init__(self, seed: int, *, theme: str, locations: int, big_variants: int, has_broken_prices: bool) -> None:
        self._seed = seed
        self._words = VOCABULARY.get(theme, VOCABULARY["outdoor"])
        self._locations = locations
        self._big_variants = big_variants
        self._has_broken_prices = has_broken_prices

    def title(self, number: int) -> str:
        """The title of product `number`."""
        if number in TITLES:
            return TITLES[number]
        first, second, _, _ = self._words
        roll = mix(self._seed, 1, number)
        return f"{pick(first, roll)} {pick(second, roll >> 8)} {100 + (roll >> 16) % 900}"

    def variant_count(self, number: int) -> int:
        """How many variants product `number` has."""
        if number == BIG:
            return self._big_variants
        roll = mix(self._seed, 2, number) % 100
        return 1 if roll < 55 or number in SHARED_SKU or number in NO_SKU or number == BROKEN_PRICE else 2 + roll % 5

    def sku(self, number: int, variant: int) -> str | None:
        """The SKU of a variant; neither unique nor always there."""
        if number in NO_SKU:
            return NO_SKU[number]
        if number in SHARED_SKU:
            return SHARED_SKU[number]
        return f"Q{number:05d}-{variant}"

    def cents(self, number: int, variant: int) -> int:
        """The price of a variant in hundredths."""
        if number == FREE:
            return 0
        return 199 + mix(self._seed, 3, number) % 20_000 + 50 * variant

    def product(self, number: int, status: str, created: int, updated: int) -> Product:
        """Product `number`, whole."""
        roll = mix(self._seed, 4, number)
        _, _, categories, vendors = self._words
        count = self.variant_count(number)
        title = self.title(number)
        return Product(
            number=number,
            title=title,
            description=f"<p>{title}. Made for long days; packed on the quay.</p>",
            status=status,
            vendor=pick(vendors, roll),
            category=pick(categories, roll >> 8),
            tags=["new"] if roll % 7 == 0 else [],
            created=created,
            updated=updated,
            variants=[self._variant(number, variant, count, created, updated) for variant in range(count)],
        )

    def _variant(self, number: int, variant: int, count: int, created: int, updated: int) -> Variant:
        roll = mix(self._seed, 5, number, variant)
        cents = self.cents(number, variant)
        stock = [(roll >> (8 * place)) % 60 for place in range(self._locations)]
        if number == NEGATIVE:
            stock[0] = -7
        price = "abc" if number == BROKEN_PRICE and self._has_broken_prices else f"{cents // 100}.{cents % 100:02d}"
        title = "" if count == 1 else f"{pick(SIZES, variant)}{'' if variant < len(SIZES) else f' {variant // len(SIZES)}'}"
        return Variant(
            number=variant,
            title=title,
            sku=self.sku(number, variant),
            price=price,
            compare_at=f"{cents // 100 + 10}.00" if roll % 9 == 0 else None,
            barcode=f"40{roll % 10**11:011d}" if roll % 4 else None,
            is_tracked=roll % 23 != 0 or number == NEGATIVE,
            stock=stock,
            created=created,
            updated=updated,
            stock_updated=updated,
        )
