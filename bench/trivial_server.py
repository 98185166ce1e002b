"""Serves the trivial page as the console is served, with the same server and the same settings: `python -m bench.trivial_server`."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st
import uvicorn

import run_console
from settings import Settings


def main() -> None:
    """Say where it is, and serve it."""
    door = run_console.listen(Settings(console_port=0))
    print(f"A trivial page is at http://127.0.0.1:{door.getsockname()[1]}", flush=True)
    logging.disable(logging.WARNING)  # its lines would cost it what the console does not pay
    page = st.App(Path(__file__).with_name("trivial_page.py"))
    config = uvicorn.Config(page, ws="websockets-sansio", ws_per_message_deflate=False, access_log=False, log_config=None)
    uvicorn.Server(config).run(sockets=[door])


if __name__ == "__main__":
    main()
