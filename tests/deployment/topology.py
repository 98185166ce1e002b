"""What docker-compose.yml describes, run as plain processes of this machine from the same files: commands, environments and configurations."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml
from cryptography.fernet import Fernet

from tests.processes.consumers import NO_SCHEDULES
from tests.servers import MariaDb, _program, free_port, until

ROOT = Path(__file__).resolve().parents[2]
CONSOLES = ("console1", "console2", "console3")
FRONT = "127.0.0.2"  # a call that leaves from here comes, to nginx, from the proxy that does TLS
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}")


def compose() -> dict[str, Any]:
    """The file, its anchors resolved."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def filled_in(value: str, given: dict[str, str]) -> str:
    """`value` as docker compose fills it in.

    Raises: KeyError where a variable is required and not given.
    """

    def one(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if given.get(name) or (name in given and kind == "-"):
            return given[name]
        if kind in ("-", ":-"):
            return rest
        raise KeyError(f"{name}: {rest or 'not given'}")

    return _VARIABLE.sub(one, value).replace("$$", "$")


def environment_of(service: dict[str, Any], dotenv: dict[str, str]) -> dict[str, str]:
    """What docker compose gives a service's containers, where `dotenv` is what .env says."""
    files = [file["path"] for file in service.get("env_file", [])]
    assert set(files) <= {".env"}
    return (dotenv if files else {}) | {name: filled_in(str(value), dotenv) for name, value in service["environment"].items()}


def site(dotenv: dict[str, str], port: int, consoles: dict[str, int]) -> str:
    """deploy/nginx.conf as nginx's image fills it in, on this machine's ports."""
    told = environment_of(compose()["services"]["nginx"], dotenv)
    filled = subprocess.run(
        ["sh", "-ec", '. "$0"; exec env -0', str(ROOT / "deploy/fronts.envsh")], env={"PATH": os.environ["PATH"], **told},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    text = (ROOT / "deploy/nginx.conf").read_text().replace("listen 8090", f"listen 127.0.0.1:{port}")
    for name, _, value in (line.partition("=") for line in filled.split("\0") if re.match(told["NGINX_ENVSUBST_FILTER"], line)):
        text = text.replace(f"${{{name}}}", value)
    for name, console_port in consoles.items():  # addresses: Debian's nginx is older than `resolve`, and nothing answers for these names
        text = text.replace(f"{name}:8090 resolve", f"127.0.0.1:{console_port}")
    return text


def nginx(folder: Path, text: str) -> list[str]:
    """The command that serves the site `text` from `folder`."""
    places = "".join(f"{kind}_temp_path {folder}/nginx-{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\nhttp {{ access_log off;\n{places}{text}\n}}\n"
    (folder / "nginx.conf").write_text(whole)
    return [str(_program("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf")]


class ConfiguredMariaDb(MariaDb):
    """One of the three databases: the configuration of deploy/database, and root as the image makes it."""

    def __init__(self, folder: Path, configuration: Path, root_password: str) -> None:
        self.folder, self.port = folder, free_port()
        self._configuration, self._root_password = configuration, root_password
        self._data = folder / "data"
        self._process = None
        folder.mkdir(parents=True)
        self._account = ["--user=root"] if os.getuid() == 0 else []
        self._install()
        self.start()

    def start(self) -> None:
        """Start it, on the port that it had."""
        options = {
            "datadir": self._data, "port": self.port, "bind-address": "127.0.0.1", "socket": self._socket(), "pid-file": self.folder / "pid",
            "log-error": self.folder / "error.log", "innodb-log-file-size": "8M", "innodb-buffer-pool-size": "48M", "innodb-use-native-aio": "OFF",
            "performance-schema": "OFF",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [_program("mariadbd"), f"--defaults-file={self._configuration}", *self._account, *(f"--{name}={value}" for name, value in options.items())],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(f"MariaDB ({self.folder}/error.log)", self._listens, timeout_s=60)

    def _listens(self) -> bool:
        assert self._process.poll() is None, (self.folder / "error.log").read_text()[-2000:]
        asked = subprocess.run(
            ["mariadb", f"--socket={self._socket()}", "-u", "root", "-e",
             "SET sql_log_bin = 0; DELETE FROM mysql.global_priv WHERE User = 'root' AND Host NOT IN ('localhost', '%'); FLUSH PRIVILEGES; "
             f"CREATE USER IF NOT EXISTS root@'%' IDENTIFIED BY '{self._root_password}'; GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION"],
            capture_output=True,
        )  # fmt: skip
        return asked.returncode == 0

    def as_root(self, statement: str) -> list[Any]:
        """What root is told."""
        with self.connect(database=None, user="root", password=self._root_password) as conn, conn.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())


class Topology:
    """Every service of the file but the one-shot ones, which run to their end at the start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.services = compose()["services"]
        self.given = {
            name: secrets.token_hex(12)
            for name in ("REDIS_PASSWORD", "MARIADB_ROOT_PASSWORD", "DB_PASSWORD", "DB_MIGRATE_PASSWORD", "REPLICATION_PASSWORD")
        } | {"QUAYSIDE_SECRET_KEYS": Fernet.generate_key().decode(), "WORKERS": "2", "LOG_FORMAT": "text", "FRONT_PROXIES": FRONT}
        self.given["CONSOLE_PROXY_ADDRESSES"] = "127.0.0.1"  # where nginx is here
        self.ports = {name: free_port() for name in (*CONSOLES, "redis", "nginx")}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.databases: dict[str, ConfiguredMariaDb] = {}
        self.address = f"http://127.0.0.1:{self.ports['nginx']}"

    def environment(self, service: str) -> dict[str, str]:
        """The service's environment, with this machine's ports where the file names services."""
        told = environment_of(self.services[service], self.given)
        told |= {name: f"127.0.0.1:{self.databases[value].port}" for name, value in told.items() if value in self.databases}
        if told.get("REDIS_HOST") == "redis":
            told |= {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(self.ports["redis"])}
        if service in CONSOLES:
            told |= {
                "CONSOLE_HOST": "127.0.0.1",
                "CONSOLE_PORT": str(self.ports[service]),
            }  # each has an address of its own, there and here
        here = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **here,
            "PYTHONPATH": str(ROOT),
            "QUAYSIDE_VAR": str(self.folder / "var"),
            "ALLOW_PRIVATE_ADDRESSES": "1",
            **NO_SCHEDULES,
            **told,
        }

    def log(self, name: str) -> str:
        """What a process has written, over all its starts; empty before the first."""
        written = self.folder / f"{name}.log"
        return written.read_text() if written.exists() else ""

    def start(self) -> None:
        """In the order of `depends_on`."""
        (self.folder / "var").mkdir(parents=True, exist_ok=True)
        configurations = {"mysql-master": "primary.cnf", "mysql-slave1": "replica1.cnf", "mysql-slave2": "replica2.cnf"}
        for name, file in configurations.items():
            assert any(f"/{file}:" in volume for volume in self.services[name]["volumes"])
            self.databases[name] = ConfiguredMariaDb(
                self.folder / name, ROOT / "deploy/database" / file, self.given["MARIADB_ROOT_PASSWORD"]
            )
        self.run_once("database-set-up", ["sh", str(ROOT / "deploy/database/set_up.sh")])
        self._start_redis()
        self.run_once("migrate", [sys.executable, *self.services["migrate"]["command"][1:]])
        for name in CONSOLES:
            self.start_console(name)
        for number in range(int(filled_in(self.services["consumer"]["deploy"]["replicas"], self.given))):
            self.start_consumer(f"consumer-{number + 1}")
        self._start_nginx()

    def run_once(self, service: str, command: list[str]) -> str:
        """A service that ends by itself; what it said."""
        ran = subprocess.run(command, cwd=ROOT, env=self.environment(service), capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def _spawn(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.folder / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)

    def _start_redis(self) -> None:
        shell, flag, line = self.services["redis"]["command"]
        told = f"{filled_in(line, {})} --port {self.ports['redis']} --bind 127.0.0.1 --dir {self.folder}"
        self._spawn("redis", [shell, flag, told], {**os.environ, "REDIS_PASSWORD": self.given["REDIS_PASSWORD"]})

    def start_console(self, name: str) -> None:
        """One of the three; waits until it answers."""
        self._spawn(name, [sys.executable, "run_console.py"], self.environment(name))
        until(f"{name}: {self.log(name)}", lambda: self.is_ready(self.ports[name]), timeout_s=60)

    def start_consumer(self, name: str) -> None:
        """One of the consumers."""
        before = self.log(name).count("consumer started")
        self._spawn(name, [sys.executable, *self.services["consumer"]["command"][1:]], self.environment("consumer"))
        until(f"{name}'s start", lambda: self.log(name).count("consumer started") > before, timeout_s=60)

    def _start_nginx(self) -> None:
        command = nginx(self.folder, site(self.given, self.ports["nginx"], {name: self.ports[name] for name in CONSOLES}))
        self._spawn("nginx", command, dict(os.environ))
        until("nginx", lambda: self.is_ready(self.ports["nginx"]), timeout_s=30)

    def is_ready(self, port: int) -> bool:
        """Whether what listens there can do its whole work."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def kill(self, name: str, sign: int = signal.SIGKILL) -> None:
        """End one process and wait for its end."""
        self.processes[name].send_signal(sign)
        self.processes[name].wait(timeout=60)
        del self.processes[name]  # not before its end: what does not end in time is still ended by `stop`

    def stop(self) -> None:
        """Everything that this one started, and nothing else."""
        for name in [name for name in reversed(self.processes) if name != "redis"]:
            self.processes[name].terminate()
        for process in reversed(self.processes.values()):
            process.terminate()
            try:
                process.wait(timeout=45)
            except subprocess.TimeoutExpired:
                process.kill()
        for database in self.databases.values():
            database.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
