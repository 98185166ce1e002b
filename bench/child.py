"""What a measured child process tells of itself: seconds, CPU seconds and peak memory, as one line of JSON."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def measured(**also: Any) -> Iterator[dict[str, Any]]:
    """Time the block; `also` and what the block adds to the dict are printed beside."""
    told: dict[str, Any] = dict(also)
    used, began = _cpu_s(), time.perf_counter()
    yield told
    told["seconds"] = time.perf_counter() - began
    told["cpu_s"] = _cpu_s() - used
    told["peak_mb"] = peak_bytes() / 1e6
    print(json.dumps(told), flush=True)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_bytes() -> int:
    """The most memory that this process has held (VmHWM)."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def resident_bytes() -> int:
    """What it holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
