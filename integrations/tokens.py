"""The secrets of one store, and how worn-out ones are renewed: once, and saved before they are used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, quote_plus

Secrets = Mapping[str, str]
TokenSaver = Callable[[Secrets], None]  # stores renewed secrets before they are used
GRANT_ENDS = "grant_expires_at"  # beside the secrets: when a person has to authorise us again, ISO 8601, where the platform tells
GRANTED_SCOPES = "granted_scopes"  # and what we may read, a list in JSON
TOLD_WITH_TOKENS = frozenset({GRANT_ENDS, GRANTED_SCOPES})  # what a platform says of the tokens that it gives: not true of others
FetchTokens = Callable[[Secrets], Secrets]  # asks the platform for new secrets; returns those that changed; raises AuthRefused
RenewOnce = Callable[[Secrets, FetchTokens], Secrets]
"""Renewal for many workers at once: `renew_once(seen, fetch)` returns the secrets in force when their tokens are no longer those
`seen`; else it lets one worker `fetch`, stores what came of it and returns that. Rotating refresh tokens need this: a second
worker that refreshes with the old one may lock the store out."""


class Tokens:
    """The current secrets. `renew` is single flight among the threads here, and among all workers with `renew_once`."""

    def __init__(
        self,
        secrets: Secrets,
        fetch: FetchTokens | None = None,
        *,
        save: TokenSaver | None = None,
        renew_once: RenewOnce | None = None,
    ) -> None:
        self.current: Secrets = dict(secrets)
        self._fetch = fetch
        self._save = save
        self._renew_once = renew_once
        self._lock = threading.Lock()

    def renew(self, seen: Secrets) -> bool:
        """Replace `seen`, which were refused; False when these secrets cannot be renewed.

        Raises: AuthRefused when the platform refuses the renewal too; Retriable.
        """
        if self._fetch is None:
            return False
        with self._lock:
            if self.current is not seen:  # another thread was faster
                return True
            if self._renew_once is not None:
                self.current = dict(self._renew_once(seen, self._fetch))
                return True
            fresh = {**seen, **self._fetch(seen)}
            if self._save is not None:
                self._save(fresh)  # before use: a rotated refresh token that is not on disk is lost with this process
            self.current = fresh
            return True


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret blotted out, also in the spellings that URLs use."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for spelling in {secret, quote(secret, safe=""), quote_plus(secret)}:
            text = text.replace(spelling, "•••")
    return text
