"""Validates the query options of DATABASE_URL and translates them for the driver.

Must not import Django.
"""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

# PREFERRED is left out: with it the driver falls back to plain text.
MYSQL_MODES = ("DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
POSTGRES_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
MYSQL_FILES = {"ssl_ca": "ca", "ssl_cert": "cert", "ssl_key": "key"}
POSTGRES_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
KNOWN: dict[str, tuple[str, ...]] = {
    "sqlite": (),
    "mysql": ("ssl_mode", *MYSQL_FILES),
    "postgres": ("sslmode", *POSTGRES_FILES),
}
# As the drivers expect them: MySQL's TLS files are in a nested dict.
Options = dict[str, str | dict[str, str]]
# libpq's keyword for the system's certificate store.
SYSTEM = "system"


class BadOption(ValueError):
    """An invalid option; the message continues after the setting's name."""


def driver_options(kind: str, query: str, *, base: Path) -> Options:
    """Django's OPTIONS; `kind` is a key of KNOWN, relative paths are resolved against `base`.

    Raises BadOption: silently ignoring an option could leave a connection unprotected.
    """
    given: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        # Some hosting providers write ssl-mode.
        name = name.replace("-", "_")
        if name not in KNOWN[kind]:
            raise BadOption(_unknown(kind, name))
        if name in given:
            raise BadOption(f"has {name} twice.")
        given[name] = value
    return _MAKERS[kind](given, base)


def _unknown(kind: str, name: str) -> str:
    # Anything else may be part of a password and is not shown.
    shown = name if name.isidentifier() and len(name) < 30 else "that"
    known = ", ".join(KNOWN[kind])
    takes = f"can have {known}" if known else "has no options"
    return f"can't have the option {shown}: a {kind} address {takes}."


def _mysql(given: dict[str, str], base: Path) -> Options:
    files = {MYSQL_FILES[n]: _file(n, v, base) for n, v in given.items() if n in MYSQL_FILES}
    options: Options = {"ssl": files} if files else {}
    if "ssl_mode" in given:
        options["ssl_mode"] = _mode("ssl_mode", given["ssl_mode"].upper(), MYSQL_MODES)
    if files and options.get("ssl_mode") == "DISABLED":
        raise BadOption("has files for TLS and ssl_mode=DISABLED: leave one of them out.")
    if "ca" in files:
        # Otherwise the driver accepts any server.
        options.setdefault("ssl_mode", "VERIFY_CA")
    return options


def _postgres(given: dict[str, str], base: Path) -> Options:
    options: Options = {n: _file(n, v, base) for n, v in given.items() if n in POSTGRES_FILES}
    if "sslmode" in given:
        options["sslmode"] = _mode("sslmode", given["sslmode"].lower(), POSTGRES_MODES)
    if options.keys() & {"sslrootcert", "sslcrl"} and options.get("sslmode") == "disable":
        raise BadOption("has files for TLS and sslmode=disable: leave one of them out.")
    if "sslrootcert" in options:
        options.setdefault("sslmode", "verify-full" if _is_system(options) else "verify-ca")
    return options


def _is_system(options: Options) -> bool:
    """With the system's store libpq allows no weaker mode: anyone can get a certificate from it."""
    return options["sslrootcert"] == SYSTEM


_MAKERS: dict[str, Callable[[dict[str, str], Path], Options]] = {
    "sqlite": lambda given, base: {},
    "mysql": _mysql,
    "postgres": _postgres,
}


def _mode(name: str, value: str, among: tuple[str, ...]) -> str:
    if value not in among:
        raise BadOption(f"must have {name} as one of {', '.join(among)}.")
    return value


def _file(name: str, value: str, base: Path) -> str:
    if name == "sslrootcert" and value == SYSTEM:
        return value
    path = base / value
    if not value or not path.is_file() or not os.access(path, os.R_OK):
        raise BadOption(f"names a file as {name} that can't be read.")
    return str(path)
