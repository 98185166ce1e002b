"""A wrong variable is one clear sentence."""

from __future__ import annotations

import pytest

from settings import Settings, SettingsError, platform_secret


def test_nothing_set_is_the_embedded_mode():
    read = Settings.read({})
    assert read.is_sqlite
    assert read.is_redis_private
    assert (read.console_host, read.console_port, read.workers) == ("127.0.0.1", 8090, 4)


def test_the_names_of_the_guides_are_understood():
    read = Settings.read({
        "REDIS_HOST": "redis", "REDIS_PORT": "6380", "REDIS_PASSWORD": "p", "REDIS_DB": "2", "DB_MASTER_HOST": "mysql-master", "DB_SLAVE1_HOST": "mysql-slave1",
        "DB_SLAVE2_HOST": "mysql-slave2", "DB_USER": "user", "DB_PASSWORD": "password", "DB_NAME": "loadbalancer_db",
    })  # fmt: skip
    assert (read.redis_host, read.redis_port, read.redis_db) == ("redis", 6380, 2)
    assert (read.db_master_host, read.db_slave2_host, read.db_name) == ("mysql-master", "mysql-slave2", "loadbalancer_db")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"REDIS_PORT": "six"}, "REDIS_PORT is 'six'; it has to be a whole number"),
        ({"CONSOLE_PORT": "70000"}, "CONSOLE_PORT is 70000; a port is a number from 0 to 65535"),
        ({"WORKER_TYPE": "greenlet"}, "WORKER_TYPE is 'greenlet'; it has to be one of process, thread"),
        ({"WORKERS": "0"}, "WORKERS is 0; it has to be more than 0"),
        ({"LEASE_S": "10", "HEARTBEAT_S": "9"}, "the lease has to last at least two heartbeats"),
        ({"ALLOW_PRIVATE_ADDRESSES": "perhaps"}, "ALLOW_PRIVATE_ADDRESSES is 'perhaps'; it has to be 1 or 0"),
        ({"DB_SLAVE1_HOST": "b"}, "without DB_MASTER_HOST"),
        ({"OIDC_CLIENT_ID": "x"}, "Sign-in by OIDC also needs OIDC_CLIENT_SECRET and CONSOLE_URL and OIDC_ISSUER"),
        ({"CONSOLE_URL": "quayside.example.com"}, "CONSOLE_URL is 'quayside.example.com'; it has to be an address such as https://"),
        ({"AUTH_PROXY_HEADER": "X-User"}, "AUTH_PROXY_HEADER is set without AUTH_PROXY_ADDRESSES; anybody could send it"),
        ({"AUTH_PROXY_ADDRESSES": "proxy"}, "AUTH_PROXY_ADDRESSES names 'proxy', which is no address"),
        ({"ALERT_RULES_OFF": "waiting, pigeons"}, "ALERT_RULES_OFF names 'pigeons'; the rules are workers, store_paused"),
        ({"ALERT_SILENT_S": "30"}, "ALERT_SILENT_S is 30; it has to be 90 or more"),
        ({"ALERT_QUIET_HOURS": "22-7"}, "ALERT_QUIET_HOURS is '22-7'; it has to be two times of day such as 22:00-07:00"),
        ({"SCHEDULE_TIME_ZONE": "Zurich"}, "SCHEDULE_TIME_ZONE is 'Zurich'; it has to be a name such as Europe/Berlin"),
        ({"AUTH_ROLE_GROUPS": "boss=leads"}, "AUTH_ROLE_GROUPS says 'boss=leads'; it has to be viewer, operator or admin"),
    ],
)
def test_a_wrong_variable_is_named_with_its_value_and_its_rule(environment, told):
    with pytest.raises(SettingsError, match=told):
        Settings.read(environment)


def test_a_stores_credential_comes_from_a_variable_of_its_name(monkeypatch):
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN_store1", "shpat_x")
    assert platform_secret("shopify", "access_token", "store1") == "shpat_x"
    assert platform_secret("shopify", "access_token", "store2") is None


def test_passwords_are_in_no_repr_that_is_logged():
    from db.engine import place, url

    config = Settings.read({"DB_MASTER_HOST": "db:3307", "DB_PASSWORD": "hunter2"})
    assert "hunter2" not in str(url(config, "db:3307"))
    assert "hunter2" not in place()
