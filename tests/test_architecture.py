"""The rooms and floors: imports go down only (DESIGN: rooms and floors), files stay small, names say something."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "integrations": set(),
    "db": {"settings"},
    "tasks": {"settings", "db", "integrations"},
    "console": {"settings", "db", "tasks"},
}
PACKAGES = {
    "integrations": {"requests", "urllib3", "backoff", "msgspec"},
    "db": {"sqlalchemy", "pymysql", "alembic", "pandas", "cryptography"},
    "tasks": {"huey", "redis", "sqlalchemy"},  # sqlalchemy: its errors and its connection's type, never a statement
    "console": {
        "streamlit",
        "starlette",
        "uvicorn",
        "pandas",
        "altair",
        "anyio",
        "babel",
        "itsdangerous",
        "jsonschema",
        "prometheus_client",
    },
}
SANDBOX = {"starlette", "uvicorn", "graphql", "cryptography"}  # it is a server of its own
OURS = {"settings", "db", "integrations", "tasks", "console", "tests"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
FILES = [path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))]
ALL_FILES = [
    *FILES,
    *sorted(ROOT.glob("*.py")),
    *(path for yard in ("tests", "bench", "scripts") for path in sorted((ROOT / yard).rglob("*.py"))),
]
LONGEST = 300


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide the room"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_keeps_to_its_room(path):
    room = path.relative_to(ROOT).parts[0]
    roots = {name.partition(".")[0] for name in imported(path)}
    assert roots & OURS <= MAY_IMPORT[room] | {room}, "imports go down only"
    allowed = PACKAGES[room] | (SANDBOX if "sandbox" in path.parts else set())
    assert roots - OURS - set(sys.stdlib_module_names) <= allowed, "each room has its packages"


def test_a_file_is_one_thing_and_named_for_it():
    assert [path for path in ALL_FILES if path.stem in VAGUE] == []
    told = [path for path in ALL_FILES if "versions" not in path.parts]  # a migration is as long as what it changes
    long = {str(path.relative_to(ROOT)) for path in told if path.read_text().count("\n") > LONGEST}
    assert long == set(), "are they two things each?"


def test_statements_stand_in_db():
    statements = {"select", "insert", "update", "delete", "text"}
    for path in FILES:
        if path.relative_to(ROOT).parts[0] in ("tasks", "console"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sqlalchemy":
                    assert not {alias.name for alias in node.names} & statements, f"{path}: SQL stands in db/"


def test_no_module_shadows_the_standard_library():
    for path in (ROOT / "console").rglob("*.py"):
        if path.parent.name != "app_pages" and path.stem != "__init__":
            assert path.stem not in {"queue", "platform", "tasks", "types", "logging"}, path
