"""The orders and customers of a sandbox shop, each made from its number alone, some of them awkward on purpose."""

from __future__ import annotations

from decimal import Decimal

from integrations.sandbox.chance import mix, pick
from integrations.sandbox.goods import Goods
from integrations.sandbox.model import Customer, Line, Order, Repayment, rounded

FIRST_NAMES = ("Ana", "Bo", "Chidi", "Dara", "Émile", "Fatima", "Goran", "Hye-jin", "Ines", "Jürgen", "Zoë", "李")
LAST_NAMES = ("Müller", "O'Neill", "Nguyen", "García", "Öztürk", "Smith", "van der Berg", "Ødegård", "小林")
COUNTRIES = ("DE", "US", "GB", "FR", "JP", "KW", "AU")
DAY = 86_400

MANY_LINES = 2
YEN, DINAR, GUEST, TRASHED, REFUNDED, PARTLY_REFUNDED, PENNY_OFF, TENTHS, CANCELLED, EMOJI_NAME, GONE_PRODUCT, TEST = range(3, 15)
FIXED_STATUS = {TRASHED: "trashed", REFUNDED: "completed", PARTLY_REFUNDED: "completed", CANCELLED: "cancelled", MANY_LINES: "completed"}


class Trade:
    """Makes the orders and customers of one shop."""

    def __init__(self, seed: int, goods: Goods, *, currency: str, products: int, customers: int, foreign_currencies: bool) -> None:
        self._seed = seed
        self._goods = goods
        self._currency = currency
        self._products = products
        self._customers = customers
        self._foreign_currencies = foreign_currencies

    def customer(self, number: int, status: str, created: int, updated: int) -> Customer:
        """Customer `number`."""
        roll = mix(self._seed, 6, number)
        return Customer(
            number=number,
            email=None if number == 4 else f"customer{number}@example.com",
            first_name="🦊" if number == 3 else pick(FIRST_NAMES, roll),
            last_name=pick(LAST_NAMES, roll >> 8),
            phone=f"+4930{roll % 10**7:07d}",
            role="administrator" if number == 0 else "subscriber" if roll % 40 == 0 else "customer",
            country=pick(COUNTRIES, roll >> 16),
            created=created,
            updated=None if roll % 15 == 0 or number == 0 else updated,
            status=status,
        )

    def order(self, number: int, status: str, created: int, updated: int) -> Order:
        """Order `number`, whole."""
        roll = mix(self._seed, 7, number)
        currency = {YEN: "JPY", DINAR: "KWD"}.get(number, self._currency) if self._foreign_currencies else self._currency
        status = FIXED_STATUS.get(number, status)
        lines = [self._line(number, line, currency) for line in range(300 if number == MANY_LINES else 1 + roll % 5)]
        if number == TENTHS:
            lines = [self._plain_line(0, "0.10"), self._plain_line(1, "0.20")]
        if number == PENNY_OFF:
            lines.append(self._plain_line(len(lines), "-0.01"))
        if number == GONE_PRODUCT:
            lines[0].product, lines[0].title = None, "No longer sold"
        is_guest = number == GUEST or roll % 6 == 0 or not self._customers
        buyer = mix(self._seed, 8, number) % max(self._customers, 1)
        person = self.customer(buyer, "enabled", 0, 0)
        order = Order(
            number=number,
            status=status,
            payment="paid" if status in {"open", "completed", "trashed"} else "voided" if status == "cancelled" else "pending",
            fulfillment="fulfilled" if status == "completed" else "unfulfilled",
            currency=currency,
            created=created,
            updated=updated,
            lines=lines,
            shipping=rounded(Decimal("4.90"), currency) if roll % 3 else rounded(Decimal(0), currency),
            customer=None if is_guest else buyer,
            email=f"guest{number % 50}@example.com" if is_guest else person.email or "",
            first_name="👩‍🚀" if number == EMOJI_NAME else person.first_name,
            last_name=person.last_name,
            country=person.country,
            is_test=number == TEST,
        )
        self._tell_its_story(order)
        return order

    def _tell_its_story(self, order: Order) -> None:
        if order.payment == "paid":
            order.paid = order.created
        if order.status == "completed":
            order.completed = min(order.created + DAY, order.updated)
        if order.status == "cancelled":
            order.cancelled = order.updated
        roll = mix(self._seed, 9, order.number) % 100
        if order.payment != "paid" or order.number == MANY_LINES:
            return
        if order.number == REFUNDED or roll < 3:
            refund(order, order.total, "Sent back", order.updated)
        elif order.number == PARTLY_REFUNDED or roll < 8:
            refund(order, rounded(order.total / 3, order.currency), "", order.updated)

    def _line(self, order: int, line: int, currency: str) -> Line:
        roll = mix(self._seed, 10, order, line)
        product = roll % max(self._products, 1)
        variant = (roll >> 20) % self._goods.variant_count(product)
        unit_price = rounded(Decimal(self._goods.cents(product, variant)) / 100, currency)
        quantity = 1 + (roll >> 40) % 3
        discount = rounded(unit_price * quantity / 10, currency) if roll % 8 == 0 else rounded(Decimal(0), currency)
        return Line(
            number=line,
            title=self._goods.title(product),
            quantity=quantity,
            unit_price=unit_price,
            product=product,
            variant=variant,
            sku=self._goods.sku(product, variant),
            discount=discount,
            tax=rounded((unit_price * quantity - discount) * Decimal("0.19"), currency),
        )

    @staticmethod
    def _plain_line(number: int, price: str) -> Line:
        return Line(number=number, title="Adjustment", quantity=1, unit_price=Decimal(price))


def refund(order: Order, amount: Decimal, reason: str, at: int) -> Repayment:
    """Give back `amount` of `order`; one that leaves nothing makes it refunded and takes all its lines back."""
    repayment = Repayment(number=len(order.refunds), amount=amount, reason=reason, at=at)
    order.refunds.append(repayment)
    is_whole = order.refunded >= order.total
    order.payment = "refunded" if is_whole else "partially_refunded"
    for line in order.lines:
        line.removed = line.quantity if is_whole else line.removed
    return repayment
