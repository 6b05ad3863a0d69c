"""A wrong setting stops every kind of start with one sentence that names it."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from campaigns.modes import LAST_DAY_PURPOSE
from tests.environment import SETTINGS
from tests.pixeltrack import settings_server

PYTHON = sys.executable
IMPORT = "import pixeltrack.settings"
FERNET_KEY = SETTINGS["FERNET_KEY"]


def changed(changes):
    environment = {**os.environ, **changes}
    return {name: value for name, value in environment.items() if value is not None}


def load(code, **changes):
    """Run code with some variables changed, or removed where the value is None."""
    return settings_server.run(code, changed(changes))


def start(command, **changes):
    """The same with a command, in a process that has loaded nothing."""
    return subprocess.run(
        command,
        env=changed(changes),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def assert_refused(done, name):
    assert done.returncode != 0
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"{name} ")
    assert sentence.endswith((".", ")."))


WRONG = [
    ("SECRET_KEY", None),
    ("SECRET_KEY", "short"),
    ("API_SECRET_KEY", None),
    ("API_SECRET_KEY", "short"),
    ("HASH_KEY", None),
    ("HASH_KEY", "short"),
    ("FERNET_KEY", None),
    ("FERNET_KEY", "short"),
    ("FERNET_KEY", f"{FERNET_KEY},{FERNET_KEY[:-1]}"),
    ("API_SECRET_ALGORITHM", "none"),
    ("API_ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
    ("TRACKING_MODE", "Individual"),
    ("NEVER_ASKED", "ask"),
    ("PRIVACY_SENDER", "Books " * 20),
    ("PRIVACY_SENDER", "Example\nBooks"),
    ("PRIVACY_CONTACT", "privacy"),
    ("PRIVACY_POLICY_URL", "example.com/privacy"),
    ("CONSENT_PROOF_YEARS", "0"),
    ("CONSENT_ASK_AGAIN_MONTHS", "5"),
    ("DEBUG", "perhaps"),
    ("PUBLIC_URL", "mail.example.com"),
    ("TRUSTED_PROXIES", "-1"),
    ("TIME_ZONE", "Mars/Olympus"),
    ("TIME_ZONE", "../../etc/passwd"),
    ("CURRENCY", "rupees"),
    ("AMOUNT_LOCALE", "en_XX"),
    ("AMOUNT_LOCALE", "rupees please"),
    ("RATE_LIMIT_APPLY", "30"),
    ("RATE_LIMIT_DISCOUNTS", "0/m"),
    ("RATE_LIMIT_DEFAULT", "many"),
    ("REDIS_URL", "http://:secret-password-of-redis@r"),
    ("RATE_LIMIT_WITHOUT_REDIS", "refuse"),
    ("DATABASE_URL", "oracle://db/x"),
    ("DATABASE_URL", "mysql://u:p@db:port/x"),
    ("DATABASE_URL", "mysql://u:secret-password@db/x?tls=yes"),
    ("DATABASE_TIMEOUT", "1"),
    ("DATABASE_CONNECT_TIMEOUT", "0"),
    ("DATABASE_COMMAND_TIMEOUT", "-1"),
    ("ALLOWED_HOSTS", "mail.example.com,https://a.example"),
    ("SPOOL_FSYNC", "often"),
    ("METRICS_TOKEN", "short"),
    ("METRICS_PORT", "70000"),
    ("PORT", "0"),
    ("WEB_CONCURRENCY", "many"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_refused_in_one_sentence(name, value):
    done = load(IMPORT, **{name: value})

    assert_refused(done, name)
    if value and len(value) > 20:
        assert value not in done.stderr


@pytest.mark.parametrize("mode", ["TRACKING_MODE", "NEVER_ASKED"])
@pytest.mark.parametrize("said", [None, "yes", LAST_DAY_PURPOSE.lower()])
def test_the_mode_last_day_is_spelled_out(mode, said):
    done = load(IMPORT, **{mode: "last_day", "LAST_DAY_ONLY_FOR": said})

    assert_refused(done, "LAST_DAY_ONLY_FOR")


def test_spelled_out_the_mode_last_day_starts():
    done = load(IMPORT, NEVER_ASKED="last_day", LAST_DAY_ONLY_FOR=LAST_DAY_PURPOSE)

    assert done.returncode == 0


@pytest.mark.parametrize(
    ("given", "decided"),
    [
        ({}, False),
        ({"NEVER_ASKED": " ", "TRACKING_MODE": ""}, False),
        ({"NEVER_ASKED": "individual"}, True),
        ({"NEVER_ASKED": "off"}, True),
        ({"TRACKING_MODE": "shared"}, True),
    ],
)
def test_a_mode_that_is_set_was_decided_though_it_be_the_default(given, decided):
    shown = "from pixeltrack import settings; print(settings.MODES_ARE_DECIDED)"
    done = load(shown, **given)

    assert (done.returncode, done.stdout) == (0, f"{decided}\n")


def test_a_wrong_port_among_the_mysql_variables_is_refused():
    done = load(IMPORT, DATABASE_URL=None, MYSQL_DATABASE="x", MYSQL_PORT="three")

    assert_refused(done, "MYSQL_PORT")


def test_mysql_variables_that_name_no_database_are_refused():
    done = load(IMPORT, DATABASE_URL=None, MYSQL_USER="bob")

    assert_refused(done, "MYSQL_DATABASE")


@pytest.mark.parametrize("name", ["SPOOL_DIR", "LOG_DIR", "CONSENT_JOURNAL"])
def test_a_folder_that_can_not_be_made_is_refused(name, tmp_path):
    (tmp_path / "file").touch()
    done = load(IMPORT, **{name: str(tmp_path / "file" / "folder")})

    assert_refused(done, name)


@pytest.mark.processes
@pytest.mark.parametrize(
    "command",
    [
        (PYTHON, "manage.py", "check"),
        (PYTHON, "manage.py", "migrate"),
        (PYTHON, "manage.py", "sweep"),
        (PYTHON, "-c", IMPORT),
        (PYTHON, "-c", "import pixeltrack.wsgi"),
    ],
    ids=" ".join,
)
def test_every_kind_of_start_stops_with_only_that_sentence(command):
    assert_refused(start(command, HASH_KEY=None), "HASH_KEY")


@pytest.mark.processes
def test_the_web_server_ends_instead_of_restarting_workers_forever():
    gunicorn = (PYTHON, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--no-control-socket")
    done = start((*gunicorn, "pixeltrack.wsgi"), HASH_KEY=None)

    assert done.returncode != 0
    assert done.stderr.count("HASH_KEY is missing") == 1
    assert "Traceback" not in done.stderr


def read(expression, **changes):
    done = load(f"from pixeltrack.settings import *; print({expression})", **changes)
    assert done.stderr == ""
    return done.stdout.strip()


def test_links_have_the_port_where_no_address_is_set():
    assert read("PUBLIC_URL", PUBLIC_URL=None, PORT="8123") == "http://127.0.0.1:8123"
    assert read("PUBLIC_URL", PORT="8123") == SETTINGS["PUBLIC_URL"]


@pytest.mark.parametrize(("written", "found"), [("", ""), ("en-in", "en_IN"), ("de", "de")])
def test_a_locale_of_amounts_is_read_in_either_form(written, found):
    assert read("AMOUNT_LOCALE", AMOUNT_LOCALE=written) == found


def test_the_mysql_variables_describe_a_database():
    variables = {
        "MYSQL_DATABASE": "shop",
        "MYSQL_USER": "jo",
        "MYSQL_PASSWORD": "p@s/s",
        "MYSQL_HOST": "db",
        "MYSQL_PORT": "3307",
    }
    database = "[DATABASES['default'][k] for k in ('NAME', 'USER', 'PASSWORD', 'HOST', 'PORT')]"

    assert read(database, DATABASE_URL=None, **variables) == "['shop', 'jo', 'p@s/s', 'db', 3307]"


@pytest.mark.parametrize("name", ["MYSQL_DATABASE", "MYSQL_HOST", "MYSQL_PORT"])
def test_settings_of_two_databases_are_refused(name):
    assert_refused(load(IMPORT, **{name: "3306"}), name)


@pytest.mark.parametrize(
    ("url", "secure"), [("https://mail.example.com", True), ("http://10.0.0.7:8000", False)]
)
def test_secure_cookies_and_redirects_depend_on_the_address(url, secure):
    names = "SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE, SECURE_SSL_REDIRECT"

    assert read(names, PUBLIC_URL=url) == " ".join([str(secure)] * 3)
    assert read("CSRF_TRUSTED_ORIGINS", PUBLIC_URL=url) == f"['{url}']"


@pytest.mark.parametrize(
    ("url", "proxies", "trusted"),
    [("https://a.example", "1", True), ("https://a.example", "0", False), ("http://a", "1", False)],
)
def test_only_a_trusted_proxy_may_say_that_a_request_came_over_https(url, proxies, trusted):
    header = read("SECURE_PROXY_SSL_HEADER", PUBLIC_URL=url, TRUSTED_PROXIES=proxies)

    assert (header != "None") == trusted
