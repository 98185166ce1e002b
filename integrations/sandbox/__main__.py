"""`python -m integrations.sandbox`: the local platforms on one port, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import json
import sys

from integrations.sandbox.control import described
from integrations.sandbox.demo import SIZE, demo_shops, named_shop
from integrations.sandbox.server import Sandbox, serving


def main() -> int:
    """Serve; prints one JSON line per shop, then `ready <address>`."""
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0 takes a free one")
    parser.add_argument("--shop", action="append", default=[], metavar="PLATFORM:NAME", help="again for more; default: the demo shops")
    parser.add_argument("--size", type=int, default=SIZE, help="products per shop; orders are half as many again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--now", type=int, help="seconds since 1970 at which the shops stand still; default: this moment")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="serve https with these PEM files")
    wanted = parser.parse_args()
    try:
        specs = [named_shop(text, size=wanted.size, seed=wanted.seed) for text in wanted.shop]
        sandbox = Sandbox(specs or demo_shops(size=wanted.size, seed=wanted.seed), now=wanted.now)
    except ValueError as error:
        parser.error(str(error))
    server, listener = serving(sandbox, host=wanted.host, port=wanted.port, tls=tuple(wanted.tls) if wanted.tls else None)
    for visits in sandbox.all():
        _say(json.dumps(described(visits, sandbox.base_url), ensure_ascii=False))
    _say(f"ready {sandbox.base_url}")
    server.run(sockets=[listener])
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
