"""What stores cost each other: a manual sync beside a backfill of a million records, and everybody beside a store that is throttled."""

from __future__ import annotations

import sys

from bench import stage
from bench.results import Part, Target
from settings import Settings


def measure(*, quick: bool, million: bool) -> None:
    """Both, into bench/RESULTS.md."""
    sizes = {
        "BENCH_RECORDS": "100000" if quick else "1000000",
        "BENCH_ASKED": "4" if quick else "8",
        "BENCH_PAIRS": "10" if quick else "80",
    }
    throttled = stage.child([sys.executable, "-m", "bench.fair_queue", "throttled"], sizes)
    waits = stage.child([sys.executable, "-m", "bench.fair_queue", "waits"], sizes)
    slice_s = Settings().slice_s
    asked = [name for name in ("same store", "other store") if name in waits]
    Part(
        name="fairness", title="What stores cost each other", is_quick=quick,
        told=f"SQLite, a private Redis, consumers with processes. One worker and a backfill of {waits['backfill_records']:,} records ({waits['read_meanwhile']:,} read "
        f"meanwhile), a slice is {slice_s:g} s; then {throttled['workers']} workers, two steady stores and one whose platform says \"try again in a second\" each "
        f"time, {throttled['pairs']} pairs (ABBA) of {throttled['syncs']} syncs.",
        tables=[
            ("Seconds from a manual request to its start, beside the backfill", ["", "median", "longest", "asked"],
             [[f"from the {name}", waits[name]["median_s"], waits[name]["most_s"], waits[name]["asked"]] for name in asked]),
            (f"Seconds for {throttled['syncs']} syncs of the steady stores", ["alone", "beside a throttled store", "median of the ratios", "standard error"],
             [[throttled["alone_s"], throttled["beside_s"], throttled["ratio"], throttled["error"]]]),
        ],
        targets=[
            Target("a manual sync beside a backfill waits", max(waits[name]["most_s"] for name in asked), slice_s + 5, at_least=False, unit="s",
                   note="a slice, and what is left of its page"),
            Target("others beside a throttled store take", throttled["ratio"], 1.05, at_least=False, note=f"± {throttled['error']:.3f}, the standard error"),
        ],
    ).keep()  # fmt: skip
