"""What the README shows works, word for word."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.consumers import consumer

README = (Path(__file__).parents[1] / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
FILES = re.findall(r"```python title=\"(.*?)\"\n(.*?)```", README, re.DOTALL)
EDITS = re.findall(r"```diff title=\"(.*?)\"\n(.*?)```", README, re.DOTALL)
ROOT = Path(__file__).parents[1]


@pytest.fixture
def store1(clean):
    import tasks
    from integrations.sandbox.server import running
    from integrations.sandbox.shop import ShopSpec

    with running(ShopSpec(platform="woocommerce", name="store1", size=15, orders=30, customers=5)) as sandbox:
        tasks.add_store(
            "store1", platform="woocommerce", address=sandbox.address("woocommerce", "store1"), by="test",
            secrets_given=sandbox.door("woocommerce", "store1").credentials(),
        )  # fmt: skip
        yield


@pytest.mark.processes
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_runs(store1, example, capsys):
    with consumer():
        exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    if "new orders" in example:
        assert re.search(r"success [1-9]\d* new orders", printed)
    if "Product" in example or "create_product" in example:
        assert "Product for Ana" in printed
        assert "stream There is no stream 'parcels'" in printed


def test_every_variable_in_the_table_is_a_setting():
    from settings import Settings

    named = set(re.findall(r"`((?:REDIS|DB|QUAYSIDE|CONSOLE)_[A-Z0-9_]+)`", README))
    assert len(named) > 8
    assert named <= {name.upper() for name in Settings.__dataclass_fields__}


def test_every_file_it_points_to_is_there():
    for target in re.findall(r"\]\(([a-zA-Z][^)#:]*)(?:#[^)]*)?\)", README):
        assert (Path(__file__).parents[1] / target).exists(), target


def test_the_sixth_platform_works(tmp_path):
    """Followed word for word in a copy of the project: two files, two lines in each of two others; then all that is asked of each platform."""
    for part in ("integrations", "tests", "settings.py", "pyproject.toml", "db", "tasks", "run_consumer.py"):
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(
            source, tmp_path / part, **({"ignore": shutil.ignore_patterns("__pycache__")} if source.is_dir() else {})
        )
    for name, code in FILES:
        (tmp_path / name).write_text(code)
    for name, lines in EDITS:
        _edit(tmp_path / name, lines.splitlines(keepends=True))
    suites = ["tests/integrations/test_conformance.py", "tests/sync/test_every_platform.py"]
    command = [sys.executable, "-m", "pytest", *suites, "-k", "meadow", "-p", "no:cacheprovider"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert int(re.search(r"(\d+) passed", ran.stdout).group(1)) > 60
    assert "failed" not in ran.stdout


def _edit(path, lines):
    """Change a file as a diff says: lines with "-" are there, lines with "+" come, the others stay."""
    text, old, new = (path.read_text(), *("".join(line[1:] for line in lines if line[0] != gone) for gone in "+-"))
    assert text.count(old) == 1, f"{path}: {old}"
    path.write_text(text.replace(old, new))
