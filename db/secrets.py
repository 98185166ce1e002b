"""Platform credentials at rest: encrypted, bound to their store, readable with any of the keys so that keys can be rotated."""

from __future__ import annotations

import hmac
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, insert, select, update

from db.columns import db_now
from db.schema import store_credentials
from settings import SettingsError, settings


class SecretsUnreadable(Exception):
    """The credentials in the database cannot be decrypted with the keys at hand."""


def _keys() -> list[str]:
    if settings().quayside_secret_keys:
        return [key.strip() for key in settings().quayside_secret_keys.split(",") if key.strip()]
    path: Path = settings().quayside_var / "secret.key"
    if not path.exists():
        _make_key(path)
    return path.read_text().split()


def _make_key(path: Path) -> None:
    """Once, however many start at the same moment: a key that another process could see half written would be none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made, name = tempfile.mkstemp(dir=path.parent, prefix="secret.")  # readable by its owner alone
    try:
        with os.fdopen(made, "w") as file:
            file.write(Fernet.generate_key().decode())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def signing_keys(purpose: str) -> list[str]:
    """Keys to sign with, oldest first, one from each of ours; those of one purpose say nothing about those of another."""
    return [hmac.digest(key.encode(), f"quayside {purpose}".encode(), "sha256").hex() for key in reversed(_keys())]


def _box() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in _keys()])
    except ValueError:
        raise SettingsError("QUAYSIDE_SECRET_KEYS holds something that is no Fernet key; a key is 32 bytes in URL-safe base64.") from None


def seal(owner: str, secrets: Mapping[str, str]) -> str:
    """Ciphertext of `secrets`, bound to their owner, e.g. "channel:ops"."""
    return _box().encrypt(json.dumps({"owner": owner, "secrets": dict(secrets)}).encode()).decode()


def unseal(owner: str, ciphertext: str) -> dict[str, str]:
    """What `seal` was given.

    Raises: SecretsUnreadable.
    """
    try:
        told = json.loads(_box().decrypt(ciphertext.encode()))
    except InvalidToken:
        raise SecretsUnreadable(f"The secrets of {owner} were encrypted with a key that is not here. Enter them again.") from None
    if told.get("owner") != owner:
        raise SecretsUnreadable(f"The secrets of {owner} belong to another; somebody moved rows. Enter them again.")
    return {str(name): str(value) for name, value in told["secrets"].items()}


def put(conn: Connection, store_id: int, secrets: Mapping[str, str]) -> None:
    """Keep a store's secrets, all of them at once, and beside them when a person has to give new ones (`grant_expires_at`)."""
    sealed = _box().encrypt(json.dumps({"store_id": store_id, "secrets": dict(secrets)}).encode()).decode()
    ends = secrets.get("grant_expires_at")
    row = {"ciphertext": sealed, "updated_at": db_now(), "expires_at": datetime.fromisoformat(ends) if ends else None}
    if not conn.execute(update(store_credentials).where(store_credentials.c.store_id == store_id).values(**row)).rowcount:
        conn.execute(insert(store_credentials).values(store_id=store_id, **row))


def get(conn: Connection, store_id: int) -> dict[str, str]:
    """A store's secrets; empty when none are kept.

    Raises: SecretsUnreadable.
    """
    sealed = conn.scalar(select(store_credentials.c.ciphertext).where(store_credentials.c.store_id == store_id))
    if sealed is None:
        return {}
    try:
        told = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken:
        raise SecretsUnreadable(
            "The store's credentials were encrypted with a key that is not here. Set QUAYSIDE_SECRET_KEYS to that key, or enter the credentials again."
        ) from None
    if told["store_id"] != store_id:
        raise SecretsUnreadable("The store's credentials belong to another store; somebody moved rows. Enter them again.")
    return {str(name): str(value) for name, value in told["secrets"].items()}


def expires_at(conn: Connection, store_id: int) -> datetime | None:
    """When a person has to give new credentials; None where nobody told."""
    return conn.scalar(select(store_credentials.c.expires_at).where(store_credentials.c.store_id == store_id))
