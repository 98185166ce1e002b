"""What a person types into a search box, as terms: `order:1001 error:timeout`, a job's number, or plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass

KINDS = ("order", "sku", "product", "user")  # what a job can refer to: found through an index, at any age
PREFIXES = ("id", *KINDS, "task", "error")
_TERM = re.compile(rf'\b({"|".join(PREFIXES)}):\s*(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_LONGEST_ID = 18  # digits: what fits into a BIGINT


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; `key` is one of PREFIXES, or "text" for what stands without one."""

    key: str
    value: str

    @property
    def is_exact(self) -> bool:
        """Whether an index answers it at any age; what is not is searched in a window of the newest."""
        return self.key == "id" or self.key in KINDS


def terms(text: str) -> tuple[Term, ...]:
    """The conditions in `text`; all of them are to hold. Nothing but digits is a job's number, #… an order's; a value with blanks stands in double quotes."""
    found = []
    for key, quoted, plain in _TERM.findall(text):
        value = (quoted or plain).strip()
        key = key.lower()
        if key == "id" and not (value.isdecimal() and value.isascii()):
            key = "text"  # no number: looked for as it stands
        if value:
            found.append(Term(key, value[:_LONGEST_ID] if key == "id" else value.rstrip("*") if key == "task" else value))
    rest = " ".join(_TERM.sub(" ", text).split())
    if rest.isdecimal() and rest.isascii() and not found:
        found.append(Term("id", rest[:_LONGEST_ID]))
    elif rest.startswith("#") and " " not in rest and len(rest) > 1:
        found.append(Term("order", rest))  # as shops write an order's number, and nothing else
    elif rest:
        found.append(Term("text", rest))
    return tuple(found)
