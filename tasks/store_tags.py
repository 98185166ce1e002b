"""The tags that people give stores, e.g. eu or b2b: what a tag may be, and how two are compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from tasks.bad_request import BadRequest

MOST, LONGEST = 10, 30  # tags of a store; characters of a tag


def plain(tag: str) -> str:
    """The tag as it is kept and compared: lower case, with no blanks around it and one at a time within."""
    return " ".join(unicodedata.normalize("NFC", tag).lower().split())


def checked(tags: Sequence[str]) -> list[str]:
    """Each of them once, as it is kept, sorted.

    Raises: BadRequest.
    """
    if isinstance(tags, str):
        raise BadRequest("tags", f"The tags {tags[:LONGEST]!r} are one text; give a list of texts.")
    kept = sorted({plain(tag) for tag in tags})
    for tag in kept:
        if not tag:
            raise BadRequest("tags", "A tag is empty; leave it out, or give it a word such as eu.")
        if len(tag) > LONGEST:
            raise BadRequest("tags", f"The tag {tag[:LONGEST]!r}… has {len(tag)} characters; a tag may have {LONGEST} at most.")
        if not all(char in "-_ " or unicodedata.category(char)[0] in "LMN" for char in tag):
            raise BadRequest("tags", f"The tag {tag!r} may have letters, digits, -, _ and blanks only; leave out the other characters.")
    if len(kept) > MOST:
        raise BadRequest("tags", f"These are {len(kept)} tags; a store may have {MOST} at most. Take some away.")
    return kept
