"""The files that a deployment starts from say what they have to: valid, complete, without a password in them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest

from settings import Settings
from tests.deployment.topology import CONSOLES, ROOT, compose, environment_of, filled_in

SECRET = re.compile(r"PASSWORD|SECRET")


def test_the_compose_file_is_valid():
    places = find_spec("check_jsonschema").submodule_search_locations
    specification = json.loads((Path(places[0]) / "builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema.validate(compose(), specification)


def test_every_variable_of_a_container_of_ours_is_a_setting():
    known = {field.name.upper() for field in fields(Settings)}
    for name in (*CONSOLES, "consumer", "migrate"):
        assert {variable for variable, value in compose()["services"][name]["environment"].items() if value} <= known, name


def _example():
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))


def dotenv(**more):
    """What .env says: each password filled in, and `more`."""
    example = _example()
    return example | {name: "p" for name in example if SECRET.search(name)} | more


def test_whatever_is_set_in_the_file_reaches_consoles_and_consumers_and_the_servers_own_passwords_do_not():
    given = {"OIDC_TITLE": "Harbour Login", "SHOPIFY_ACCESS_TOKEN_store1": "t", "KEEP_JOBS_DAYS": "7", "METRICS_OPEN": "1", "WORKERS": "9"}
    for name in (*CONSOLES, "consumer"):
        service = compose()["services"][name]
        assert all(file["required"] is False for file in service["env_file"]), "a shell's variables are enough"
        told = environment_of(service, dotenv(**given))
        assert given.items() <= told.items()
        assert not any(told[variable] for variable in ("MARIADB_ROOT_PASSWORD", "DB_MIGRATE_PASSWORD", "REPLICATION_PASSWORD"))
        Settings.read(told)


def test_people_may_sign_in_another_way_than_by_accounts():
    console = compose()["services"]["console1"]
    assert environment_of(console, dotenv())["SIGN_IN"] == "accounts"
    assert environment_of(console, {name: value for name, value in dotenv().items() if name != "SIGN_IN"})["SIGN_IN"] == "accounts"
    assert environment_of(console, dotenv(SIGN_IN=""))["SIGN_IN"] == ""
    assert Settings.read(environment_of(console, dotenv(SIGN_IN="", AUTH_PROXY_HEADER="X-Forwarded-Email"))).has_auth_proxy


def test_the_number_of_consumers_is_kept_in_the_file():
    replicas = compose()["services"]["consumer"]["deploy"]["replicas"]
    assert (filled_in(replicas, {}), filled_in(replicas, dotenv(CONSUMERS="5"))) == ("2", "5")


def test_no_secret_has_a_default_and_the_example_names_each():
    text = (ROOT / "docker-compose.yml").read_text()
    for name, kind in re.findall(r"\$\{(\w+):?(.)", text):
        assert not SECRET.search(name) or kind == "?", f"{name} has a default"
    example = _example()
    assert set(re.findall(r"\$\{(\w+)", text)) <= set(example)
    assert not any(value for name, value in example.items() if SECRET.search(name))
    with pytest.raises(KeyError, match=r"set it in \.env"):
        filled_in("${REDIS_PASSWORD:?set it in .env}", {})


def test_only_nginx_is_published_and_the_databases_have_no_way_out():
    services = compose()["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    for name in ("redis", "mysql-master", "mysql-slave1", "mysql-slave2"):
        assert services[name]["networks"] == ["inside"]
    assert compose()["networks"]["inside"]["internal"] is True


def test_a_stopping_consumer_has_the_time_that_its_pages_need():
    service = compose()["services"]["consumer"]
    assert service["stop_signal"] == "SIGTERM"
    assert int(service["stop_grace_period"].rstrip("s")) > float(service["environment"]["GRACE_S"])


def test_the_image_holds_all_that_runs_in_it():
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    named = {name for line in copied for name in line.split()}
    assert named == kept
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, run_console, run_consumer, console.app, tasks, db.migrate; "
         "print(*sorted({getattr(m, '__file__', None) or '' for m in sys.modules.values()}))"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    ours = {Path(file).relative_to(ROOT).parts[0] for file in imported if file.startswith(str(ROOT)) and ".venv" not in file}
    assert ours <= named
