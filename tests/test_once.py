"""What a process makes once is made once, also by threads that come at the same moment."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from db.once import once


def test_threads_that_come_at_once_get_the_same():
    start, made = threading.Barrier(16), []

    @once
    def thing():
        made.append(time.sleep(0.02))
        return object()

    def ask(_):
        start.wait()
        return thing()

    with ThreadPoolExecutor(16) as pool:
        got = set(pool.map(ask, range(16)))
    assert (len(got), len(made)) == (1, 1)


def test_what_failed_is_made_at_the_next_call():
    answers = [OSError("no"), "made"]

    @once
    def thing():
        match answers.pop(0):
            case Exception() as error:
                raise error
            case answer:
                return answer

    with pytest.raises(OSError, match="no"):
        thing()
    assert not thing.is_made
    assert (thing(), thing.is_made) == ("made", True)


def test_after_forgetting_it_is_made_anew():
    numbers = iter(range(3))

    @once
    def thing():
        return next(numbers)

    first = thing()
    thing.forget()
    assert (first, thing(), thing()) == (0, 1, 1)


def test_a_worker_that_is_forked_while_it_is_made_does_not_wait_for_ever():
    parent, begun, go_on = os.getpid(), threading.Event(), threading.Event()

    @once
    def thing():
        if os.getpid() == parent:
            begun.set()
            go_on.wait(30)
        return os.getpid()

    maker = threading.Thread(target=thing)
    maker.start()
    assert begun.wait(30)
    child = os.fork()
    if not child:
        signal.alarm(10)  # ends a child that waits for a thread which it does not have
        os._exit(0 if thing() == os.getpid() else 1)
    _child, status = os.waitpid(child, 0)
    go_on.set()
    maker.join()
    assert status == 0
    assert thing() == parent
