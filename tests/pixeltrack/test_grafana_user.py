"""Grafana's database user may read what the dashboards show, and no personal data."""

import io
import logging
import re
from contextlib import closing

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import CharField, TextField, UUIDField

from pixeltrack import grafana_user
from pixeltrack.grafana_user import READABLE
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


def columns_of(table):
    with connection.cursor() as cursor:
        return [c.name for c in connection.introspection.get_table_description(cursor, table)]


def test_the_user_reads_what_is_listed_and_nothing_else(name):
    run()
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    allowed = {(table, column) for table, own in READABLE.items() for column in own}
    allowed |= {(table, c) for table, own in READABLE.items() if not own for c in columns_of(table)}

    with reading_as(name, PASSWORD) as reader:
        read = {
            (table, column)
            for table in tables
            for column in columns_of(table)
            if not refused(reader, f"SELECT `{column}` FROM `{table}` LIMIT 1")
        }
        assert read == allowed
        assert refused(reader, "SELECT user FROM mysql.user")


def test_no_personal_data_is_listed():
    """Contacts, pixels and opens have UUIDs; personal data is encrypted or hashed text."""
    models = {model._meta.db_table: model for model in apps.get_models()}
    listed = [
        field
        for table, own in READABLE.items()
        for field in models[table]._meta.concrete_fields
        if not own or field.column in own
    ]
    names = {"name", "role", "status", "family", "currency"}

    assert not [f for f in listed if isinstance(f, UUIDField)]
    assert {f.name for f in listed if isinstance(f, CharField | TextField)} == names


def test_only_columns_that_a_dashboard_uses_are_listed():
    asked = " ".join(question.text for question in questions("mysql"))

    assert [table for table in READABLE if not re.search(rf"\b{table}\b", asked)] == []
    columns = {column for own in READABLE.values() for column in own}
    assert [column for column in columns if not re.search(rf"\b{column}\b", asked)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM tracking_opensbyslot",
        "UPDATE campaigns_campaign SET name = 'x'",
        "INSERT INTO tracking_contactsbykind VALUES (1, 1, 1)",
        "CREATE TABLE mine (id int)",
        "DROP TABLE tracking_opensbyslot",
        "LOCK TABLES tracking_opensbyslot WRITE",
        "SELECT 1 FROM tracking_opensbyslot INTO OUTFILE '/tmp/mine'",
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
        cursor.execute("GRANT SELECT ON campaigns_contact TO %s@'%%'", [name])
    settings.GRAFANA_DB_PASSWORD = OTHER

    assert run() == f"The database user {name} may read what the dashboards show.\n"
    with reading_as(name, OTHER) as reader:
        assert refused(reader, "SELECT uuid FROM campaigns_contact")
        reader.rows("SELECT name FROM campaigns_campaign")
    with pytest.raises(Exception, match="Access denied"), reading_as(name, PASSWORD):
        pass


def test_a_user_who_may_write_is_not_changed(name):
    with connection.cursor() as cursor:
        cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", [name, OTHER])
        cursor.execute("GRANT INSERT ON campaigns_contact TO %s@'%%'", [name])

    with reading_as(name, OTHER) as reader:
        before = reader.rows("SHOW GRANTS")
        with pytest.raises(CommandError, match="may do more than read"):
            run()
        assert reader.rows("SHOW GRANTS") == before
    with reading_as(name, OTHER):
        pass


def test_without_permission_to_grant_it_says_which_user_to_use(name, monkeypatch):
    run()
    reader = connection.copy()
    reader.settings_dict = {**reader.settings_dict, "USER": name, "PASSWORD": PASSWORD}
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
