"""Grafana's database user may read the dashboards' views, and no table."""

import io
import logging
import re
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from pixeltrack import grafana_user
from pixeltrack.grafana_user import views_database
from pixeltrack.grafana_views import VIEWS
from tests.deploy.grafana import account_name, drop_account, questions, reading_as

pytestmark = pytest.mark.django_db

PASSWORD, OTHER = "correct-horse-battery-staple", "another-long-password"
DENIED = "denied"


def run():
    output = io.StringIO()
    call_command("dashboard_user", stdout=output)
    return output.getvalue()


@pytest.fixture
def name(vendor, settings):
    if vendor != "mysql":
        pytest.skip("the dashboards read MySQL and MariaDB")
    settings.GRAFANA_DB_USER, settings.GRAFANA_DB_PASSWORD = account_name(), PASSWORD
    drop_account(account_name())
    yield account_name()
    drop_account(account_name())


def refused(reader, statement):
    """Whether the database denied it; any other error is raised."""
    try:
        reader.rows(statement)
    except Exception as error:
        assert DENIED in str(error)
        return True
    return False


def stored_in(database):
    """(table or view, column) of a database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = %s",
            [database],
        )
        return set(cursor.fetchall())


def own_databases():
    tables = connection.settings_dict["NAME"]
    return tables, views_database(tables)


def test_the_user_reads_every_view_and_no_table(name):
    run()
    tables, views = own_databases()

    with reading_as(name, PASSWORD) as reader:
        for view, column in stored_in(views):
            assert not refused(reader, f"SELECT `{column}` FROM `{view}` LIMIT 1")
        columns = stored_in(tables)
        read = [
            (table, column)
            for table, column in columns
            if not refused(reader, f"SELECT `{column}` FROM `{tables}`.`{table}` LIMIT 1")
        ]
        assert len(columns) > 100
        assert read == []
        assert refused(reader, "SELECT user FROM mysql.user")
        seen = reader.rows("SELECT schema_name AS name FROM information_schema.schemata")
        assert {row["name"] for row in seen} == {views, "information_schema"}
        for view in VIEWS:
            assert refused(reader, f"SHOW CREATE VIEW `{view}`")
    assert {view for view, _ in stored_in(views)} == VIEWS.keys()


def test_no_personal_data_is_listed(name):
    """Contacts, pixels and opens have UUIDs; personal data is encrypted or hashed text."""
    run()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s "
            "AND data_type NOT IN ('bigint', 'int', 'smallint', 'decimal', 'datetime')",
            [own_databases()[1]],
        )
        texts = {column for (column,) in cursor.fetchall()}

    assert texts == {"name", "status", "client", "currency"}


def test_there_are_only_views_that_a_dashboard_uses():
    asked = " ".join(question.text for question in questions("mysql"))

    assert [view for view in VIEWS if not re.search(rf"\b{view}\b", asked)] == []


def test_views_that_are_no_longer_there_are_dropped(name):
    run()
    views = own_databases()[1]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE VIEW `{views}`.`old` AS SELECT 1 AS one")
        cursor.execute(f"CREATE OR REPLACE VIEW `{views}`.`campaigns` AS SELECT 1 AS one")
    run()

    found = stored_in(views)
    assert {view for view, _ in found} == VIEWS.keys()
    assert ("campaigns", "one") not in found


def test_a_database_with_tables_of_somebody_else_is_left_alone(name):
    views = own_databases()[1]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{views}`")
        cursor.execute(f"CREATE TABLE `{views}`.`theirs` (id int)")

    with pytest.raises(CommandError, match="holds tables"):
        run()
    assert stored_in(views) == {("theirs", "id")}
    with pytest.raises(Exception, match="Access denied"), reading_as(name, PASSWORD):
        pass


def test_a_backup_holds_no_view(name):
    """Restoring would need their owner."""
    run()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.views WHERE table_schema = %s",
            [own_databases()[0]],
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM campaigns",
        "UPDATE campaigns SET name = 'x'",
        "INSERT INTO discount_campaigns (name) VALUES ('x')",
        "CREATE TABLE mine (id int)",
        "CREATE VIEW mine AS SELECT * FROM campaigns",
        "DROP VIEW campaigns",
        "LOCK TABLES campaigns WRITE",
        "SELECT 1 FROM campaigns INTO OUTFILE '/tmp/mine'",
        "SET GLOBAL max_connections = 1",
    ],
)
def test_the_user_changes_nothing(name, statement):
    run()
    with reading_as(name, PASSWORD) as reader:
        assert refused(reader, statement)


def test_a_second_run_sets_the_password_and_revokes_what_is_not_listed(name, settings):
    run()
    with connection.cursor() as cursor:
        # As versions before the views granted it.
        cursor.execute("GRANT SELECT ON tracking_opensbyslot TO %s@'%%'", [name])
    settings.GRAFANA_DB_PASSWORD = OTHER

    assert run() == f"The database user {name} may read what the dashboards show.\n"
    with reading_as(name, OTHER) as reader:
        assert refused(reader, f"SELECT slot FROM `{own_databases()[0]}`.tracking_opensbyslot")
        reader.rows("SELECT name FROM campaigns")
    with pytest.raises(Exception, match="Access denied"), reading_as(name, PASSWORD):
        pass


def test_a_user_who_may_write_is_not_changed(name):
    with connection.cursor() as cursor:
        cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", [name, OTHER])
        cursor.execute("GRANT INSERT ON campaigns_contact TO %s@'%%'", [name])

    with reading_as(name, OTHER, own_databases()[0]) as reader:
        before = reader.rows("SHOW GRANTS")
        with pytest.raises(CommandError, match="may do more than read"):
            run()
        assert reader.rows("SHOW GRANTS") == before
    with reading_as(name, OTHER, own_databases()[0]):
        pass


def test_without_permission_to_grant_it_says_which_user_to_use(name, monkeypatch):
    run()
    reader = connection.copy()
    own = {"USER": name, "PASSWORD": PASSWORD, "NAME": own_databases()[1]}
    reader.settings_dict = {**reader.settings_dict, **own}
    monkeypatch.setattr(grafana_user, "connection", reader)

    with closing(reader), pytest.raises(CommandError, match="such as root"):
        run()


def test_the_password_is_never_logged(name, caplog, monkeypatch):
    monkeypatch.setattr(connection, "force_debug_cursor", True)
    caplog.set_level(logging.DEBUG)
    run()

    assert PASSWORD not in caplog.text
    assert PASSWORD not in str(connection.queries)


def test_without_a_password_no_user_is_created(name, settings):
    settings.GRAFANA_DB_PASSWORD = ""

    with pytest.raises(CommandError, match="Set GRAFANA_DB_PASSWORD"):
        run()
    with pytest.raises(Exception, match="Access denied"), reading_as(name, ""):
        pass


def test_for_other_databases_it_says_what_to_do_instead(vendor):
    if vendor == "mysql":
        pytest.skip("the dashboards read it")
    with pytest.raises(CommandError, match="On other databases"):
        run()
