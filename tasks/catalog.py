"""The list of jobs: a module named here is known to every consumer, console and script."""

from tasks import alerts, channels, connection_test, reconcile, schedules, sync, users, worker

MODULES = (alerts, channels, sync, reconcile, users, worker, connection_test, schedules)
