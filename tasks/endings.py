"""How an attempt that did not succeed ended: one table from the error to what the ledger writes."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from huey.exceptions import TaskTimeout

from db.engine import is_passing
from db.job_state import Outcome, Verdict
from db.jobs import CancelRequested, Failure, LeaseLost
from integrations.errors import IntegrationError, NeedsPerson, RateLimited
from tasks.redaction import redact
from tasks.run import GiveBack, Run

_DATABASE_PAUSE_S = 5.0
_LONG = 40_000  # of a longer text, only so much is searched for secrets and shown: megabytes would hold up the heartbeat


class JobFailed(Exception):
    """A job's own reason to fail, fit for a person; `may_retry` is False where trying again cannot help."""

    def __init__(self, message: str, *, hint: str = "", reason_code: str = "error", may_retry: bool = True) -> None:
        super().__init__(message)
        self.hint, self.reason_code, self.may_retry = hint, reason_code, may_retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What to write: the outcome, why, and when to try again (None: not by itself). CRASHED here means: the job is not ours, write nothing."""

    outcome: Outcome
    failure: Failure | None = None
    retry_in_s: float | None = None
    verdict: Verdict | None = None
    by: str = ""

    def told(self) -> str:
        """For the log line."""
        parts = [f"error={self.failure.error_class}"] if self.failure else []
        return " ".join(parts + ([f"in={self.retry_in_s:.1f}s"] if self.retry_in_s else []))


def ending_of(error: BaseException, attempt: Run, *, retry_in_s: float) -> Ending:
    """Decide by the class of the error."""
    match error:
        case LeaseLost():
            return Ending(outcome=Outcome.CRASHED)
        case CancelRequested():
            return Ending(outcome=Outcome.CANCELLED, by=str(error))
        case GiveBack():
            return Ending(outcome=error.outcome)
        case KeyboardInterrupt():
            return Ending(outcome=Outcome.STOPPED)
        case RateLimited():
            return Ending(outcome=Outcome.POSTPONED, failure=_failure(error), retry_in_s=error.retry_after_s)
        case NeedsPerson():
            return Ending(outcome=Outcome.FAILED, failure=_failure(error), verdict=Verdict.BLOCKED)
        case JobFailed() if not error.may_retry:
            return Ending(outcome=Outcome.FAILED, failure=_failure(error))
    if (
        isinstance(error, TaskTimeout) or attempt.elapsed_s >= attempt.time_limit_s
    ):  # the alarm may surface as another error, e.g. of a driver
        return Ending(outcome=Outcome.FAILED, failure=_timed_out(attempt), retry_in_s=retry_in_s)
    if is_passing(error):  # our own database, not the job: costs no attempt
        return Ending(outcome=Outcome.POSTPONED, failure=_failure(error), retry_in_s=_DATABASE_PAUSE_S)
    return Ending(outcome=Outcome.FAILED, failure=_failure(error), retry_in_s=retry_in_s)


def _timed_out(attempt: Run) -> Failure:
    return Failure(
        error_class="TimeLimit",
        error=f"The attempt ran longer than its limit of {attempt.time_limit_s:g} s and was stopped.",
        hint="See where it hangs, or raise JOB_TIME_LIMIT_S.",
        reason_code="time_limit",
    )


def _failure(error: BaseException) -> Failure:
    told = isinstance(error, IntegrationError | JobFailed)
    text = redact((str(error) if told else f"{type(error).__name__}: {error}")[:_LONG])
    return Failure(
        error_class=type(error).__name__,
        error=text[:2000],
        hint=getattr(error, "hint", "")[:512] if told else "This was not foreseen; the attempt's traceback says where it happened.",
        reason_code=getattr(error, "reason_code", "error"),
        traceback=None if told else redact("".join(traceback.format_exception(error))[-_LONG:])[-20_000:],
    )
