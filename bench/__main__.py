"""The command line: `python -m bench [sync|queue|console|pages|api|fairness|all] [--quick] [--million]`."""

from __future__ import annotations

import argparse
from importlib import import_module

PARTS = ("sync", "queue", "console", "pages", "api", "fairness")


def main() -> None:
    """Measure what was asked for; bench/RESULTS.md is written anew after each part."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures Quayside beside raw limits and peers; see bench/RESULTS.md."
    )
    parser.add_argument("part", nargs="?", choices=(*PARTS, "all", "report"), default="all")
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds")
    parser.add_argument("--million", action="store_true", help="sync 1,000,000 records too, on both databases")
    asked = parser.parse_args()
    if asked.part == "report":
        import_module("bench.results").write()
    for part in PARTS if asked.part == "all" else (asked.part,) if asked.part != "report" else ():
        import_module(f"bench.{part}_bench").measure(quick=asked.quick, million=asked.million)


if __name__ == "__main__":
    main()
