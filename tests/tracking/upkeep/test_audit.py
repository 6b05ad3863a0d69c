"""The audit finds every wrong counter, and repairs it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import F

from campaigns.models import Contact
from tests.reporting import campaign_report
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting import tables
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record
from tracking.hits.classify import Kind
from tracking.models import (
    ContactOpens,
    ContactsByKind,
    CounterAudit,
    GroupVersion,
    IngestLock,
    Open,
    OpensByMinute,
    OpensBySlot,
    Pixel,
)
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
# Groups count up from 1, on PostgreSQL over all tests.
NO_GROUP = 10**9


@pytest.fixture
def contacts():
    group = make_campaign().groups.get(number=1)
    contacts = [make_contact(group) for _ in range(5)]
    make_contact(group, not_sent_at=START + timedelta(minutes=9), not_sent_reason="bounced")
    fix_due_campaigns(now=START + timedelta(hours=1))
    record([make_hit(contact, agent=GMAIL) for contact in contacts])
    record([make_hit(contacts[0], agent=APPLE_PRIVACY, after=timedelta(hours=2))])
    return contacts


def test_correct_counters_pass(contacts):
    assert not audit.find_differences()


@pytest.mark.parametrize("name", tables.TABLES)
def test_every_counter_is_compared_and_repaired(contacts, name):
    table = tables.TABLES[name]
    row = table.model.objects.first()
    column = table.numbers[-1]
    key = {part: getattr(row, part) for part in table.key}
    table.model.objects.filter(**key).update(**{column: F(column) + 3})
    difference = audit.find_differences()
    assert [line.startswith(name) for line in difference.lines()] == [True]
    audit.repair(difference, now=START)
    assert not audit.find_differences()


@pytest.mark.parametrize("name", tables.TABLES)
def test_a_missing_counter_is_restored(contacts, name):
    tables.TABLES[name].model.objects.all().delete()
    audit.repair(audit.find_differences(), now=START)
    assert not audit.find_differences()
    assert tables.TABLES[name].model.objects.exists()


def test_a_counter_without_hits_is_set_to_zero(contacts):
    OpensByMinute.objects.create(group_id=NO_GROUP, kind=Kind.HUMAN, minute=5, opens=7)
    audit.repair(audit.find_differences(), now=START)
    assert OpensByMinute.objects.get(group_id=NO_GROUP).opens == 0


def test_a_wrong_summary_is_found_and_repaired(contacts):
    ContactOpens.objects.filter(contact_id=contacts[1].uuid).update(best_kind=Kind.HUMAN)
    ContactOpens.objects.filter(contact_id=contacts[2].uuid).delete()
    difference = audit.find_differences()
    assert set(difference.expected) == {contacts[1].uuid, contacts[2].uuid}
    audit.repair(difference, now=START)
    assert not audit.find_differences()


def test_hits_that_arrive_between_comparing_and_repairing_stay_counted(contacts):
    OpensByMinute.objects.update(opens=F("opens") + 1)
    difference = audit.find_differences()
    record([make_hit(contacts[3], after=timedelta(hours=3))])
    audit.repair(difference, now=START)
    assert not audit.find_differences()


def test_pruned_opens_do_not_make_counters_wrong(contacts):
    horizon = START + timedelta(days=1)
    IngestLock.objects.update(pruned_before=horizon)
    Open.objects.filter(opened_at__lt=horizon).delete()
    record([make_hit(contacts[0], after=timedelta(days=2))])
    assert not audit.find_differences()


def everything():
    """Everything that counting stores, except how often it changed."""
    counted = {
        name: set(table.model.objects.exclude(**dict.fromkeys(table.numbers, 0)).values_list())
        for name, table in tables.TABLES.items()
    }
    rows = {model.__name__: set(model.objects.values_list()) for model in (Open, ContactOpens)}
    return counted | rows


@pytest.fixture
def two_groups(contacts):
    """Another group of the same campaign, opened as well."""
    other = contacts[0].campaign.groups.get(number=2)
    others = [make_contact(other) for _ in range(3)]
    record([make_hit(contact, agent=GMAIL, after=timedelta(hours=3)) for contact in others])
    return contacts, others


def of(contact):
    return {"contact_id": contact.uuid}


BREAKS = {
    "a summary that names another group": lambda own, other: ContactOpens.objects.filter(
        **of(own)
    ).update(group_id=other.group_id),
    "an open that names another group": lambda own, other: Open.objects.filter(**of(own)).update(
        group_id=other.group_id
    ),
    "a summary and opens that name a group that never was": lambda own, other: (
        ContactOpens.objects.filter(**of(own)).update(group_id=NO_GROUP),
        Open.objects.filter(**of(own)).update(group_id=NO_GROUP),
    ),
    "an open in another bucket": lambda own, other: Open.objects.filter(**of(own)).update(
        bucket=F("bucket") + 7
    ),
    "an open of a kind that its rule does not decide": lambda own, other: Open.objects.filter(
        **of(own)
    ).update(kind=Kind.HUMAN),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_row_that_contradicts_its_contact_time_or_rule_is_corrected(two_groups, what):
    (own, *_), (other, *_) = two_groups
    before = everything()
    BREAKS[what](own, other)
    difference = audit.find_differences()
    assert difference
    audit.repair(difference, now=START)
    assert everything() == before
    assert not audit.find_differences()


@pytest.mark.parametrize("what", BREAKS)
def test_such_a_row_does_not_move_a_counter(two_groups, what):
    (own, *_), (other, *_) = two_groups
    BREAKS[what](own, other)
    difference = audit.find_differences()
    assert [difference.counters.of(name) for name in tables.TABLES] == [{}] * len(tables.TABLES)


def test_a_retired_rule_still_decides_the_kind(contacts):
    opens = Open.objects.filter(**of(contacts[1]))
    opens.update(rule=501, kind=Kind.HUMAN)
    audit.repair(audit.find_differences(), now=START)
    assert opens.get().kind == Kind.PROXIED


def test_an_open_of_an_unknown_rule_keeps_its_kind(contacts):
    Open.objects.filter(**of(contacts[1])).update(rule=4207)
    assert not audit.find_differences()


def test_wrong_counters_are_repaired_together_with_rows_of_another_group(two_groups):
    (own, *_), (other, *_) = two_groups
    before = everything()
    BREAKS["an open that names another group"](own, other)
    ContactsByKind.objects.update(contacts=F("contacts") + 5)
    audit.repair(audit.find_differences(), now=START)
    assert everything() == before


def test_a_contact_without_a_row_counts_where_its_hits_say(two_groups):
    (own, *_), _ = two_groups
    Pixel.objects.filter(contact=own).delete()
    Contact.objects.filter(uuid=own.uuid).delete()
    audit.repair(audit.find_differences(), now=START)
    before = everything()
    ContactOpens.objects.filter(**of(own)).update(group_id=NO_GROUP, best_kind=Kind.HUMAN)
    audit.repair(audit.find_differences(), now=START)
    assert everything() == before
    assert not audit.find_differences()


def test_a_report_that_was_right_all_along_stays_so_through_a_repair(contacts):
    asked = {"campaign_id": contacts[0].campaign_id, "now": START + timedelta(days=1)}
    before = campaign_report(**asked).panels
    OpensBySlot.objects.all().delete()
    audit.repair(audit.find_differences(), now=START)
    assert campaign_report(**asked).panels == before


def test_a_missing_version_is_restored_higher_than_any_before(contacts):
    before = GroupVersion.objects.get().version
    GroupVersion.objects.all().delete()
    difference = audit.find_differences()
    assert list(difference.lines()) == [
        f"group {contacts[0].group_id}: the number of its version is gone"
    ]
    audit.repair(difference, now=START)
    assert GroupVersion.objects.get().version > before
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


def test_the_command_repairs_what_differs(contacts):
    ContactsByKind.objects.update(contacts=F("contacts") + 1)
    assert run("--repair")[0] == 0
    assert CounterAudit.objects.get().differences == 0
    assert run() == (0, "Counters and raw opens agree.\n")
