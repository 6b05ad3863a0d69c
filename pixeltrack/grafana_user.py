"""Creates Grafana's database user, who may read the views of the dashboards and no table.

The dashboards are in deploy/grafana, their views in `pixeltrack.grafana_views`. The views lie in a
database of their own, so that backups have none of them: restoring needs neither their owner nor a
right to make views, and a view of a table that is gone spoils no backup.
"""

from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from foundation.errors import InvalidInput
from pixeltrack.grafana_views import phase_of, view_texts

# Grafana runs on another host or in another container.
HOST = "%"
# The privileges of other accounts of the name; as a string literal each is 'name'@'host'.
PRIVILEGES = """
    SELECT privilege_type FROM (
        SELECT grantee, privilege_type FROM information_schema.user_privileges
        UNION SELECT grantee, privilege_type FROM information_schema.schema_privileges
        UNION SELECT grantee, privilege_type FROM information_schema.table_privileges
        UNION SELECT grantee, privilege_type FROM information_schema.column_privileges
    ) AS privileges
    WHERE SUBSTRING_INDEX(grantee, '@', 1) = QUOTE(%s)
"""
READS = {"SELECT", "USAGE"}
# Names in the database of the views, and whether each is a view.
STORED = """
    SELECT table_name, table_type = 'VIEW' FROM information_schema.tables WHERE table_schema = %s
"""
# MySQL's codes for access denied: to the database, to a table, for a privilege, for creating users
# by a grant.
DENIED = {1044, 1142, 1227, 1410}
NO_TABLE, WEAK_PASSWORD = 1146, 1819
SENTENCES = {
    **dict.fromkeys(
        DENIED,
        "Run this as a database user who may create databases and users and grant, such as root.",
    ),
    NO_TABLE: "Run migrate first: there are no tables to read yet.",
    WEAK_PASSWORD: "The database finds GRAFANA_DB_PASSWORD too weak.",
}


def make_dashboard_user(*, name: str, password: str) -> None:
    """Recreate the user with the listed privileges only; raises InvalidInput.

    An account of the name with further privileges belongs to somebody else and is left alone.
    """
    if connection.vendor != "mysql":
        raise InvalidInput(
            "The dashboards read MySQL or MariaDB. On other databases give Grafana a user of your "
            "own who may only read, and change the data source and the queries."
        )
    if not password:
        raise InvalidInput("Set GRAFANA_DB_PASSWORD to the password that Grafana is to sign in by.")
    try:
        _make(name, password)
    except DatabaseError as error:
        if error.args[0] not in SENTENCES:
            raise
        raise InvalidInput(SENTENCES[error.args[0]]) from None


def views_database(tables: str) -> str:
    """The name of the database that holds the views of this one."""
    return f"{tables}_grafana"


def _make(name: str, password: str) -> None:
    account = (name, HOST)
    connection.ensure_connection()
    # The driver's own cursor: Django's would log the password if DEBUG is on.
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(PRIVILEGES, [name])
        if {privilege for (privilege,) in cursor.fetchall()} - READS:
            raise InvalidInput(
                f"There is a database user {name} who may do more than read: set GRAFANA_DB_USER "
                "to another name, or drop that user."
            )
        views = _make_views(cursor)
        cursor.execute("DROP USER IF EXISTS %s@%s", account)
        cursor.execute("CREATE USER %s@%s IDENTIFIED BY %s", [*account, password])
        for view in views:
            cursor.execute(f"GRANT SELECT ON {view} TO %s@%s", account)


def _make_views(cursor: Any) -> list[str]:
    """Bring the views up to this version and drop all others; their quoted names."""
    quote, tables = connection.ops.quote_name, str(connection.settings_dict["NAME"])
    database = views_database(tables)
    cursor.execute(STORED, [database])
    stored = {view: bool(is_view) for view, is_view in cursor.fetchall()}
    if not all(stored.values()):
        raise InvalidInput(
            f"The database {database} is that of the dashboards' views and holds tables: move them "
            "elsewhere."
        )
    cursor.execute(f"CREATE DATABASE IF NOT EXISTS {quote(database)} CHARACTER SET utf8mb4")
    phase = phase_of(timezone.get_default_timezone(), now=timezone.now())
    texts = view_texts(tables=quote(tables), phase=phase)
    made = {view: f"{quote(database)}.{quote(view)}" for view in texts}
    for view, text in texts.items():
        cursor.execute(f"CREATE OR REPLACE SQL SECURITY DEFINER VIEW {made[view]} AS {text}")
    for view in stored.keys() - texts.keys():
        cursor.execute(f"DROP VIEW {quote(database)}.{quote(view)}")
    return list(made.values())
