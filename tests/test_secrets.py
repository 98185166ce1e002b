"""The key that encrypts credentials: made once, whole, and for nobody else's eyes."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from db import secrets


@pytest.fixture
def folder(tmp_path, monkeypatch):
    class Here:
        quayside_secret_keys = ""
        quayside_var = tmp_path / "var"

    monkeypatch.setattr(secrets, "settings", Here)
    return Here.quayside_var


def test_processes_that_start_at_the_same_moment_use_one_key(folder, monkeypatch):
    """The slow one shows nobody half of it."""
    meet, real = threading.Barrier(6), os.link
    monkeypatch.setattr(os, "link", lambda *names: (meet.wait(timeout=20), real(*names))[1])
    found = []
    several = [threading.Thread(target=lambda: found.append(secrets._keys())) for _ in range(6)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    assert len(found) == 6
    assert len({tuple(keys) for keys in found}) == 1
    Fernet(found[0][0])
    assert [path.name for path in folder.iterdir()] == ["secret.key"], "nothing is left lying about"
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600


def test_a_key_that_is_there_stays(folder):
    folder.mkdir()
    Path(folder / "secret.key").write_text(kept := Fernet.generate_key().decode())
    assert secrets._keys() == [kept]
