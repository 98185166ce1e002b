"""One call to a platform: wait for our turn → sign → send → classify → retry. Knows HTTP; platforms add their own signs and errors."""

from __future__ import annotations

import json
import logging
import platform
import random
import re
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from itertools import count
from typing import Any
from urllib.parse import urljoin

import backoff
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from integrations.address import PublicOnlyAdapter, checked_address, origin
from integrations.answers import parse_json
from integrations.clock import PlatformClock
from integrations.errors import AnswerTooLarge, AuthRefused, ConfigWrong, IntegrationError, RateLimited, Retriable, Unavailable
from integrations.http_errors import connection_error, status_error
from integrations.throttle import Budget
from integrations.tokens import Tokens, without_secrets

log = logging.getLogger("quayside.http")
USER_AGENT = f"Quayside/0.1 (Language=Python/{platform.python_version()})"


@dataclass(frozen=True, slots=True)
class Call:
    """What we are about to send. `url` is absolute and has no query; `params` are its query, unencoded."""

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `json` is None when the body was none, and numbers with a point in it are Decimals."""

    status: int
    headers: Mapping[str, str]  # names in any case
    json: Any = None
    is_json: bool = True


Signer = Callable[[Call], Call]  # asked anew for each attempt: nonces and timestamps are never sent twice
Classifier = Callable[[Answer], IntegrationError | None]  # the platform's own view of an answer, before HTTP's


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much; times in seconds."""

    connect_s: float = 10.0
    read_s: float = 60.0  # between two pieces of an answer
    total_s: float = 300.0  # for one answer, however slowly it drips
    max_bytes: int = 20_000_000
    tries: int = 3
    retry_within_s: float = 10.0
    first_pause_s: float = 0.5
    patience_s: float = 5.0  # a longer Retry-After is the job's business: it gives the worker back


