"""A scheduler that looks a hundred times a second: `python tests/faults/looking.py` until it is killed."""

from __future__ import annotations

import sys
import time

from tasks import schedules

if __name__ == "__main__":
    sys.stdout.write("looking\n")
    sys.stdout.flush()
    while True:
        schedules.look()
        time.sleep(0.01)  # SQLite has one writer at a time; the others want a turn
