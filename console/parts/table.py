"""Tables as every page draws them: no index, no inner scrolling, rows of a known height."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

ROW_PX, TALL_ROW_PX, HEAD_PX = 32, 38, 32


def show(
    frame: pd.DataFrame | Styler,
    columns: Mapping[str, Any],
    *,
    alt: str,
    order: Sequence[str] | None = None,
    row_px: int = ROW_PX,
    placeholder: str = "–",
    select_key: str = "",
) -> list[int]:
    """Draw `frame`; `alt` says to those who do not see it what it lists. The places of the rows that are chosen, where `select_key` lets choose.

    A choice is of places, not of rows: give other rows another `select_key`.
    """
    look: dict[str, Any] = {"key": select_key, "on_select": "rerun", "selection_mode": "multi-row"} if select_key else {}
    drawn: Any = st.dataframe(
        frame, hide_index=True, height="content", row_height=row_px, placeholder=placeholder, alt=alt, column_order=order,
        column_config=dict(columns), **look,
    )  # fmt: skip
    return [place for place in drawn.selection.rows if place < len(frame.index)] if select_key else []
