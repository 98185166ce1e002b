"""Pages are fetched ahead of who writes them: in order, a bounded number, errors in their place, and nothing stays behind."""

from __future__ import annotations

import threading

import pytest

from tasks.ahead import Ahead
from tests.servers import until


def waiting_threads():
    return [thread for thread in threading.enumerate() if thread.name == "ahead"]


def test_items_come_in_order_and_an_error_comes_after_those_before_it():
    def source():
        yield from (1, 2, 3)
        raise RuntimeError("the shop went away")

    seen = []
    with pytest.raises(RuntimeError, match="went away"):
        seen.extend(Ahead(source(), most=10))
    assert seen == [1, 2, 3]


def test_what_is_fetched_ahead_is_bounded_by_its_weight():
    asked = []

    def source():
        for number in range(100):
            asked.append(number)
            yield number

    ahead = Ahead(source(), weigh=lambda item: 10, most=30)
    until("three that wait", lambda: len(asked) == 3)
    assert next(iter(ahead)) == 0
    until("one more", lambda: len(asked) == 4)
    ahead.close()


def test_what_is_at_hand_is_given_and_nothing_is_waited_for():
    gate, begun = threading.Event(), threading.Event()

    def source():
        yield "first"
        begun.set()
        gate.wait()
        raise RuntimeError("late")

    ahead = Ahead(source(), most=10)
    begun.wait()
    assert ahead.at_hand() == "first"
    assert ahead.at_hand() is None
    gate.set()
    until("its end", lambda: not waiting_threads())
    assert ahead.at_hand() is None, "the error comes when it is its turn"
    with pytest.raises(RuntimeError, match="late"):
        next(iter(ahead))


def test_a_walk_that_is_cut_short_leaves_no_thread_behind():
    gate = threading.Event()

    def source():
        yield 1
        gate.wait()
        yield 2

    inner = Ahead(source(), most=10)
    outer = Ahead(iter(inner), most=10)
    assert next(iter(outer)) == 1
    outer.close()
    inner.close()
    gate.set()
    until("both threads to end", lambda: not waiting_threads())
