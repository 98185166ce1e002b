"""One budget for all workers: what Redis keeps behaves as the bucket in memory does."""

from __future__ import annotations

import threading

import pytest

from integrations.throttle import MemoryBudgets
from tasks import broker
from tasks.budgets import RedisBudgets
from tests.servers import until


@pytest.fixture(params=["memory", "redis"])
def budgets(request, clean):
    return MemoryBudgets() if request.param == "memory" else RedisBudgets(broker.client())


def test_a_full_bucket_gives_at_once_and_an_empty_one_says_how_long(budgets):
    assert [budgets.take("a", 1, 3, 2.0) for _ in range(3)] == [0, 0, 0]
    assert 0.3 < budgets.take("a", 1, 3, 2.0) <= 0.5
    assert budgets.take("b", 1, 3, 2.0) == 0, "another store's bucket"


def test_it_fills_again(budgets):
    for _ in range(2):
        budgets.take("a", 1, 2, 50.0)
    assert 0 < budgets.take("a", 1, 2, 50.0) <= 0.02
    until("a token", lambda: budgets.take("a", 1, 2, 50.0) == 0)


def test_what_the_platform_told_outweighs_what_we_thought(budgets):
    budgets.learn("a", 10, 2000, 100.0)
    assert 0.8 < budgets.take("a", 100, 40, 1.0) <= 0.9
    budgets.learn_rate("a", 2000, 10.0)
    assert 8 < budgets.take("a", 100, 40, 1.0) <= 9


def test_a_hold_holds_everybody_and_is_never_shortened(budgets):
    budgets.hold("a", 5)
    budgets.hold("a", 1)
    assert 4 < budgets.take("a", 1, 10, 10.0) <= 5


def test_a_cost_above_the_capacity_is_taken_from_a_full_bucket(budgets):
    assert budgets.take("a", 500, 100, 10.0) == 0
    assert budgets.take("a", 1, 100, 10.0) > 0


def test_many_workers_together_get_no_more_than_there_is(clean):
    budgets, taken = RedisBudgets(broker.client()), []

    def ask():
        for _ in range(20):
            if budgets.take("shared", 1, 25, 0.001) == 0:
                taken.append(1)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(taken) == 25
