"""What a connector is: facts about a platform, one question (`fetch_page`) and one mapping (`to_records`).

The walking (pages in order, the guard against a platform that repeats itself, one bad record kept aside) is here,
once for all platforms. A connector holds no loop over pages, no sleep, no retry and no SQL.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar

import msgspec

from integrations.errors import PaginationNotAdvancing, Unmappable
from integrations.gaps import Gap
from integrations.records import Record

STREAMS = ("products", "orders", "inventory", "customers")

Cursor = Any  # opaque JSON: what fetch_page needs to go on; None is the beginning
Row = dict[str, Any]  # one record as the platform gave it, its nested pages read to their end


@dataclass(frozen=True, slots=True)
class Window:
    """Which changes a run reads: `start` ≤ changed < `end`, both aware UTC on the platform's clock; start None reads all."""

    start: datetime | None
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Facts about one stream of a platform."""

    incremental: bool  # can be asked for what changed since a time
    lookback_s: float = 300.0  # how far a window reaches back before the watermark, for records that were committed late
    settle_s: float = 2.0  # how long before the platform's now a window ends, since the youngest records may not be told yet
    scopes: tuple[str, ...] = ()  # permissions without which it cannot be read
    is_offered: bool = True
    note: str = ""  # one sentence where the platform is unlike the others


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `truncated` is what the platform did not show of it: that makes the run `partial`."""

    rows: Sequence[Row]
    cursor: Cursor = None
    has_more: bool = False
    total: int | None = None  # how many records the platform says the window has, where it says so
    truncated: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the credentials belong to, asked at the start of every run and by "Test connection"."""

    name: str
    currency: str | None = None
    platform_time: datetime | None = None  # windows are cut on the platform's clock, not on ours
    api_version: str | None = None
    api_version_until: date | None = None  # supported at least until then, where the platform promises it
    granted_scopes: frozenset[str] | None = None  # None where the platform does not tell
    history_days: int | None = None  # older orders are not shown to these credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Where a store is and how we get in. `secrets` never appear in a repr, a log line or an error."""

    store: str  # the store's name here
    address: str  # e.g. https://acme.myshopify.com
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record kept aside: why, and its payload as it came."""

    external_id: str
    reason_code: str
    reason: str
    row: Row


class ReadRecord:
    """A record beside what it was read from; `content_hash` tells a change from a repetition, `raw` is canonical JSON of the platform's row.

    It is mapped when it is asked for, since most rows of most pages are known and never asked for.
    """

    __slots__ = ("_record", "_tell", "content_hash", "external_id", "raw")

    def __init__(self, external_id: str, content_hash: str, raw: str, tell: Callable[[], Record | Rejected]) -> None:
        self.external_id, self.content_hash, self.raw = external_id, content_hash, raw
        self._tell = tell
        self._record: Record | Rejected | None = None

    @property
    def told(self) -> Record | Rejected:
        """The record in the common language, or why it has to be kept aside."""
        if self._record is None:
            self._record = self._tell()
        return self._record

    @property
    def record(self) -> Record:
        """The record of a row that can be mapped."""
        told = self.told
        assert not isinstance(told, Rejected)
        return told


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page in the common language. read = len(records) + len(rejected)."""

    records: list[ReadRecord]
    rejected: list[Rejected]
    cursor: Cursor
    has_more: bool
    total: int | None
    truncated: tuple[Gap, ...]


