"""What the README shows works, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.processes.consumers import consumer

README = (Path(__file__).parents[1] / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


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
