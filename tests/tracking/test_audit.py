"""The audit finds every counter that is off, and mends it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import F

from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking import audit, counters
from tracking.classify import Kind
from tracking.ingest import record
from tracking.launch import launch_due_campaigns
from tracking.models import (
    ContactOpens,
    ContactsByKind,
    CounterAudit,
    IngestLock,
    Open,
    OpensByMinute,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contacts():
    group = make_campaign().groups.get(number=1)
    contacts = [make_contact(group) for _ in range(5)]
    launch_due_campaigns(now=START)
    record([make_hit(contact, agent=GMAIL) for contact in contacts])
    record([make_hit(contacts[0], agent=APPLE_PRIVACY, after=timedelta(hours=2))])
    return contacts


def test_true_counters_pass(contacts):
    assert not audit.find_differences()


@pytest.mark.parametrize("name", counters.TABLES)
def test_every_counter_is_compared_and_mended(contacts, name):
    table = counters.TABLES[name]
    row = table.model.objects.first()
    column = table.numbers[-1]
    key = {part: getattr(row, part) for part in table.key}
    table.model.objects.filter(**key).update(**{column: F(column) + 3})
    difference = audit.find_differences()
    assert [line.startswith(name) for line in difference.lines()] == [True]
    audit.repair(difference)
    assert not audit.find_differences()


@pytest.mark.parametrize("name", counters.TABLES)
def test_a_counter_that_vanished_comes_back(contacts, name):
    counters.TABLES[name].model.objects.all().delete()
    audit.repair(audit.find_differences())
    assert not audit.find_differences()
    assert counters.TABLES[name].model.objects.exists()


def test_a_counter_of_nothing_is_taken_to_nought(contacts):
    OpensByMinute.objects.create(group_id=999, kind=Kind.HUMAN, minute=5, opens=7)
    audit.repair(audit.find_differences())
    assert OpensByMinute.objects.get(group_id=999).opens == 0


def test_a_wrong_summary_is_found_and_mended(contacts):
    ContactOpens.objects.filter(contact_id=contacts[1].uuid).update(best_kind=Kind.HUMAN)
    ContactOpens.objects.filter(contact_id=contacts[2].uuid).delete()
    difference = audit.find_differences()
    assert set(difference.expected) == {contacts[1].uuid, contacts[2].uuid}
    audit.repair(difference)
    assert not audit.find_differences()


def test_hits_that_arrive_between_looking_and_mending_stay_counted(contacts):
    OpensByMinute.objects.update(opens=F("opens") + 1)
    difference = audit.find_differences()
    record([make_hit(contacts[3], after=timedelta(hours=3))])
    audit.repair(difference)
    assert not audit.find_differences()


def test_what_was_pruned_is_not_held_against_the_counters(contacts):
    horizon = START + timedelta(days=1)
    IngestLock.objects.update(pruned_before=horizon)
    Open.objects.filter(opened_at__lt=horizon).delete()
    record([make_hit(contacts[0], after=timedelta(days=2))])
    assert not audit.find_differences()


def run(*arguments):
    output = StringIO()
    try:
        call_command("audit_counters", *arguments, stdout=output)
    except SystemExit as stop:
        return stop.code, output.getvalue()
    return 0, output.getvalue()


def test_the_command_says_what_differs_and_exits_with_1(contacts):
    ContactsByKind.objects.update(contacts=F("contacts") + 1)
    code, output = run()
    assert code == 1
    assert "contacts_by_kind" in output and "off by 1" in output
    assert CounterAudit.objects.get().differences == 1


def test_the_command_mends_what_differs(contacts):
    ContactsByKind.objects.update(contacts=F("contacts") + 1)
    assert run("--repair")[0] == 0
    assert CounterAudit.objects.get().differences == 0
    assert run() == (0, "Counters and raw opens agree.\n")
