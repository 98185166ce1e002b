"""The list of jobs: a module named here is known to every consumer, console and script."""

from tasks import (
    alerts,
    bulk,
    channels,
    connection_test,
    dry_run,
    fan_out,
    housekeeping,
    reconcile,
    recount,
    rejected,
    schedules,
    sync,
    users,
    worker,
)

MODULES = (
    alerts,
    bulk,
    channels,
    sync,
    dry_run,
    reconcile,
    recount,
    rejected,
    users,
    worker,
    connection_test,
    fan_out,
    housekeeping,
    schedules,
)
