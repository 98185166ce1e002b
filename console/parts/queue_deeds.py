"""Pause and resume: a queue, a store or the whole; drain a consumer. What each does, said before it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tasks
from console.parts import confirm, measures
from console.parts.confirm import Deed, Said
from console.parts.plain import plain
from console.words import _, later
from tasks.roles import Actor, Role

LENGTHS = ("1h", "15m", "4h", "morning", "open")


def subject(kind: str, name: str) -> str:
    """What is paused, in words; for a place that renders Markdown."""
    if kind == "everything":
        return _("everything")
    return (_("the queue {name}") if kind == "queue" else _("the store {name}")).format(name=plain(name))


def _pause_effect(kind: str, name: str) -> list[str]:
    return [
        _("No job of **{subject}** begins any more. Those that run give back at their next page; all of them are kept and wait.").format(
            subject=subject(kind, name)
        ),
        _("Requests are still taken, and start when it goes on."),
    ]


def _which(kind: str, name: str) -> dict[str, Any]:
    """What is paused, as the verbs take it."""
    return {"everything": True} if kind == "everything" else {kind: name}


def _pause(by: Actor, said: Said, kind: str, name: str) -> str:
    tasks.pause(**_which(kind, name), reason=said.reason, until=said.until, by=by)
    until = _("until {time}").format(time=measures.short(said.until)) if said.until else _("until somebody resumes it")
    return _("Paused: {subject}, {until}.").format(subject=subject(kind, name), until=until)


def _resume(by: Actor, said: Said, kind: str, name: str) -> str:
    ended = tasks.resume(**_which(kind, name), by=by)
    return (_("Goes on: {subject}.") if ended else _("It was not paused any more: {subject}.")).format(subject=subject(kind, name))


def _target(kind: str, name: str) -> str:
    return f"{kind}:{name or '*'}"


confirm.declare(
    "pause",
    Deed(title=later("Pause?"), verb=later("Pause"), icon=":material/pause_circle:", role=Role.OPERATOR, effect=_pause_effect, act=_pause,
         needs_reason=True, lengths=LENGTHS, target=_target),
)  # fmt: skip
confirm.declare(
    "resume",
    Deed(
        title=later("Resume?"), verb=later("Resume"), icon=":material/play_circle:", role=Role.OPERATOR, act=_resume, target=_target,
        effect=lambda kind, name: [_("The jobs of **{subject}** that wait are due at once.").format(subject=subject(kind, name))],
    ),
)  # fmt: skip


def _drain(by: Actor, said: Said, consumer_id: str, host: str) -> str:
    asked = tasks.drain(consumer_id, by=by)
    return (_("{host} takes no more jobs.") if asked else _("{host} drains already.")).format(host=plain(host))


def _undrain(by: Actor, said: Said, consumer_id: str, host: str) -> str:
    asked = tasks.undrain(consumer_id, by=by)
    return (_("{host} takes jobs again.") if asked else _("{host} was not draining.")).format(host=plain(host))


def _mark_lost(by: Actor, said: Said, consumer_id: str, host: str) -> str:
    taken = tasks.mark_lost(consumer_id, by=by)
    if not taken:
        return _("{host} held no job.").format(host=plain(host))
    return measures.counted("{n} job goes to others.", "{n} jobs go to others.", taken)


def _of_consumer(act: Callable[..., str], *effect: str, title: str, verb: str, icon: str) -> Deed:
    """A deed on one consumer; the sentences of `effect` may name its `host`."""
    return Deed(
        title=title, verb=verb, icon=icon, role=Role.OPERATOR, act=act, target=lambda consumer_id, host: f"consumer:{consumer_id}",
        effect=lambda consumer_id, host: [_(sentence).format(host=plain(host)) for sentence in effect],
    )  # fmt: skip


confirm.declare(
    "drain",
    _of_consumer(
        _drain,
        later("**{host}** takes no more jobs. Its syncs go back to the queue after their page and go on elsewhere; other jobs end here."),
        later("It stays drained until it is stopped, or told to take jobs again."),
        title=later("Drain this consumer?"), verb=later("Drain"), icon=":material/hourglass_bottom:",
    ),
)  # fmt: skip
confirm.declare(
    "undrain",
    _of_consumer(_undrain, later("**{host}** takes jobs again."), title=later("Take jobs again?"), verb=later("Take jobs again"),
                 icon=":material/play_circle:"),
)  # fmt: skip
confirm.declare(
    "mark_lost",
    _of_consumer(
        _mark_lost,
        later("The jobs of **{host}** go to other consumers at once, instead of when their leases end; each counts as one whose worker died."),
        later("Should it live after all, it is fenced: it takes no more jobs, and what it still holds is not written. A call to a platform that is under way may be made twice."),
        title=later("Mark this consumer lost?"), verb=later("Mark lost"), icon=":material/heart_broken:",
    ),
)  # fmt: skip
