"""Which database, with which options and timeouts; nothing is ignored silently."""

import pytest

from foundation import env
from foundation.database import settings as database_settings
from foundation.database.settings import ENGINES, Timeouts
from tests.foundation.test_env import complaint_of

LIMITS = Timeouts(connect=5, web=20, command=3600)


@pytest.fixture
def given(monkeypatch):
    """A function that sets the variable X."""
    return lambda value: monkeypatch.setenv("X", value)


@pytest.mark.parametrize("value", ["grafana-reader", "1st", "a" * 33, "root'@'%"])
def test_an_invalid_name_of_a_database_user_is_refused(given, value):
    given(value)
    assert "letter" in complaint_of(lambda: database_settings.database_user("X", default="grafana"))


def test_a_database_user_has_a_default(given):
    assert database_settings.database_user("X", default="grafana") == "grafana"
    given("reader_2")
    assert database_settings.database_user("X", default="grafana") == "reader_2"


@pytest.mark.parametrize(
    ("value", "engine", "name"),
    [
        ("sqlite:///var/x.db", "sqlite", str(env.BASE_DIR / "var/x.db")),
        ("sqlite:////srv/x.db", "sqlite", "/srv/x.db"),
        ("mysql://u:p@db:3307/x", "mysql", "x"),
        ("postgres://u:p%40ss@db/x", "postgres", "x"),
        ("postgresql://u@db/x", "postgres", "x"),
    ],
)
def test_urls_of_all_supported_databases(given, value, engine, name):
    given(value)
    config = database_settings.database_url("X", default="")
    assert config["ENGINE"] == ENGINES[engine]
    assert config["NAME"] == name


def test_a_password_may_have_special_characters(given):
    given("postgres://u:p%40s%3As%2F@db/x")
    assert database_settings.database_url("X", default="")["PASSWORD"] == "p@s:s/"


@pytest.mark.parametrize(
    "value",
    ["x.db", "oracle://u:hush@db/x", "mysql://u:hush@db", "mysql://u:hush@db:port/x", "mysql://"],
)
def test_a_bad_database_url_is_refused_and_its_password_never_shown(given, value):
    given(value)
    assert "hush" not in complaint_of(lambda: database_settings.database_url("X", default=""))


@pytest.fixture
def files(tmp_path):
    for name in ("ca", "cert", "key"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("mysql://u@db/x?ssl_mode=REQUIRED", {"ssl_mode": "REQUIRED"}),
        ("mysql://u@db/x?ssl-mode=verify_ca", {"ssl_mode": "VERIFY_CA"}),
        (
            "mysql://u@db/x?ssl_mode=VERIFY_IDENTITY&ssl_ca={0}/ca&ssl-cert={0}/cert&ssl_key={0}/key",
            {
                "ssl_mode": "VERIFY_IDENTITY",
                "ssl": {"ca": "{0}/ca", "cert": "{0}/cert", "key": "{0}/key"},
            },
        ),
        ("mysql://u@db/x?ssl_ca={0}/ca", {"ssl_mode": "VERIFY_CA", "ssl": {"ca": "{0}/ca"}}),
        ("postgres://u@db/x?sslmode=require", {"sslmode": "require"}),
        (
            "postgres://u@db/x?sslrootcert={0}/ca",
            {"sslmode": "verify-ca", "sslrootcert": "{0}/ca"},
        ),
        (
            "postgres://u@db/x?sslrootcert=system",
            {"sslmode": "verify-full", "sslrootcert": "system"},
        ),
        (
            "postgresql://u@db/x?sslmode=verify-full&sslrootcert={0}/ca&sslcert={0}/cert&sslkey={0}/key",
            {
                "sslmode": "verify-full",
                "sslrootcert": "{0}/ca",
                "sslcert": "{0}/cert",
                "sslkey": "{0}/key",
            },
        ),
        (
            "postgres://u@db/x?sslmode=verify-full&sslrootcert=system",
            {"sslmode": "verify-full", "sslrootcert": "system"},
        ),
        ("sqlite:////srv/x.db", {}),
    ],
)
def test_tls_options_reach_the_driver_together_with_our_own(monkeypatch, files, url, options):
    monkeypatch.setenv("DATABASE_URL", url.format(files))
    config = database_settings.database("", LIMITS)
    expected = {
        name: {n: v.format(files) for n, v in value.items()}
        if isinstance(value, dict)
        else value.format(files)
        for name, value in options.items()
    }
    assert expected.items() <= config["OPTIONS"].items()
    assert "?" not in config["NAME"]
    assert len(config["OPTIONS"]) > len(expected)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///x.db?mode=ro", "no options"),
        ("mysql://u:hush@db/x?sslmode=require", "can have ssl_mode"),
        ("postgres://u:hush@db/x?ssl_mode=REQUIRED", "can have sslmode"),
        ("postgres://u:hush@db/x?sslmode=REQUIRED&sslmode=disable", "twice"),
        ("mysql://u:hush@db/x?ssl_mode=PREFERRED", "one of DISABLED, REQUIRED"),
        ("postgres://u:hush@db/x?sslmode=always", "one of disable, allow"),
        ("mysql://u:hush@db/x?ssl_ca=/nowhere/ca.pem", "can't be read"),
        ("mysql://u:hush@db/x?ssl_ca=", "can't be read"),
        ("postgres://u:hush@db/x?sslrootcert=/nowhere/ca.pem", "can't be read"),
        ("mysql://u:hush@db/x?ssl_mode=DISABLED&ssl_ca={0}/ca", "leave one of them out"),
        ("postgres://u:hush@db/x?sslmode=disable&sslrootcert={0}/ca", "leave one of them out"),
        ("postgres://u:12?hush@db/x", "option that"),
        ("mysql://u:hush@db/x?connect_timeout=1", "can have ssl_mode"),
        ("mysql://u:hush@db/x?", ""),
        ("mysql://u:hush@db/x#y", "%23"),
    ],
)
def test_an_unsupported_option_is_refused(given, files, url, said):
    given(url.format(files))
    if not said:
        assert database_settings.database_url("X", default="")["NAME"] == "x"
        return
    sentence = complaint_of(lambda: database_settings.database_url("X", default=""))
    assert said in sentence
    assert "hush" not in sentence


@pytest.mark.parametrize(
    ("url", "option", "web", "for_ever"),
    [
        ("sqlite:///x.db", "timeout", 7, 20),
        ("mysql://u@db/x", "read_timeout", 7, 0),
        ("mysql://u@db/x", "write_timeout", 7, 0),
        ("postgres://u@db/x", "read_timeout", 7, 0),
        ("postgres://u@db/x", "tcp_user_timeout", 7000, 0),
    ],
)
def test_pages_have_short_timeouts_and_commands_long_ones(monkeypatch, url, option, web, for_ever):
    monkeypatch.setenv("DATABASE_URL", url)
    config = database_settings.database("", Timeouts(connect=5, web=7, command=0))
    assert config["OPTIONS"][option] == for_ever
    database_settings.limit_reads(config, seconds=7)
    assert config["OPTIONS"][option] == web


@pytest.mark.parametrize(("web", "lock"), [(2, 1), (10, 5), (20, 10), (600, 10)])
def test_waiting_for_a_lock_times_out_before_the_connection_does(web, lock):
    assert Timeouts(connect=5, web=web, command=0).lock == lock


def test_names_of_mysql_databases_may_have_special_characters(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("MYSQL_DATABASE", "a?b#c")
    assert database_settings.database("", LIMITS)["NAME"] == "a?b#c"
