"""Keeps what was measured (var/bench/*.json) and writes bench/RESULTS.md of it: each part with its own date, sizes and load."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.stage import PEERS, ROOT

_KEPT = ROOT / "var/bench"
_PARTS = ("sync", "queue", "console", "pages", "api", "fairness")


@dataclass(slots=True)
class Target:
    """A ratio or a number that PERFORMANCE asks for; `at_least` False where it is a ceiling."""

    what: str
    is_now: float
    wanted: float
    at_least: bool = True
    unit: str = "×"
    note: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether it is."""
        return self.is_now >= self.wanted if self.at_least else self.is_now <= self.wanted


@dataclass(slots=True)
class Part:
    """What one of the benchmarks found: tables of numbers, and the targets beside them."""

    name: str
    title: str
    told: str  # sizes, rounds, what was interleaved
    tables: list[tuple[str, list[str], list[list[Any]]]] = field(default_factory=list)  # caption, heads, rows
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_quick: bool = False
    at: str = ""
    load: str = ""

    def keep(self) -> None:
        """Save it, and write RESULTS.md anew."""
        self.at = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        self.load = " / ".join(f"{value:.1f}" for value in os.getloadavg())
        _KEPT.mkdir(parents=True, exist_ok=True)
        (_KEPT / f"{self.name}.json").write_text(json.dumps(asdict(self), indent=1))
        write()


def _load(path: Path) -> Part:
    told = json.loads(path.read_text())
    told["targets"] = [Target(**each) for each in told["targets"]]
    return Part(**told)


def _number(value: Any) -> str:
    if not isinstance(value, int | float):
        return str(value)
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return lines + ["| " + " | ".join(_number(cell) for cell in row) + " |" for row in rows]


def _machine() -> list[str]:
    cpu = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?"
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024**2
    ours = subprocess.run([sys.executable, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True).stdout
    peers = subprocess.run([PEERS, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True).stdout
    wanted_ours, wanted_peers = ("huey", "SQLAlchemy", "PyMySQL", "redis", "requests"), ("dlt", "celery", "rq", "huey")
    programs = []
    for command in (["mariadbd", "--version"], ["redis-server", "--version"]):
        try:
            programs.append(
                subprocess.run(
                    command, capture_output=True, text=True, env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
                ).stdout.strip()[:60]
            )
        except FileNotFoundError:
            continue
    return [
        f"- {os.cpu_count()} cores, {cpu}, {memory} GiB, {platform.system()} {platform.release()}, Python {platform.python_version()}",
        "- " + ", ".join(line for line in ours.splitlines() if line.partition("==")[0] in wanted_ours),
        "- peers: " + ", ".join(line for line in peers.splitlines() if line.partition("==")[0] in wanted_peers),
        *(f"- {program}" for program in programs),
    ]


def write() -> None:
    """bench/RESULTS.md from what is kept."""
    parts = [_load(_KEPT / f"{name}.json") for name in _PARTS if (_KEPT / f"{name}.json").exists()]
    lines = [
        "# What was measured", "",
        "Written by `scripts/bench` (all of it, full size: `scripts/bench all --million`). Contestants of one table took turns (ABAB…) in one run; numbers",
        "are medians of the rounds. On a shared machine absolute numbers mean little: read the ratios, which are of the same run.", "",
        *_machine(), "",
    ]  # fmt: skip
    for part in parts:
        size = "**quick sizes**" if part.is_quick else "full sizes"
        lines += [f"## {part.title}", "", f"{part.told} Measured {part.at}, {size}, load average {part.load}.", ""]
        if part.targets:
            rows = [
                [
                    target.what,
                    f"{_number(target.is_now)} {target.unit}",
                    f"{'≥' if target.at_least else '≤'} {_number(target.wanted)} {target.unit}",
                    "reached"
                    if target.is_reached
                    else f"**{target.is_now / target.wanted:.0%} of it**"
                    if target.at_least
                    else "**missed**",
                    target.note,
                ]
                for target in part.targets
            ]
            lines += [*_table(["target", "measured", "wanted", "", ""], rows), ""]
        for caption, heads, cells in part.tables:
            lines += [f"### {caption}", "", *_table(heads, cells), ""]
        lines += [*(f"- {note}" for note in part.notes), ""] if part.notes else []
    lines.append((ROOT / "bench/READING.md").read_text())
    (ROOT / "bench/RESULTS.md").write_text("\n".join(lines).rstrip() + "\n")
