"""A database that does not match the settings is detected before it does harm."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from discounts.models import RefusalsByDay
from foundation import database_fit
from foundation.database_fit import WRONG_FERNET_KEY, WRONG_HASH_KEY, problems
from tests.discounts.factories import make_customer
from tests.environment import SETTINGS

OTHER_KEY = Fernet.generate_key().decode()
OTHER_HASH_KEY = "another-hash-key-" * 3
LACKING = f"The database lacks {RefusalsByDay._meta.db_table}: run manage.py migrate"


@pytest.fixture
def contact(make_contact):
    return make_contact(email="ann@example.com")


@pytest.fixture
def without_a_table(transactional_db):
    table = RefusalsByDay._meta.db_table
    rename(table, "lost")
    yield
    rename("lost", table)


def rename(old, new):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


def say(command, *arguments):
    said = StringIO()
    with pytest.raises((SystemExit, SystemCheckError)) as end:
        call_command(command, *arguments, stdout=said)
    return said.getvalue() + str(end.value)


@pytest.mark.django_db
def test_an_empty_database_matches_any_key():
    with override_settings(FERNET_KEYS=[OTHER_KEY], HASH_KEY=OTHER_HASH_KEY):
        assert problems() == []


def test_the_keys_that_wrote_it_match(contact):
    assert problems() == []


def test_another_fernet_key_is_reported(contact):
    with override_settings(FERNET_KEYS=[OTHER_KEY]):
        assert problems() == [WRONG_FERNET_KEY]


def test_the_older_key_may_stand_behind_a_new_one(contact):
    with override_settings(FERNET_KEYS=[OTHER_KEY, SETTINGS["FERNET_KEY"]]):
        assert problems() == []


def test_another_hash_key_is_reported(contact):
    with override_settings(HASH_KEY=OTHER_HASH_KEY):
        assert problems() == [WRONG_HASH_KEY]


@pytest.mark.django_db
def test_customers_are_checked_like_contacts():
    make_customer()
    with override_settings(HASH_KEY=OTHER_HASH_KEY):
        assert problems() == [WRONG_HASH_KEY]


def test_the_number_of_queries_does_not_grow_with_the_data(contact, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        problems()


def test_migrate_refuses_a_database_of_other_keys(contact):
    with override_settings(FERNET_KEYS=[OTHER_KEY]):
        assert WRONG_FERNET_KEY in say("check", "--database", "default")


def test_check_consistency_refuses_a_database_of_other_keys(contact):
    with override_settings(HASH_KEY=OTHER_HASH_KEY):
        assert WRONG_HASH_KEY in say("check_consistency")


def test_a_missing_table_is_named(without_a_table):
    [sentence] = problems()
    assert sentence.startswith(LACKING)


def test_both_commands_name_a_missing_table(without_a_table):
    assert LACKING in say("check", "--database", "default")
    assert LACKING in say("check_consistency")


@pytest.mark.django_db
def test_a_database_that_an_earlier_version_left_half_migrated_is_refused():
    [squashed] = [
        migration
        for (label, _), migration in MigrationLoader(connection).replacements.items()
        if label == "tracking"
    ]
    replaced = [name for _, name in squashed.replaces]
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("tracking", replaced[-1])
    sentence = f"The migrations of tracking stopped at {replaced[-2]}: run manage.py migrate of"
    assert sentence in say("check", "--database", "default")
    recorder.record_applied("tracking", replaced[-1])
    assert database_fit.half_migrated() == []


@pytest.mark.django_db
def test_a_table_that_a_migration_will_make_stops_no_migration(monkeypatch):
    monkeypatch.setattr(database_fit, "migrations_wait", lambda: True)
    monkeypatch.setattr(database_fit, "missing_tables", lambda: {"discounts_new"})
    call_command("check", "--database", "default", stdout=StringIO())


@pytest.mark.django_db
def test_a_process_that_starts_while_the_database_is_unreachable_is_not_stopped(monkeypatch):
    def away(*_):
        raise OperationalError("away")

    monkeypatch.setattr(connection.introspection, "table_names", away)
    database_fit.log_problems()
    call_command("check", "--database", "default", stdout=StringIO())


def test_a_process_that_starts_logs_what_does_not_match(contact, caplog):
    with override_settings(FERNET_KEYS=[OTHER_KEY]):
        call_command("ingest_opens", "--once")
    assert "database_mismatch" in caplog.text
    assert "FERNET_KEY" in caplog.text
