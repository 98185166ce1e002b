"""Empty a queue: those that wait are counted and frozen, the dialog says what becomes of them, and just these are cancelled."""

from __future__ import annotations

import secrets

import streamlit as st

import tasks
from console import ops_loaders
from console.parts import confirm, dialogs, measures
from console.parts.confirm import Deed, Said
from console.parts.plain import plain
from console.words import _, later, many
from tasks.bulk import BulkPreview
from tasks.roles import Actor, Role


def ask(queue: str) -> None:
    """Have the dialog opened, with the key that makes any number of clicks one operation; in a callback."""
    confirm.ask("empty_queue", queue=queue, key=secrets.token_hex(12))


def _counted(queue: str, key: str) -> BulkPreview:
    frozen = st.session_state.get("empty_preview")
    if frozen is None or frozen[0] != key:
        frozen = (key, tasks.preview_empty(queue))
        st.session_state["empty_preview"] = frozen
    preview: BulkPreview = frozen[1]
    return preview


def _effect(queue: str, key: str) -> list[str]:
    preview = _counted(queue, key)
    total, name = len(preview.ids), plain(queue)
    if not total:
        return [_("Nothing waits in **{queue}**; there is nothing to take out.").format(queue=name)]
    what = many(
        "Cancels the **{n}** job that waits in **{queue}**. What runs goes on.",
        "Cancels the **{n}** jobs that wait in **{queue}**, also for a later time or another try. What runs goes on.",
        total,
    ).format(n=measures.whole(total), queue=name)
    mix = ops_loaders.mix_of(queue)
    return [
        what,
        *([f":gray[{plain(' · '.join(f'{kind} {measures.number(count)}' for kind, count in mix.items()), longest=400)}]"] if len(mix) > 1 else []),
        *([_("More wait than one operation takes: these are the newest {n}. Empty it again for the rest.").format(n=measures.whole(total))] if preview.is_cut else []),
        _("A job does it, one after the other; its page says what became of each. One that a worker takes before its turn runs, and what arrives in the "
          "meantime stays: pause the queue first if nothing may run."),
        _("Nothing is erased, all of them stay in the history. To take it back: **Bring them back…** on the page of the operation queues just these again, due at once."),
        *_held(),
    ]  # fmt: skip


def _held() -> list[str]:
    """The operation is a job of the queue system, and waits like any other."""
    if any(one.kind == "everything" or (one.kind == "queue" and one.name == "system") for one in ops_loaders.pauses()):
        return [f":orange[{_('The queue system is paused: this begins when it goes on.')}]"]
    return []


def _empty(by: Actor, said: Said, queue: str, key: str) -> str:
    started = tasks.empty_queue(queue, reason=said.reason, by=by, preview=_counted(queue, key), idempotency_key=key)
    dialogs.go("app_pages/bulk.py", id=str(started.id))
    return _("Bulk operation {id} is at work.").format(id=started.id)


confirm.declare(
    "empty_queue",
    Deed(title=later("Empty this queue?"), verb=later("Empty the queue"), icon=":material/delete_sweep:", role=Role.ADMIN, effect=_effect, act=_empty,
         target=lambda queue, key: f"queue:{queue}", needs_reason=True, needs_name=lambda queue, key: queue),
)  # fmt: skip
