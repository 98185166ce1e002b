"""The verbs. What a script, the console and the HTTP API call; importing it starts nothing.

from tasks import sync, wait
job_id = sync("store1", "orders", requested_by="ana")
print(wait(job_id).verdict)
"""

from db.engine import DatabaseAway
from db.job_state import JobState, Verdict, WrongState
from tasks import catalog
from tasks.actions import add_store, cancel, change_store, platforms, retry, secret_names, streams
from tasks.alerts import recent_alerts, silence_alert
from tasks.bad_request import BadRequest
from tasks.channels import add_channel, channels, drop_channel, enable_channel, test_channel
from tasks.connection_test import test_connection
from tasks.ledger import Requested
from tasks.reconcile import reconcile
from tasks.sync import sync
from tasks.tokens import actor_of_token, add_token, revoke_token
from tasks.users import add_user, create_product_for_user
from tasks.views import JobView, NoSuchJob, Status, job, status, wait
from tasks.worker import test_worker

__all__ = [
    "BadRequest",
    "DatabaseAway",
    "JobState",
    "JobView",
    "NoSuchJob",
    "Requested",
    "Status",
    "Verdict",
    "WrongState",
    "actor_of_token",
    "add_channel",
    "add_store",
    "add_token",
    "add_user",
    "cancel",
    "catalog",
    "change_store",
    "channels",
    "create_product_for_user",
    "drop_channel",
    "enable_channel",
    "job",
    "platforms",
    "recent_alerts",
    "reconcile",
    "retry",
    "revoke_token",
    "secret_names",
    "silence_alert",
    "status",
    "streams",
    "sync",
    "test_channel",
    "test_connection",
    "test_worker",
    "wait",
]  # fmt: skip
