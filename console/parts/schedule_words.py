"""When a schedule is due, in the person's language."""

from __future__ import annotations

from babel.dates import get_day_names

from console.words import _, later, locale
from tasks.cron import Words

_SENTENCES = {  # as tasks.cron.SENTENCES
    "every_minute": later("Every minute"), "every_minutes": later("Every {minutes} minutes"), "hourly": later("Every hour, at minute {minute}"),
    "every_hours": later("Every {hours} hours, at minute {minute}"), "daily": later("Every day at {times}"), "weekly": later("{days} at {times}"),
    "monthly": later("On day {day} of each month at {times}"), "other": later("At {cron}"),
}  # fmt: skip


def said(words: Words) -> str:
    """Every day at 02:00."""
    values = dict(words.values)
    if "days" in values:
        names = get_day_names("wide", locale=locale())
        values["days"] = ", ".join(str(names[(day - 1) % 7]) for day in values["days"])  # Babel's week begins on Monday
    return _(_SENTENCES[words.kind]).format(**values)
