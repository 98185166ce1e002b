"""The short form of scripts/chaos: some faults of mixed kind, nothing lost, nothing done twice."""

from __future__ import annotations

import sys

import pytest

from tests.faults import chaos

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="worker processes are Linux's")]


def test_jobs_under_faults_of_mixed_kind_are_each_done_once(request, capsys):
    database = request.config.getoption("--database")
    assert chaos.main(["--jobs=120", "--faults=6", "--seed=3", "--system=quayside", f"--database={database}"]) == 0
    assert f"| Quayside | {database} | 6 | 120 | 0 | 0 | 0 |" in capsys.readouterr().out
