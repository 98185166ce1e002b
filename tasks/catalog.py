"""The list of jobs: a module named here is known to every consumer, console and script."""

from tasks import sync, users, worker

MODULES = (sync, users, worker)
