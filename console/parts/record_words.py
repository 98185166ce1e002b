"""The states of products and orders in people's words; what a platform calls them stands in the raw record."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console.words import _, later

WORDS = {  # our word for it → (label, colour)
    "active": (later("Active"), "green"), "draft": (later("Draft"), "gray"), "archived": (later("Archived"), "gray"),
    "unlisted": (later("Unlisted"), "gray"), "pending": (later("Pending"), "orange"), "open": (later("Open"), "blue"),
    "on_hold": (later("On hold"), "orange"), "completed": (later("Completed"), "green"), "cancelled": (later("Cancelled"), "gray"),
    "failed": (later("Failed"), "red"), "authorized": (later("Authorised"), "blue"), "partially_paid": (later("Partly paid"), "orange"),
    "paid": (later("Paid"), "green"), "partially_refunded": (later("Partly refunded"), "gray"), "refunded": (later("Refunded"), "gray"),
    "voided": (later("Voided"), "gray"), "unfulfilled": (later("Unfulfilled"), "gray"), "partial": (later("Partly fulfilled"), "orange"),
    "fulfilled": (later("Fulfilled"), "green"), "returned": (later("Returned"), "gray"), "unknown": (later("Unknown"), "gray"),
    "deleted": (later("Deleted"), "red"),
}  # fmt: skip


def label(word: str) -> str:
    """The word in the person's language; one that we have no word for as it is."""
    return _(WORDS[word][0]) if word in WORDS else word.replace("_", " ").capitalize()


def badge(word: str | None) -> None:
    """The word in its colour."""
    if word:
        st.badge(label(word), color=WORDS.get(word, ("", "gray"))[1])  # type: ignore[arg-type]  # the dict above holds theme names only


def column(title: str, words: set[str], *, width: int = 110) -> Any:
    """A table column of badges for these words; its cells are lists of one word."""
    shown = sorted(words)
    colors = [WORDS.get(word, ("", "gray"))[1] for word in shown]
    return st.column_config.MultiselectColumn(title, width=width, options=shown, color=colors, format_func=label)


def cells(rows: list[dict[str, Any]], name: str) -> list[list[str]]:
    """The cells of such a column."""
    return [[str(row[name])] if row[name] else [] for row in rows]
