"""Calls one address over a few kept connections until its standard input ends: `python -m bench.api_load ADDRESS PATH [RATE]`.

As fast as it is answered, or at a rate; then a call that had to wait for the one before counts from when it was due. Sockets by hand: on the two cores that the server has too, a client library would be most of what is measured.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from urllib.parse import urlsplit

from bench.child import measured

CONNECTIONS = 8


def _answered(wire: socket.socket) -> bytes:
    """One answer with a Content-Length; its first line."""
    text = b""
    while (end := text.find(b"\r\n\r\n")) < 0:
        text += _more(wire)
    length = int(text[:end].lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(text) < end + 4 + length:
        text += _more(wire)
    return text[: text.find(b"\r\n")]


def _more(wire: socket.socket) -> bytes:
    if not (part := wire.recv(65536)):
        raise ConnectionError("the server closed the connection")
    return part


def _call(
    at: tuple[str, int], request: bytes, done: threading.Event, pause_s: float, first_s: float, took: list[float], bad: list[bytes]
) -> None:
    with socket.create_connection(at) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        due = time.perf_counter() + first_s
        while not done.is_set():
            if (early := due - time.perf_counter()) > 0:
                time.sleep(early)
            began = due if pause_s else time.perf_counter()
            wire.sendall(request)
            line = _answered(wire)
            took.append(time.perf_counter() - began)
            if b" 200 " not in line:
                bad.append(line)
            due += pause_s


def main() -> None:
    """Tell calls, errors and how long the calls took."""
    address, path, rate = urlsplit(sys.argv[1]), sys.argv[2], float((*sys.argv[3:], "0")[0])
    request = f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
    at, pause_s = (address.hostname or "", address.port or 80), CONNECTIONS / rate if rate else 0.0
    took: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    bad: list[bytes] = []
    done = threading.Event()
    with measured() as told:
        callers = [
            threading.Thread(target=_call, args=(at, request, done, pause_s, pause_s * number / CONNECTIONS, took[number], bad))
            for number in range(CONNECTIONS)
        ]
        for caller in callers:
            caller.start()
        sys.stdin.read()
        done.set()
        for caller in callers:
            caller.join()
        every = sorted(each for one in took for each in one)
        told |= {
            "calls": len(every),
            "bad": len(bad),
            "p50_ms": every[len(every) // 2] * 1e3,
            "p99_ms": every[len(every) * 99 // 100] * 1e3,
        }


if __name__ == "__main__":
    main()
