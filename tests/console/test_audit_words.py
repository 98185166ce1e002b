"""Whatever is written into the audit log has a name that a person reads in their language."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

from console import words
from console.parts.audit_actions import ACTIONS, title
from db.engine import begin
from db.schema import audit_log
from tasks import bulk, catalog, ledger
from tests.console.demo import add

ROOT = Path(__file__).parents[2]


def written():
    """Every action that the code names: as `action=`, as the kind of a deed that asks first, or as the job that was asked for."""
    found = {f"{verb}_{kind}" for verb in ("pause", "resume") for kind in ("everything", "queue", "store")} | {
        f"bulk_{one}" for one in bulk.ACTIONS
    }
    for room in ("tasks", "console"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                name = ast.unparse(node.func)
                if name.endswith(("write", "allow", "require", "Operation", "_do")):
                    found |= {one.value.value for one in node.keywords if one.arg == "action" and isinstance(one.value, ast.Constant)}
                if name == "confirm.declare":
                    found.add(node.args[0].value)
                if name == "_audit" and len(node.args) > 2 and isinstance(node.args[2], ast.Constant):
                    found.add(node.args[2].value)
    return found


def test_every_action_has_a_name():
    assert catalog.MODULES
    kinds = {name for name, kind in ledger.KINDS.items() if kind.function.__module__.startswith("tasks.")}  # tests have kinds of their own
    assert written() | kinds <= ACTIONS.keys()
    assert len(written()) > 50, "it reads the code"


def test_the_page_says_it_in_the_persons_language_and_an_unknown_one_as_it_is(visit, monkeypatch):
    with begin() as conn:
        for action in ("hurry", "of_another_version"):
            add(conn, audit_log, person="ana", action=action, target="job:7", detail={}, source="console", at=datetime.now(UTC))
    assert visit("audit").dataframe[0].value["action"].tolist() == ["Of another version", "Move to the front"]
    monkeypatch.setattr(words, "language", lambda: "vi")
    assert title("hurry") == "Đưa lên đầu"
    assert visit("audit").dataframe[0].value["action"].tolist() == ["Of another version", "Đưa lên đầu"]
