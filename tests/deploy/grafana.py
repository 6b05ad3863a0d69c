"""Reads Grafana's dashboards, and runs their queries on the database as Grafana does."""

import hashlib
import json
import re
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from contacts.measured.settling import Settled, store
from pixeltrack.grafana_user import views_database
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/grafana"
# The default of MySQL 8, which MariaDB does not have.
MYSQL_MODE = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE"


def dashboards():
    return {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("dashboards/*.json")}


def panels(dashboard):
    """All panels but the headings of rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


@dataclass(frozen=True)
class Question:
    """One query of a dashboard; `place` says where it is."""

    place: str
    text: str


def questions(kind):
    """Every query to a data source of this type: "mysql" or "prometheus"."""
    found = []
    for name, dashboard in dashboards().items():
        for variable in dashboard["templating"]["list"]:
            if variable.get("datasource", {}).get("type") == kind:
                found.append(Question(f"{name}: variable {variable['name']}", variable["query"]))
        for panel in panels(dashboard):
            for target in panel["targets"]:
                if target["datasource"]["type"] == kind:
                    text = target["rawSql" if kind == "mysql" else "expr"]
                    found.append(Question(f"{name}: {panel['title']} {target['refId']}", text))
    return found


def sql_of(title):
    """The SQL of a panel of the campaign dashboard."""
    found = [p for p in panels(dashboards()["campaign-openings"]) if p["title"] == title]
    return found[0]["targets"][0]["rawSql"]


def fill_in(text, *, window=(0, 0), step_seconds=60, **variables):
    """The text with all of Grafana's macros and variables replaced."""
    since, until = window
    known = {
        "$__unixEpochFrom()": int(since),
        "$__unixEpochTo()": int(until),
        "$__interval_ms": step_seconds * 1000,
    }
    for name, value in variables.items():
        known[f"${{{name}:sqlstring}}"] = f"'{value}'"
        known[f"${{{name}}}"] = value
    for macro, value in known.items():
        text = text.replace(macro, str(value))
    assert not re.search(r"\$\w|\$\{", text), text
    return text


class Reader:
    """The database as Grafana's user sees it; `unsigned` are the columns that it can't read."""

    def __init__(self, link):
        self._link = link
        self.unsigned = []

    def rows(self, statement):
        from MySQLdb.constants import FLAG

        with closing(self._link.cursor()) as cursor:
            cursor.execute(statement)
            if cursor.description is None:
                return []
            names = [column[0] for column in cursor.description]
            flags = zip(names, cursor.description_flags, strict=True)
            self.unsigned += [name for name, flag in flags if flag & FLAG.UNSIGNED]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def account_name():
    """Database users belong to the server, so each test database has another name."""
    digest = hashlib.sha256(connection.settings_dict["NAME"].encode()).hexdigest()
    return f"reader_{digest[:12]}"


@contextmanager
def reading_as(name, password, database=None):
    import MySQLdb

    own = connection.settings_dict
    # Grafana's data source names it.
    database = views_database(own["NAME"]) if database is None else database
    link = MySQLdb.connect(
        host=own["HOST"],
        port=int(own["PORT"] or 3306),
        database=database,
        user=name,
        password=password,
        charset="utf8mb4",
        autocommit=True,
    )
    with closing(link):
        reader = Reader(link)
        reader.rows("SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci")
        reader.rows(f"SET sql_mode = '{MYSQL_MODE}'")
        yield reader


def drop_account(name):
    """Its views too."""
    with connection.cursor() as cursor:
        views = connection.ops.quote_name(views_database(connection.settings_dict["NAME"]))
        cursor.execute(f"DROP DATABASE IF EXISTS {views}")
        cursor.execute("DROP USER IF EXISTS %s@'%%'", [name])


def settle_as(measured, contacts):
    """Whether contacts may be measured, whatever decides it otherwise."""
    ids = [contact.uuid for contact in contacts]
    with transaction.atomic():
        hold_ingest_lock()
        with recounted(ids):
            store(dict.fromkeys(ids, Settled(measured)))