class HttpSession:
    """Calls one store of one platform. One thread at a time; `what` begins every error, e.g. "store1: WooCommerce"."""

    def __init__(
        self,
        what: str,
        base: str,
        *,
        tokens: Tokens,
        sign: Signer = lambda call: call,
        classify: Classifier = lambda answer: None,
        budget: Budget | None = None,
        allow_private: bool = False,
        limits: Limits | None = None,
        skip_notices: bool = False,
    ) -> None:
        self.what = what
        self.clock = PlatformClock()
        self.base = checked_address(base, allow_private=allow_private)
        self._tokens = tokens
        self._sign = sign
        self._classify = classify
        self._budget = budget
        self._allow_private = allow_private
        self._limits = limits = limits or Limits()
        self._skip_notices = skip_notices
        self._session = bare_session(allow_private)
        self._with_retries = backoff.on_exception(
            _pauses,
            Retriable,
            max_tries=limits.tries,
            max_time=limits.retry_within_s,
            jitter=None,  # in _pauses
            giveup=lambda error: isinstance(error, RateLimited) and error.retry_after_s > limits.patience_s,
            logger=None,
            on_backoff=_tell,
            first_s=limits.first_pause_s,
        )(self._attempt)

    def get(self, path: str, params: Mapping[str, str | int] | None = None, *, cost: float = 1.0) -> Answer:
        """GET `path` below the store's address (or an absolute URL). Raises: any IntegrationError but Unmappable."""
        query = tuple((name, str(value)) for name, value in (params or {}).items())
        return self.send(Call("GET", self._url(path), query), cost=cost)

    def post_json(self, path: str, body: object, *, params: Mapping[str, str | int] | None = None, cost: float = 1.0) -> Answer:
        """POST `body` as JSON; only for calls that may be repeated, such as queries. Raises: as get."""
        query = tuple((name, str(value)) for name, value in (params or {}).items())
        raw = json.dumps(body, separators=(",", ":"), default=str).encode()
        return self.send(Call("POST", self._url(path), query, {"Content-Type": "application/json"}, raw), cost=cost)

    def send(self, call: Call, *, cost: float = 1.0, is_signed: bool = True, is_repeatable: bool = True) -> Answer:
        """Send `call`; refused credentials are renewed once, where the platform can, and the call repeated.

        `is_signed=False` is for calls that carry their own credentials (token endpoints), `is_repeatable=False` for those
        that may not be sent twice. Raises: any IntegrationError but Unmappable.
        """
        attempt = self._with_retries if is_repeatable else self._attempt
        seen = self._tokens.current
        try:
            return attempt(call, cost, is_signed)
        except AuthRefused:
            if not is_signed or not self._tokens.renew(seen):
                raise
        return attempt(call, cost, is_signed)

    def learn_budget(self, available: float, capacity: float, rate_per_s: float) -> None:
        """The platform told how full the bucket is that it keeps for us."""
        if self._budget is not None:
            self._budget.learn(available, capacity, rate_per_s)

    def quote(self, text: object) -> str:
        """A platform's own words for use in an error: short, one line, no secrets, no query strings."""
        line = re.sub(r"(https?://[^\s?\"']+)\?[^\s\"']*", r"\1?…", " ".join(str(text).split()))
        return without_secrets(line, self._tokens.current.values())[:300]

    def _url(self, path: str) -> str:
        return path if path.startswith(("https://", "http://")) else f"{self.base}{path}"

    def _attempt(self, call: Call, cost: float, is_signed: bool) -> Answer:
        checked_address(call.url, allow_private=self._allow_private)
        if self._budget is not None:
            self._budget.wait_for(cost, self.what)
        answer = self._exchange(self._sign(call) if is_signed else call)
        error = self._classify(answer) or status_error(self.what, answer.status, answer.headers)
        if error is None:
            return answer
        if isinstance(error, RateLimited) and self._budget is not None:
            self._budget.hold(error.retry_after_s)
        raise error

    def _exchange(self, call: Call) -> Answer:
        limits = self._limits
        sent_at = time.time()
        try:
            response = self._session.request(
                call.method,
                call.url,
                params=list(call.params),
                data=call.body,
                headers=dict(call.headers),
                timeout=(limits.connect_s, limits.read_s),
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
            raise connection_error(self.what, error) from None  # the texts of these hold URLs with queries, and headers
        with response:
            self.clock.learn(response.headers.get("Date"), sent_at, time.time())
            if 300 <= response.status_code < 400:
                raise self._redirect(call.url, response.headers.get("Location", ""))
            try:
                body = self._body(response)
            except (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
                raise connection_error(self.what, error) from None
        return self._read(response.status_code, response.headers, body)

    def _body(self, response: requests.Response) -> bytes:
        deadline = time.monotonic() + self._limits.total_s
        pieces: list[bytes] = []
        size = 0
        while piece := response.raw.read1(65_536, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > self._limits.max_bytes:
                raise AnswerTooLarge(
                    f"{self.what} sent more than {self._limits.max_bytes / 1e6:.0f} MB in one answer.", hint="Ask for smaller pages."
                )
            if time.monotonic() > deadline:
                raise Unavailable(f"{self.what} took longer than {self._limits.total_s:.0f} s for one answer.", hint="Try again later.")
        return b"".join(pieces)

    def _read(self, status: int, headers: CaseInsensitiveDict[str], body: bytes) -> Answer:
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in ("application/json", "text/json") and not kind.endswith("+json"):
            if 200 <= status < 300 and status != 204:
                raise Unavailable(
                    f"{self.what} answered {status} with {kind or 'an unnamed type'} where JSON was due.",
                    hint="A maintenance page or a firewall stands before the shop; open its address in a browser.",
                )
            return Answer(status, headers, is_json=False)
        try:
            return Answer(status, headers, parse_json(body, skip_notices=self._skip_notices))
        except ValueError:
            if status >= 400:
                return Answer(status, headers, is_json=False)
            raise Unavailable(f"{self.what} sent half an answer, or no JSON in it.", hint="Try again later.") from None

    def _redirect(self, url: str, location: str) -> IntegrationError:
        target = urljoin(url, location).partition("?")[0]
        if origin(target) == origin(url):
            return Unavailable(f"{self.what} sends us to another page, {self.quote(target)}.", hint="Try again later.")
        return ConfigWrong(
            f"{self.what} sends us elsewhere, to {self.quote(target)}.", hint="If that is the shop, enter that address under Stores."
        )


def _tell(details: Mapping[str, Any]) -> None:
    log.info("tried again in %.1f s: %s", details["wait"], details["exception"])


def _pauses(first_s: float) -> Generator[float, Any, None]:
    """How long to wait after each error: full jitter, doubling, never less than the platform asked for."""
    error = yield 0.0  # backoff begins with an empty send
    for n in count():
        pause = random.uniform(0, first_s * 2**n)  # noqa: S311  # spreads callers, guards nothing
        error = yield pause + error.retry_after_s if isinstance(error, RateLimited) else pause


def bare_session(allow_private: bool) -> requests.Session:
    """A session without proxies, cookies and credentials that connects to public addresses only, unless private ones are allowed."""
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc: what is sent is what is written here
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    session.mount("https://", HTTPAdapter() if allow_private else PublicOnlyAdapter())
    if not allow_private:
        del session.adapters["http://"]
    return session