class Connector(ABC):
    """One platform. A subclass states its facts and answers `identify`, `fetch_page` and `to_records`."""

    platform: ClassVar[str]
    title: ClassVar[str]  # how people write it
    streams: ClassVar[Mapping[str, Stream]]
    admin_paths: ClassVar[Mapping[str, str]] = {}  # stream → where people see it, below the store's address; empty where that is not known
    mapping_version: ClassVar[int] = 1  # raise it when to_records changes: every record is then written again
    id_fields: ClassVar[Mapping[str, str]] = {}  # stream → field with the id, where a row is one record: such rows are mapped on demand
    secret_names: ClassVar[tuple[str, ...]]  # required in Credentials.secrets
    optional_secret_names: ClassVar[tuple[str, ...]] = ()  # used where given, such as a token to begin with
    page_size: ClassVar[int] = 100
    lookup_size: ClassVar[int] = 20  # how many ids `missing` takes at once

    @abstractmethod
    def identify(self) -> Identity:
        """Ask the platform who we are.

        Raises: AuthRefused, ConfigWrong, Retriable.
        """

    @abstractmethod
    def fetch_page(self, stream: str, window: Window, cursor: Cursor) -> Page:
        """Ask for one page of `stream`; `cursor` is None at first, then what the last page said.

        Raises: any IntegrationError but Unmappable.
        """

    @abstractmethod
    def to_records(self, stream: str, row: Row) -> Sequence[Record]:
        """Tell one row in the common language: a pure function of the row and of what `identify` said.

        Most rows are one record; an inventory item is as many as it has locations.
        Raises: Unmappable.
        """

    @abstractmethod
    def fetch_row(self, stream: str, external_id: str) -> Row | None:
        """One row by id, as `fetch_page` would give it; None when the platform answers that it does not exist.

        The evidence for a deletion, and how a rejected record is tried again.
        """

    def missing(self, stream: str, external_ids: Sequence[str]) -> dict[str, str]:
        """Which of these records (at most `lookup_size`) the platform says do not exist: id → the evidence, in words.

        Only an answer about that very id counts; being absent from a listing never does.
        Raises: any IntegrationError but Unmappable.
        """
        return {
            external_id: "asked for by its id, the platform answered 404"
            for external_id in external_ids
            if self.fetch_row(stream, external_id) is None
        }

    def questions(self) -> Mapping[str, Callable[[], object]]:
        """Scope → a call that needs it and reads a row, where the platform does not tell which we have: "Test connection" puts them."""
        return {}

    def context(self, stream: str) -> str:
        """What `to_records` makes of a row besides the row itself, such as the shop's currency: where it changes, so does every hash."""
        return ""

    def read(self, stream: str, page: Page, *, on_demand: bool = False) -> ReadPage:
        """The page in the common language; a row that cannot be mapped is kept aside, the others stand.

        With `on_demand`, rows that are one record each are mapped when they are asked for, and may turn out as rejected then.
        """
        salt = f"{self.mapping_version}:{self.context(stream)}:"
        id_field = self.id_fields.get(stream) if on_demand else None
        records: list[ReadRecord] = []
        rejected: list[Rejected] = []
        for row in page.rows:
            raw = canonical(row)
            external_id = row.get(id_field) if id_field else None
            if isinstance(external_id, str | int) and external_id:
                records.append(ReadRecord(str(external_id), _content_hash(salt, raw), raw, partial(self._only_record, stream, row)))
                continue
            found = self._mapped(stream, row)
            if isinstance(found, Rejected):
                rejected.append(found)
                continue
            for record in found:  # of several records of one row, each changes for itself
                digest = _content_hash(salt, raw if len(found) == 1 else repr(record))
                records.append(ReadRecord(record.external_id, digest, raw, partial(_same, record)))
        return ReadPage(records, rejected, page.cursor, page.has_more, page.total, page.truncated)

    def _mapped(self, stream: str, row: Row) -> Sequence[Record] | Rejected:
        try:
            return self.to_records(stream, row)
        except Unmappable as error:
            return Rejected(error.external_id or _row_id(row), error.reason_code, str(error), row)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            reason = f"The row has a shape that we do not know ({type(error).__name__})."
            return Rejected(_row_id(row), Unmappable.reason_code, reason, row)

    def _only_record(self, stream: str, row: Row) -> Record | Rejected:
        found = self._mapped(stream, row)
        return found if isinstance(found, Rejected) else found[0]

    def walk(self, stream: str, window: Window, cursor: Cursor = None) -> Iterator[Page]:
        """All pages from `cursor` on, in order, as they came.

        Raises: PaginationNotAdvancing when a cursor comes again or a page equals the one before; what fetch_page raises.
        """
        guard = PaginationGuard(f"{self.title} {stream}", cursor)
        while True:
            page = self.fetch_page(stream, window, cursor)
            guard.check(page)
            yield page
            if not page.has_more:
                return
            cursor = page.cursor

    def pages(self, stream: str, window: Window, cursor: Cursor = None) -> Iterator[ReadPage]:
        """All pages from `cursor` on, in order, in the common language. Raises: as walk."""
        return (self.read(stream, page) for page in self.walk(stream, window, cursor))


class PaginationGuard:
    """Stops a walk that a platform's repeated page or token would make endless."""

    def __init__(self, what: str, cursor: Cursor) -> None:
        self._what = what
        self._seen = {_digest(cursor)}
        self._last_rows: Sequence[Row] = ()

    def check(self, page: Page) -> None:
        """Raises PaginationNotAdvancing when `page` leads where the walk has been, or repeats the page before."""
        following = {_digest(page.cursor)} if page.has_more else set()
        twice = "page" if page.rows and page.rows == self._last_rows else "page token" if following & self._seen else ""
        if twice:
            raise PaginationNotAdvancing(
                f"{self._what}: the platform gave the same {twice} twice.", hint="Try again; if it stays, report it to the platform."
            )
        self._last_rows = page.rows
        self._seen |= following


_encode = msgspec.json.Encoder(order="sorted", enc_hook=str).encode
_encode_anything = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False, default=str).encode


def canonical(row: Row) -> str:
    """A row as JSON that is the same for the same content; decimals are texts in it."""
    try:
        return _encode(row).decode()
    except (UnicodeError, msgspec.MsgspecError):  # half a character, which only json writes; the two write the same else
        return _encode_anything(row)


def _content_hash(salt: str, content: str) -> str:
    return hashlib.blake2b(f"{salt}{content}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _same(record: Record) -> Record:
    return record


def _row_id(row: Row) -> str:
    return str(row.get("id") or "")[:128] if isinstance(row, dict) else ""


def _digest(value: object) -> bytes:
    return hashlib.blake2b(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=8).digest()
