"""What may be done to a schedule: run it now, pause it until a time, turn it off and on, change it, go back to the settings."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import available_timezones

import streamlit as st

from console import ops_loaders, sentences
from console.door import allow
from console.parts import confirm, dialogs, measures, notices, schedule_words, store_picker, streams
from console.parts.confirm import Deed, Said
from console.parts.guard import guard
from console.parts.plain import plain
from console.words import _, later
from db.history import STREAMS
from settings import settings
from tasks import BadRequest, cron, schedule_verbs
from tasks.roles import Actor, Role
from tasks.schedule_verbs import ScheduleView

ALL = "all"


def title(view: ScheduleView) -> str:
    """Orders, all stores."""
    what = _("Everything, in full") if view.stream == ALL else streams.title(view.stream)
    return f"{what} · {view.store_title or _('all stores')}"


def find(schedule_id: int) -> ScheduleView | None:
    """The schedule as it stands.

    Raises: DatabaseAway.
    """
    return next((view for view in ops_loaders.schedules(None, notices.has_just_written()) if view.id == schedule_id), None)


def _named(schedule_id: int) -> str:
    view = find(schedule_id)
    return f"**{plain(title(view))}**, {plain(schedule_words.said(view.words))}" if view else str(schedule_id)


def _target(schedule_id: int) -> str:
    return f"schedule:{schedule_id}"


def _run(by: Actor, said: Said, schedule_id: int) -> str:
    asked = schedule_verbs.run_schedule_now(schedule_id, by=by)
    new = sum(1 for job in asked if job.is_new)
    return measures.counted("{n} job requested.", "{n} jobs requested.", new) if new else _("Each of its jobs waits or runs already.")


def _pause(by: Actor, said: Said, schedule_id: int) -> str:
    if said.until is None:
        schedule_verbs.disable_schedule(schedule_id, by=by)
        return _("It is off until somebody turns it on.")
    schedule_verbs.pause_schedule(schedule_id, said.until.astimezone(UTC), by=by)
    return _("It pauses until {time}.").format(time=measures.short(said.until))


def _resume(by: Actor, said: Said, schedule_id: int) -> str:
    view = find(schedule_id)
    if view is not None and not view.is_enabled:
        schedule_verbs.enable_schedule(schedule_id, by=by)
    if view is not None and view.paused_until is not None:
        schedule_verbs.pause_schedule(schedule_id, None, by=by)
    return _("It goes on from its next time.")


def _reset(by: Actor, said: Said, schedule_id: int) -> str:
    schedule_verbs.reset_schedule(schedule_id, by=by)
    return _("It is as the settings say.")


confirm.declare(
    "run_schedule",
    Deed(title=later("Run it now?"), verb=later("Run now"), icon=":material/play_arrow:", role=Role.OPERATOR, act=_run, target=_target,
         effect=lambda schedule_id: [_named(schedule_id), _("Its jobs are asked for now, before scheduled work. Its next time stays.")]),
)  # fmt: skip
confirm.declare(
    "pause_schedule",
    Deed(title=later("Pause this schedule?"), verb=later("Pause"), icon=":material/pause_circle:", role=Role.OPERATOR, act=_pause, target=_target,
         lengths=("4h", "1h", "morning", "7d", "open"),
         effect=lambda schedule_id: [_named(schedule_id), _("Its times are left out until then, and not made up for.")]),
)  # fmt: skip
confirm.declare(
    "resume_schedule",
    Deed(title=later("Turn it on again?"), verb=later("Turn on"), icon=":material/play_circle:", role=Role.OPERATOR, act=_resume, target=_target,
         effect=lambda schedule_id: [_named(schedule_id), _("It goes on from its next time; what it left out is not made up for.")]),
)  # fmt: skip
confirm.declare(
    "reset_schedule",
    Deed(title=later("Back to the settings?"), verb=later("Go back"), icon=":material/settings_backup_restore:", role=Role.OPERATOR, act=_reset,
         target=_target, effect=lambda schedule_id: [_named(schedule_id), _("A store's own schedule is dropped, and the one for all stores applies again.")]),
)  # fmt: skip


@dialogs.opener("edit_schedule")
@dialogs.titled(later("Schedule"), icon=":material/calendar_month:", width=520)
def edit(schedule_id: int | None = None, store: str | None = None) -> None:
    """Change when a schedule is due; without a number, a new one for one store."""
    with guard(_("the schedule"), place="dialog"):
        view = find(schedule_id) if schedule_id is not None else None
        if view is None:
            chosen_store = store or store_picker.choose("schedule_store", placeholder=_("Choose a store"))
            stream = st.selectbox(_("Stream"), [*STREAMS, ALL], key="schedule_stream",
                                  format_func=lambda name: _("Everything, in full") if name == ALL else streams.title(name))  # fmt: skip
        else:
            chosen_store, stream = view.store, view.stream
            st.markdown(f"**{plain(title(view))}**")
        text = st.text_input(_("Cron"), value=view.cron if view else "*/30 * * * *", key=f"schedule_cron_{schedule_id}", max_chars=100, live="300ms")  # fmt: skip
        st.caption(_("Minute, hour, day, month, day of week: {cron} is every day at 03:30.").format(cron="`30 3 * * *`"))
        zones = sorted(available_timezones())
        here = view.time_zone if view else settings().schedule_time_zone
        zone = st.selectbox(_("Time zone"), zones, index=zones.index(here) if here in zones else 0, key=f"schedule_zone_{schedule_id}")
        may = _preview(text, zone)
        notices.problem("schedule")
        if view is not None and view.settings_say and view.settings_say != "off":
            st.caption(
                _("The settings say {cron}. What is changed here outweighs them, also after a new start.").format(
                    cron=f"`{view.settings_say}`"
                )
            )
        st.button(_("Save"), type="primary", width="stretch", key="schedule_save", on_click=_save, args=(stream, text, chosen_store, zone, view is None),
                  disabled=not may or (view is None and chosen_store is None))  # fmt: skip
    dialogs.give_way()


def _preview(text: str, zone: str) -> bool:
    """The words and the next three times of what is typed; whether it can be understood."""
    try:
        words, times = schedule_words.said(cron.in_words(text)), cron.next_times(text, zone, datetime.now(UTC))
    except BadRequest as error:
        st.caption(f":red[{plain(sentences.said(error))}]")
        return False
    st.caption(plain(f"{words} ({zone})"))
    st.caption(_("Next, in your time zone: {times}").format(times=plain(" · ".join(measures.short(time) for time in times))))
    return True


def _save(stream: str, text: str, store: str | None, zone: str, is_new: bool) -> None:
    def verb() -> str:
        by = allow(Role.OPERATOR, action="put_schedule", target=f"store:{store}" if store else "schedules")
        schedule_verbs.put_schedule(stream, text, store=store, time_zone=zone, by=by)
        dialogs.go("app_pages/schedules.py")
        return _("The schedule is set.") if is_new else _("Saved.")

    notices.attempt(verb, place="schedule")
