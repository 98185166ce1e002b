"""/metrics for Prometheus: facts of the whole installation, not of this process, so that any console may be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import anyio
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.api.caller import caller
from console.api.kept import Kept
from console.parts import consumer_state
from db import measures
from db.engine import DatabaseAway
from db.job_state import QUEUES
from db.measures import Measures
from settings import VERSION, settings
from tasks import broker
from tasks.metrics import budgets

_THREADS = anyio.CapacityLimiter(1)
_FRESH_S = 2.0
Samples = Iterable[tuple[tuple[str, ...], float]]


def gauge(name: str, about: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    """A family of gauges; `samples` are (values of the labels, value)."""
    family = GaugeMetricFamily(f"quayside_{name}", about, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


class Installation(Collector):
    """Reads the facts at each collection. While the database is away it says that, and nothing that could be taken for a zero."""

    def collect(self) -> Iterator[Metric]:
        """See Collector."""
        yield gauge("build_info", "Version of this console", ("version",), [((VERSION,), 1)])
        try:
            facts = measures.gather()
        except DatabaseAway:
            facts = None
        up = {"database": facts is not None, "broker": broker.is_up()}
        yield gauge("up", "1 while that part answers", ("part",), (((part,), is_up) for part, is_up in up.items()))
        if facts is not None:
            yield from _queues(facts)
            yield from _streams(facts)
            yield from _machinery(facts)
        yield from _budgets()


def _queues(facts: Measures) -> Iterator[Metric]:
    for state, about in (
        ("waiting", "Jobs that are due and wait for a worker"),
        ("delayed", "Jobs that are due later"),
        ("running", "Jobs that run"),
    ):
        yield gauge(f"queue_{state}", about, ("queue",), (((row["queue"],), row[state]) for row in facts.queues))
    oldest = (((row["queue"],), row["oldest_wait_s"] or 0.0) for row in facts.queues)
    yield gauge("queue_oldest_wait_seconds", "How long the oldest due job has waited; 0 when none waits", ("queue",), oldest)
    paused = (((queue,), bool({queue, "*"} & facts.paused_queues)) for queue in QUEUES)
    yield gauge("queue_paused", "1 while the queue, or the whole, is paused", ("queue",), paused)
    labels = ("queue", "state", "verdict")
    ended = [((row["queue"], row["state"], row["verdict"]), row) for row in facts.finished]
    yield gauge("jobs_finished_last_hour", "Jobs that ended within the last hour", labels, ((of, row["jobs"]) for of, row in ended))
    ran = ((of, row["ran_s"]) for of, row in ended)
    yield gauge("jobs_ran_seconds_last_hour", "Seconds from first start to end of those jobs, in all", labels, ran)


def _streams(facts: Measures) -> Iterator[Metric]:
    labels = ("store", "platform", "stream")
    rows = [((row["store"], row["platform"], row["stream"]), row) for row in facts.streams]
    ages = ((of, float(row["age_s"])) for of, row in rows if row["age_s"] is not None)
    yield gauge("stream_age_seconds", "Since the last sync that proved itself complete; absent before the first", labels, ages)
    failed = ((of, row["failed_in_a_row"]) for of, row in rows)
    yield gauge("stream_failed_in_a_row", "Syncs that failed since the last good one", labels, failed)
    counts = (((*of, kind), row[kind]) for of, row in rows for kind in ("live", "deleted", "rejected"))
    yield gauge("stream_records", "Records that are live, deleted, or kept aside", (*labels, "kind"), counts)
    paused = (((row["store"], row["platform"]), row["is_paused"]) for row in facts.stores)
    yield gauge("store_paused", "1 while the store is paused", ("store", "platform"), paused)


def _machinery(facts: Measures) -> Iterator[Metric]:
    here = consumer_state.present(facts.consumers)
    states = Counter(consumer_state.state(one) for one in here)
    yield gauge("consumers", "Consumers by state", ("state",), (((state,), states[state]) for state in ("alive", "late", "lost")))
    up = [one for one in here if consumer_state.state(one) != "lost"]
    yield gauge("workers", "Jobs that can run at once", (), [((), sum(one["workers"] for one in up))])
    yield gauge(
        "consumers_memory_bytes", "Resident memory of the living consumers", (), [((), sum(one["memory_bytes"] or 0 for one in up))]
    )
    lags = facts.replicas
    yield gauge("replica_up", "1 while the replica answers", ("replica",), (((at,), lag is not None) for at, lag in lags.items()))
    behind = (((at,), lag) for at, lag in lags.items() if lag is not None)
    yield gauge("replica_lag_seconds", "How far the replica is behind the primary", ("replica",), behind)
    opened = (((row["rule"], row["severity"]), row["alerts"]) for row in facts.alerts)
    yield gauge("alerts_open", "Alerts that last", ("rule", "severity"), opened)


def _budgets() -> Iterator[Metric]:
    labels = ("platform", "store", "budget")
    rows = [((each.platform, each.store, each.name), each) for each in budgets()]
    yield gauge("budget_available", "Calls or points that the platform would take now", labels, ((of, each.available) for of, each in rows))
    yield gauge("budget_capacity", "The most of them at once", labels, ((of, each.capacity) for of, each in rows))
    yield gauge("budget_rate_per_second", "How fast they come back", labels, ((of, each.rate_per_s) for of, each in rows))
    yield gauge("budget_held_seconds", "How long the platform asked us to wait still", labels, ((of, each.held_s) for of, each in rows))


def routes() -> list[BaseRoute]:
    """/metrics; the text is gathered once in two seconds at most, however many ask."""
    registry = CollectorRegistry()
    registry.register(Installation())
    kept = Kept(_FRESH_S)

    async def metrics(request: Request) -> Response:
        if not settings().metrics_open:
            await caller(request)  # every role may read
        text = await kept.get(lambda: generate_latest(registry), _THREADS)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics)]
