"""Test connection: who answers, how far the clocks are apart, what may be read."""

from __future__ import annotations

import pytest

import tasks
from integrations import CONNECTORS
from tests.shops import open_store
from tests.sync.test_faithful import finish


def told_of(store, work):
    """What a tried connection found out."""
    return finish(tasks.test_connection(store.name, requested_by="ana"), work).result


@pytest.mark.parametrize("platform", sorted(CONNECTORS))
def test_the_clock_difference_is_the_clocks_alone(work, platform):
    with open_store(platform, size=5, orders=5, customers=2) as store:
        assert abs(told_of(store, work)["clock_difference_s"]) < 5
