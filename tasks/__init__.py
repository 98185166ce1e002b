"""The verbs. What a script, the console and the HTTP API call; importing it starts nothing.

from tasks import sync, wait
job_id = sync("store1", "orders", requested_by="ana")
print(wait(job_id).verdict)
"""

from db.engine import DatabaseAway
from db.job_state import JobState, Verdict, WrongState
from tasks import catalog
from tasks.actions import add_store, cancel, change_store, note_export, platforms, retry, secret_names, streams
from tasks.alert_settings import change_alert_rule, list_alert_rules, reset_alert_rule, try_alert_rule
from tasks.alerts import recent_alerts, silence_alert
from tasks.bad_request import BadRequest
from tasks.bulk import preview_bulk, repeat_bulk, restore_bulk, start_bulk, stop_bulk
from tasks.channels import add_channel, channels, drop_channel, enable_channel, test_channel
from tasks.connection_test import test_connection
from tasks.deliveries import Deliveries, deliveries
from tasks.draining import drain, mark_lost, undrain
from tasks.emptying import empty_queue, preview_empty
from tasks.failures import (
    acknowledge_failures,
    assign_failures,
    mute_failures,
    note_failures,
    resolve_failures,
    unmute_failures,
)
from tasks.fan_out import backfill, sync_all
from tasks.housekeeping import purge
from tasks.hurrying import hurry
from tasks.ledger import Requested
from tasks.options import change_option, list_options, reset_option
from tasks.pausing import pause, pauses, resume
from tasks.quieting import quiet_hours, reset_quiet_hours, set_quiet_hours
from tasks.reconcile import reconcile
from tasks.recount import count_again
from tasks.rejected import retry_rejected
from tasks.saved_views import drop_view, save_view
from tasks.schedule_verbs import (
    disable_schedule,
    drop_schedule,
    enable_schedule,
    list_schedules,
    pause_schedule,
    put_schedule,
    reset_schedule,
    run_schedule_now,
)
from tasks.sync import sync
from tasks.tokens import actor_of_token, add_token, revoke_token
from tasks.users import add_user, create_product_for_user
from tasks.views import JobView, NoSuchJob, Status, job, status, wait
from tasks.watermarks import reset_watermark
from tasks.worker import test_worker

__all__ = [
    "BadRequest",
    "DatabaseAway",
    "Deliveries",
    "JobState",
    "JobView",
    "NoSuchJob",
    "Requested",
    "Status",
    "Verdict",
    "WrongState",
    "acknowledge_failures",
    "actor_of_token",
    "add_channel",
    "add_store",
    "add_token",
    "add_user",
    "assign_failures",
    "backfill",
    "cancel",
    "catalog",
    "change_alert_rule",
    "change_option",
    "change_store",
    "channels",
    "count_again",
    "create_product_for_user",
    "deliveries",
    "disable_schedule",
    "drain",
    "drop_channel",
    "drop_schedule",
    "drop_view",
    "empty_queue",
    "enable_channel",
    "enable_schedule",
    "hurry",
    "job",
    "list_alert_rules",
    "list_options",
    "list_schedules",
    "mark_lost",
    "mute_failures",
    "note_export",
    "note_failures",
    "pause",
    "pause_schedule",
    "pauses",
    "platforms",
    "preview_bulk",
    "preview_empty",
    "purge",
    "put_schedule",
    "quiet_hours",
    "recent_alerts",
    "reconcile",
    "repeat_bulk",
    "reset_alert_rule",
    "reset_option",
    "reset_quiet_hours",
    "reset_schedule",
    "reset_watermark",
    "resolve_failures",
    "restore_bulk",
    "resume",
    "retry",
    "retry_rejected",
    "revoke_token",
    "run_schedule_now",
    "save_view",
    "secret_names",
    "set_quiet_hours",
    "silence_alert",
    "start_bulk",
    "status",
    "stop_bulk",
    "streams",
    "sync",
    "sync_all",
    "test_channel",
    "test_connection",
    "test_worker",
    "try_alert_rule",
    "undrain",
    "unmute_failures",
    "wait",
]  # fmt: skip
