"""A wire that can be cut: a TCP proxy between our processes and a server."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable


class Proxy:
    """Listens on a free port and passes bytes on to `target`, a (host, port) that may change.

    `swallow(asked, reply)`, when set, is shown the bytes last sent to the server and what it answers; True cuts the connection before
    the answer is delivered. While `is_stalled`, answers are held back; `delay_s` makes each answer later.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.is_cut = self.is_stalled = False
        self.delay_s = 0.0
        self.swallow: Callable[[bytes, bytes], bool] | None = None
        self.cuts = 0
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection and refuse new ones until `heal`."""
        self.is_cut = True
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)

    def heal(self) -> None:
        """Well again."""
        self.is_cut = self.is_stalled = False
        self.delay_s, self.swallow = 0.0, None

    def close(self) -> None:
        """For good."""
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            try:
                server = socket.create_connection(self.target, timeout=3)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            pair, asked = (client, server), bytearray()
            with self._lock:
                self._pairs.add(pair)
            threading.Thread(target=self._pass_on, args=(client, server, pair, asked, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, pair, asked, True), daemon=True).start()

    def _pass_on(self, source, sink, pair, asked, is_answer):
        try:
            while read := source.recv(65536):
                if is_answer:
                    while self.is_stalled:
                        time.sleep(0.02)
                    time.sleep(self.delay_s)
                    if self.swallow is not None and self.swallow(bytes(asked), read):
                        self.cuts += 1
                        break
                else:
                    asked[:] = read
                sink.sendall(read)
        except OSError:
            pass
        self._end(pair)

    def _end(self, pair):
        with self._lock:
            self._pairs.discard(pair)
        for end in pair:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
