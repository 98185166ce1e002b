"""Products for people: the verb that asks for one, and the job that makes it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from db import audit, jobs, refs, users
from db.engine import begin, reading
from settings import settings
from tasks.bad_request import BadRequest
from tasks.endings import JobFailed
from tasks.ledger import Requested, job, submit
from tasks.run import Run

CATEGORIES = ("Electronics", "Clothing", "Home & Garden", "Books", "Toys", "Sports", "Beauty", "Food")
PRICE_CENTS = (1_000, 100_000)  # 10.00 to 1000.00
QUANTITY = (1, 100)


def create_product_for_user(
    user_id: int, *, requested_by: str, metadata: Mapping[str, Any] | None = None, idempotency_key: str | None = None
) -> Requested:
    """Ask for a product to be made for a person; the job's id.

    Raises: BadRequest, DatabaseAway.
    """
    with reading(fresh=True) as conn:
        if users.get(conn, user_id) is None:
            raise BadRequest("user_id", f"There is no user {user_id}. Users are listed on the page Users.")
    return submit(
        "create_product_for_user", {"user_id": user_id}, requested_by=requested_by, metadata=metadata or {}, idempotency_key=idempotency_key, priority=20
    )  # fmt: skip


def add_user(name: str, email: str | None = None, *, by: str) -> int:
    """Write a person down; the number.

    Raises: BadRequest, DatabaseAway.
    """
    name, email = name.strip(), (email or "").strip() or None
    if not name or len(name) > 255:
        raise BadRequest("name", "A name has 1 to 255 characters.")
    if email is not None and (len(email) > 255 or email.count("@") != 1 or not all(email.split("@")) or any(c.isspace() for c in email)):
        raise BadRequest("email", f"{email!r} is not an e-mail address such as ana@example.com.")
    with begin() as conn:
        user_id = users.add(conn, name=name, email=email)
        audit.write(conn, person=by, action="add_user", target=f"user:{user_id}", detail={"name": name})
    return user_id


@job(name="create_product_for_user", queue="users", attempts=4, retry_delay_s=settings().create_product_retry_delay_s)
def make_product(run: Run, user_id: int) -> None:
    """A product for a person: price and quantity at random, once, however often the job is tried."""
    chance = random.Random(run.id)  # noqa: S311  # made-up goods; a repeated attempt makes the same product
    with run.page() as conn:
        user = users.get(conn, user_id)
        if user is None:
            raise JobFailed(f"User {user_id} does not exist any more.", hint="Choose another user.", reason_code="config", may_retry=False)
        product: dict[str, Any] = {
            "name": f"Product for {user['name']}",
            "description": f"Made for {user['name']} <{user['email'] or 'no e-mail'}> (user {user_id}) at {jobs.clock(conn):%Y-%m-%d %H:%M:%S} UTC.",
            "price": Decimal(chance.randint(*PRICE_CENTS)) / 100,
            "quantity": chance.randint(*QUANTITY),
            "category": chance.choice(CATEGORIES),
        }
        product_id = users.add_product(conn, user_id=user_id, job_id=run.id, **product)
        refs.note(conn, run.id, [("product", str(product_id))])
        run.succeed(conn, {**product, "product_id": product_id, "user_id": user_id, "price": f"{product['price']:.2f}"})
