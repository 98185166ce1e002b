"""Taking turns: buckets that fill with time, shared by whoever shares the store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import RateLimited
from integrations.throttle import Budget, MemoryBudgets


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def budget(clock, store, **facts):
    return Budget(**{"store": store, "key": "acme", "capacity": 5, "rate_per_s": 2, "sleep": clock.sleep, **facts})


def test_a_full_bucket_lets_a_burst_through_and_then_keeps_the_rate(clock):
    turns = budget(clock, MemoryBudgets(clock))
    for _ in range(25):
        turns.wait_for(1, "acme")
    assert clock.now == pytest.approx(1000 + (25 - 5) / 2)


def test_a_long_line_gives_the_worker_back(clock):
    turns = budget(clock, MemoryBudgets(clock), capacity=1, rate_per_s=0.0056)
    turns.wait_for(1, "acme orders")
    with pytest.raises(RateLimited, match="acme orders") as caught:
        turns.wait_for(1, "acme orders")
    assert caught.value.retry_after_s == pytest.approx(1 / 0.0056)
    assert clock.now == 1000


def test_what_the_platform_says_of_its_bucket_outweighs_what_we_assumed(clock):
    store = MemoryBudgets(clock)
    assert store.take("shopify", 100, 2000, 100) == 0
    store.learn("shopify", 30, 1000, 50)
    assert store.take("shopify", 130, 2000, 100) == pytest.approx((130 - 30) / 50)
    clock.sleep(2)
    assert store.take("shopify", 130, 2000, 100) == 0


def test_a_held_bucket_lets_nobody_through_and_a_shorter_hold_changes_nothing(clock):
    store = MemoryBudgets(clock)
    store.hold("acme", 60)
    store.hold("acme", 5)
    assert store.take("acme", 1, 5, 2) == pytest.approx(60)
    assert store.take("other", 1, 5, 2) == 0
    clock.sleep(60)
    assert store.take("acme", 1, 5, 2) == 0


def test_a_query_dearer_than_the_bucket_goes_when_the_bucket_is_full(clock):
    store = MemoryBudgets(clock)
    assert store.take("acme", 999, 5, 2) == 0
    assert store.take("acme", 1, 5, 2) == pytest.approx(0.5)


@given(st.lists(st.tuples(st.floats(0.01, 20), st.floats(0, 5)), max_size=60), st.floats(1, 10), st.floats(0.1, 10))
def test_no_order_of_calls_gets_more_than_the_bucket_and_its_rate(calls, capacity, rate):
    clock = Clock()
    store = MemoryBudgets(clock)
    taken = 0.0
    for cost, pause in calls:
        if store.take("acme", cost, capacity, rate) == 0:
            taken += min(cost, capacity)
        clock.sleep(pause)
        assert taken <= capacity + (clock.now - 1000) * rate + 1e-6
