"""What can go wrong between us and a platform; each class is one decision for the caller.

IntegrationError
├── Retriable             try again by itself
│   ├── RateLimited       the platform said when (retry_after_s); postpones, never counts as a failure
│   └── Unavailable       no connection, a timeout, a 5xx, half an answer
├── NeedsPerson           stop: nobody but a person can mend it
│   ├── AuthRefused       the credentials were refused
│   ├── ScopeMissing      the credentials are good, but not for this
│   └── ConfigWrong       the store's settings cannot work (address, version, missing secret)
├── ContractBroken        the platform answered something that its contract excludes
│   ├── PaginationNotAdvancing   it gave a page or a token a second time
│   └── AnswerTooLarge    more bytes than we are ready to read; a smaller page may do
├── CursorExpired         the platform no longer knows this page token: read the window again from its beginning
├── NotThere              the platform answered that this one thing does not exist (the evidence for a deletion)
└── Unmappable            one record cannot be read; the others of its page can
"""

from __future__ import annotations


class IntegrationError(Exception):
    """Base of all; `hint` is the next step for a person, `reason_code` goes into the verdict."""

    reason_code = "platform"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Retriable(IntegrationError):
    """Trying again may help."""

    reason_code = "unavailable"


class RateLimited(Retriable):
    """The platform asked us to slow down; try again after `retry_after_s` seconds."""

    reason_code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Unavailable(Retriable):
    """No connection, a timeout, a 5xx or a cut answer."""


class NeedsPerson(IntegrationError):
    """Trying again will not help until somebody changes something."""

    reason_code = "config"


class AuthRefused(NeedsPerson):
    """The platform does not accept the credentials."""

    reason_code = "auth"


class ScopeMissing(NeedsPerson):
    """The credentials lack a permission, named in `scope`."""

    reason_code = "scope"

    def __init__(self, message: str, *, scope: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.scope = scope


class ConfigWrong(NeedsPerson):
    """An address, a version or a missing secret makes the store unusable."""


class ContractBroken(IntegrationError):
    """An answer that the platform's own contract excludes."""

    reason_code = "contract"


class PaginationNotAdvancing(ContractBroken):
    """A page or a page token came a second time; going on would never end."""

    reason_code = "pagination_not_advancing"


class AnswerTooLarge(ContractBroken):
    """The answer is larger than we are ready to hold in memory."""

    reason_code = "answer_too_large"


class CursorExpired(IntegrationError):
    """A page token that was good is refused now; the window starts again from its beginning (upserts make that free)."""

    reason_code = "cursor_expired"


class NotThere(IntegrationError):
    """The platform answered that the one thing asked for does not exist."""

    reason_code = "not_there"


class Unmappable(IntegrationError):
    """One record that cannot be read; `external_id` is "" when not even that is known."""

    reason_code = "unmappable"

    def __init__(self, message: str, *, external_id: str = "") -> None:
        super().__init__(message)
        self.external_id = external_id
