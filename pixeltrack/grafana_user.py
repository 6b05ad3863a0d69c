"""Creates Grafana's database user, who may read counters and names of campaigns only.

The dashboards are in deploy/grafana; the tables of their queries are listed here.
"""

from django.db import DatabaseError, connection

from foundation.errors import InvalidInput

ALL_COLUMNS = ()
# Table -> columns. No personal data: no contacts, customers, accounts, usages or raw opens.
READABLE = {
    "campaigns_campaign": ("id", "name", "start_at", "archived_at"),
    "campaigns_group": ("id", "campaign_id", "number", "name", "role"),
    "discounts_discountcampaign": (
        "id",
        "name",
        "status",
        "currency",
        "currency_digits",
        "total_budget_minor",
        "used_budget_minor",
    ),
    "tracking_contactsbydueminute": ALL_COLUMNS,
    "tracking_contactsbykind": ALL_COLUMNS,
    "tracking_firstopensbyslot": ALL_COLUMNS,
    "tracking_firstopensbyminute": ALL_COLUMNS,
    "tracking_ingestlock": ("complete_until",),
    "tracking_opensbyclientslot": ALL_COLUMNS,
    "tracking_opensbyminute": ALL_COLUMNS,
    "tracking_opensbyslot": ALL_COLUMNS,
}
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
# MySQL's codes for access denied: to the database, to a table, for a privilege, for creating users
# by a grant.
DENIED = {1044, 1142, 1227, 1410}
NO_TABLE, WEAK_PASSWORD = 1146, 1819
SENTENCES = {
    **dict.fromkeys(
        DENIED, "Run this as a database user who may create users and grant, such as root."
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
        cursor.execute("DROP USER IF EXISTS %s@%s", account)
        cursor.execute("CREATE USER %s@%s IDENTIFIED BY %s", [*account, password])
        for statement in grants(connection.settings_dict["NAME"]):
            cursor.execute(statement, account)


def grants(database: str) -> list[str]:
    """Statements that grant reading, with placeholders for the account's name and host."""
    quote = connection.ops.quote_name
    return [
        f"GRANT SELECT{_in_brackets(columns)} ON {quote(database)}.{quote(table)} TO %s@%s"
        for table, columns in READABLE.items()
    ]


def _in_brackets(columns: tuple[str, ...]) -> str:
    return f" ({', '.join(columns)})" if columns else ""
