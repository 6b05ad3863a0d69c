"""Database settings and timeouts; must not import Django.

A hanging database neither answers nor refuses: only the client's own timeouts help.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from environ import Env

from foundation import env
from foundation.database.options import BadOption, driver_options

SCHEMES = {
    "sqlite": "sqlite",
    "mysql": "mysql",
    "postgres": "postgres",
    "postgresql": "postgres",
}
# Django's own backends have no read timeout (foundation/database/postgresql), no enforced TLS
# (foundation/database/mysql), and don't see a file that was replaced (foundation/database/sqlite).
ENGINES = {
    "sqlite": "foundation.database.sqlite",
    "mysql": "foundation.database.mysql",
    "postgres": "foundation.database.postgresql",
}
# MySQL's limit is 32 characters.
USER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
MYSQL_VARIABLES = ("MYSQL_DATABASE", "MYSQL_HOST", "MYSQL_PORT")
LONGEST_LOCK_WAIT = 10
# Seconds until SQLite raises "database is locked".
SQLITE_PATIENCE = 20
# An unreachable host is detected after about two minutes.
KEEPALIVE = {"keepalives_idle": 60, "keepalives_interval": 15, "keepalives_count": 4}


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait for a connection and for each result; `command` 0 disables the timeout.

    Web requests are interactive; imports, audits and migrations run long queries.
    """

    connect: int
    web: int
    command: int

    @property
    def lock(self) -> int:
        """Shorter than `web`, so that a request waiting for a lock fails with a clear error."""
        return max(1, min(LONGEST_LOCK_WAIT, self.web // 2))


def timeouts() -> Timeouts:
    return Timeouts(
        connect=env.integer("DATABASE_CONNECT_TIMEOUT", default=5, minimum=1, maximum=60),
        web=env.integer("DATABASE_TIMEOUT", default=20, minimum=2, maximum=600),
        command=env.integer("DATABASE_COMMAND_TIMEOUT", default=3600, minimum=0, maximum=604_800),
    )


def database(default: str, limits: Timeouts) -> dict:
    """The entry in Django's DATABASES for commands; `for_web` sets the shorter timeouts."""
    config = database_url("DATABASE_URL", default=mysql_url() or default)
    config |= {"CONN_MAX_AGE": 1800, "CONN_HEALTH_CHECKS": True, "TEST": {}}
    config["OPTIONS"] |= _options(config["ENGINE"], limits)
    if config["ENGINE"] == ENGINES["mysql"]:
        config["TEST"] = {"CHARSET": "utf8mb4"}
    limit_reads(config, seconds=limits.command)
    return config


def database_url(name: str, *, default: str) -> dict[str, Any]:
    """Engine, name, login and options; messages never show the URL, which may hold a password.

    Relative paths of SQLite and TLS files are resolved against the project's root.
    """
    value = env.text(name, default)
    parts = env.split_url(name, value)
    kind = SCHEMES.get(parts.scheme)
    if kind is None:
        raise env.SettingsError(f"{name} must start with sqlite://, mysql:// or postgres://.")
    if "#" in value:
        raise env.SettingsError(f"{name} has a # in it: write %23 instead.")
    try:
        options = driver_options(kind, parts.query, base=env.BASE_DIR)
    except BadOption as bad:
        raise env.SettingsError(f"{name} {bad}") from None
    config: dict[str, Any] = Env.db_url_config(value.partition("?")[0])
    if not config.get("NAME"):
        raise env.SettingsError(f"{name} names no database: end it with /name.")
    if kind == "sqlite":
        config["NAME"] = str(env.BASE_DIR / config["NAME"])
    return config | {"ENGINE": ENGINES[kind], "OPTIONS": options}


def mysql_url() -> str:
    """The URL built from the MYSQL_* variables, "" if they name no database."""
    name = env.text("MYSQL_DATABASE")
    if env.text("DATABASE_URL"):
        _refuse_both()
        return ""
    if not name:
        if env.text("MYSQL_USER"):
            raise env.SettingsError("MYSQL_DATABASE is missing: MYSQL_USER is for one.")
        return ""
    port = env.integer("MYSQL_PORT", default=3306, minimum=1, maximum=65535)
    user = quote(env.text("MYSQL_USER", "root"), safe="")
    password = quote(env.text("MYSQL_PASSWORD") or env.text("MYSQL_ROOT_PASSWORD"), safe="")
    host = env.text("MYSQL_HOST", "127.0.0.1")
    return f"mysql://{user}:{password}@{host}:{port}/{quote(name, safe='')}"


def _refuse_both() -> None:
    """Passwords alone do not count: compose keeps them in the same file."""
    for name in MYSQL_VARIABLES:
        if env.text(name):
            raise env.SettingsError(f"{name} is set beside DATABASE_URL: leave one of them out.")


def database_user(name: str, *, default: str) -> str:
    value = env.text(name, default)
    if not USER.fullmatch(value):
        raise env.SettingsError(
            f"{name} must be a letter and up to 31 letters, digits or underscores, not {value!r}."
        )
    return value


def _options(engine: str, limits: Timeouts) -> dict:
    if engine == ENGINES["sqlite"]:
        return {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    if engine == ENGINES["mysql"]:
        return {
            "charset": "utf8mb4",
            "isolation_level": "read committed",
            "sql_mode": "STRICT_TRANS_TABLES",
            "connect_timeout": limits.connect,
            "init_command": f"SET innodb_lock_wait_timeout = {limits.lock}",
        }
    options = {"connect_timeout": limits.connect, "options": f"-c lock_timeout={limits.lock}s"}
    return options | KEEPALIVE


def limit_reads(config: dict, *, seconds: int) -> None:
    """Close a connection whose answer takes longer than so many seconds.

    0 disables the timeout. It applies to connections opened afterwards.
    """
    options = config["OPTIONS"]
    if config["ENGINE"] == ENGINES["sqlite"]:
        options["timeout"] = min(SQLITE_PATIENCE, seconds or SQLITE_PATIENCE)
    elif config["ENGINE"] == ENGINES["mysql"]:
        # The driver takes 0 as its default, which is no timeout.
        options |= {"read_timeout": seconds, "write_timeout": seconds}
    else:
        # TCP keepalive detects a host that vanished, but not a server that hangs.
        options |= {"read_timeout": seconds, "tcp_user_timeout": seconds * 1000}
