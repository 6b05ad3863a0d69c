"""The rest and the control group: which of their contacts get mail, are counted and compared."""

from datetime import timedelta

import pytest

from campaigns import services
from campaigns.models import Contact
from campaigns.roles import Role
from contacts.change import change_contact
from contacts.create import create_contacts
from contacts.pixels.merge_list import merge_rows
from contacts.schedules.reschedule import reschedule_group
from foundation.errors import InvalidInput
from reports.overview import read_system
from tests.reporting import campaign_report
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record
from tracking.models import CampaignSlots, ContactsByDueMinute
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
BEFORE, LATER = START - timedelta(hours=1), START + timedelta(hours=2)


@pytest.fixture
def campaign():
    return make_campaign(groups=4)


@pytest.fixture
def groups(campaign):
    """Two variants, the rest and the control group."""
    a, b, rest, control = campaign.groups.order_by("number")
    return a, b, give(rest, Role.REST), give(control, Role.CONTROL)


def give(group, role):
    return services.update_group(group_id=group.id, changes={"role": role})


def refused(operation, **arguments):
    with pytest.raises(InvalidInput) as caught:
        operation(**arguments)
    return list(caught.value.errors), caught.value.code


def due_at(contact):
    return Contact.objects.values_list("due_at", flat=True).get(uuid=contact.uuid)


def report(campaign, now=LATER):
    return campaign_report(campaign_id=campaign.id, now=now)


# --- Which roles a group may have ------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.REST, Role.CONTROL])
def test_a_campaign_has_one_group_of_a_role_at_most(campaign, role):
    first, second, *_ = campaign.groups.order_by("number")
    give(first, role)
    change = {"group_id": second.id, "changes": {"role": role}}
    assert refused(services.update_group, **change) == (["role"], "taken")
    services.archive_group(group_id=first.id, now=START)
    give(second, role)
    assert refused(services.unarchive_group, group_id=first.id) == (["role"], "taken")


def test_any_number_of_groups_are_variants(campaign):
    assert {group.role for group in campaign.groups.all()} == {Role.VARIANT}


def test_a_group_with_contacts_keeps_its_role(campaign, groups):
    a, *_ = groups
    make_contact(a)
    change = {"group_id": a.id, "changes": {"role": Role.CONTROL}}
    services.archive_group(group_id=groups[3].id, now=START)
    assert refused(services.update_group, **change) == (["role"], "frozen")
    services.update_group(group_id=a.id, changes={"role": Role.VARIANT, "description": "A"})


def test_an_unknown_role_is_refused(campaign):
    change = {"group_id": campaign.groups.first().id, "changes": {"role": "winner"}}
    assert refused(services.update_group, **change) == (["role"], "invalid")


# --- Who falls due ---------------------------------------------------------------------------


def test_only_variants_fall_due_as_they_are_scheduled(groups):
    rows = [{"campaign": g.campaign_id, "group": g.id, "scheduled_at": START} for g in groups]
    create_contacts(contacts=rows, now=BEFORE, pixels_per_contact=1)
    due = dict(Contact.objects.values_list("group_id", "due_at"))
    assert [due[group.id] for group in groups] == [START, START, None, None]
    assert set(Contact.objects.values_list("scheduled_at", flat=True)) == {START}


def test_a_contact_that_moves_to_another_role_falls_due_by_that_role(groups):
    a, _, rest, control = groups
    contact = make_contact(a)
    for group, due in ((control, None), (a, START), (rest, None), (a, START)):
        change_contact(contact_id=contact.uuid, changes={"group": group}, now=BEFORE)
        assert due_at(contact) == due
    assert not audit.find_differences()


def test_a_contact_that_was_to_get_no_mail_stays_in_the_control_group(groups):
    a, _, _, control = groups
    contact = make_contact(control)
    change = {"contact_id": contact.uuid, "changes": {"group": a}}
    assert refused(change_contact, now=LATER, **change) == (["group"], "frozen")
    change_contact(now=BEFORE, **change)


def test_rescheduling_makes_no_contact_due_that_gets_no_mail(groups):
    contacts = [make_contact(group) for group in groups]
    for group in groups:
        reschedule_group(group_id=group.id, scheduled_at=LATER, now=BEFORE)
    assert [due_at(contact) for contact in contacts] == [LATER, LATER, None, None]


# --- What is sent, counted and compared --------------------------------------------------------


def test_the_merge_list_leaves_out_groups_without_mail(campaign, groups):
    contacts = [make_contact(group) for group in groups]
    listed = {row.contact.uuid for row in merge_rows(campaign.id)}
    assert listed == {contact.uuid for contact in contacts[:2]}


def test_a_control_group_counts_in_no_figure(campaign, groups):
    for group in groups:
        make_contact(group)
    shown = report(campaign)
    assert (shown.totals.contacts, shown.totals.sent) == (3, 2)
    assert [row.figures.contacts for row in shown.groups] == [1, 1, 1, 1]
    assert [row.figures.sent for row in shown.groups] == [1, 1, 0, 0]
    assert shown.never_due == 0
    assert read_system(now=LATER).reach.contacts == 3


def test_an_open_of_the_control_group_counts_in_no_rate(campaign, groups):
    contacts = [make_contact(group) for group in groups]
    record([make_hit(contacts[0]), make_hit(contacts[3])])
    shown = report(campaign)
    assert (shown.totals.sent, shown.totals.opens, shown.totals.open_rate) == (2, 1, 0.5)
    assert sum(point.opens.get(groups[3].id, 0) for point in shown.panels.series.points) == 0
    control = shown.groups[3]
    assert (control.figures.sent, control.opened_unmailed) == (0, 1)
    assert not any(control.figures.unique_by_kind.values())
    reach = read_system(now=LATER).reach
    assert (reach.sent, reach.opened, reach.opened_by_any) == (2, 1, 1)


def test_slots_are_those_of_the_variants_alone(campaign, groups):
    a, b, rest, control = groups
    make_contact(a)
    make_contact(b, scheduled_at=START + timedelta(minutes=20))
    for group in (rest, control):
        make_contact(group, scheduled_at=START - timedelta(days=20))
    fix_due_campaigns(now=LATER)
    slots = CampaignSlots.objects.get(campaign_id=campaign.id)
    assert (slots.groups, slots.width) == (2, 15)
    assert slots.cut_off - slots.first_due == 20
    assert not ContactsByDueMinute.objects.filter(group_id=control.id, minute__gt=-1).exists()
