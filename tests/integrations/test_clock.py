"""The platform's clock, as its answers let us know it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from integrations.clock import PlatformClock


def test_the_platforms_clock_is_known_to_a_fraction_of_a_second_after_some_answers():
    truth = timedelta(seconds=37.25)
    here = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
    clock = PlatformClock(now=lambda: here.timestamp())
    assert clock.time() is None
    for step in range(20):
        sent = here + timedelta(seconds=step * 1.37)
        made = sent + timedelta(seconds=0.05)
        clock.learn(
            format_datetime((made + truth).replace(microsecond=0), usegmt=True),
            sent.timestamp(),
            (sent + timedelta(seconds=0.1)).timestamp(),
        )
        if step == 0:
            assert abs(clock.time() - here - truth) < timedelta(seconds=0.6)
    assert abs(clock.time() - here - truth) < timedelta(seconds=0.15)


def test_a_platforms_clock_that_was_set_is_believed():
    clock = PlatformClock(now=lambda: 0.0)
    clock.learn("Thu, 01 Jan 1970 00:01:00 GMT", 0.0, 0.1)
    clock.learn("Thu, 01 Jan 1970 01:00:00 GMT", 0.0, 0.1)
    assert abs(clock.time().timestamp() - 3600) < 1
    clock.learn("no date", 0.0, 0.1)
    assert abs(clock.time().timestamp() - 3600) < 1
