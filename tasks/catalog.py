"""The list of jobs: a module named here is known to every consumer, console and script."""

from tasks import connection_test, reconcile, schedules, sync, users, worker

MODULES = (sync, reconcile, users, worker, connection_test, schedules)
