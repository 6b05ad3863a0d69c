"""Problems that no constraint can prevent are found and named."""

import uuid
from io import StringIO

import pytest
from django.core.management import call_command

from campaigns.models import Contact
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import ContactOpens, Open
from tracking.upkeep.consistency import problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact():
    contact = make_contact(make_campaign().groups.get(number=1))
    record([make_hit(contact)])
    return contact


def found():
    return {what: count for what, count, _ in problems()}


def test_a_consistent_database_has_no_problem(contact):
    assert found() == {}


def test_a_contact_in_another_campaigns_group_is_found(contact):
    stray = make_contact(contact.group)
    other = make_campaign("Autumn").groups.get(number=1)
    Contact.objects.filter(uuid=stray.uuid).update(group=other)
    assert found() == {"contacts in a group of another campaign": 1}


def test_opens_and_summaries_of_another_group_are_found(contact):
    Open.objects.update(group_id=contact.group_id + 1)
    ContactOpens.objects.update(contact_id=uuid.uuid4())
    assert found() == {
        "opens whose contact is gone or in another group": 1,
        "summaries whose contact is gone or in another group": 1,
    }


def test_the_command_names_rows_and_exits_with_1(contact):
    Open.objects.update(contact_id=uuid.uuid4())
    output = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_consistency", stdout=output)
    assert str(Open.objects.get().event_id) in output.getvalue()


def test_the_command_finds_nothing_in_a_consistent_database(contact):
    output = StringIO()
    call_command("check_consistency", stdout=output)
    assert output.getvalue() == "No contradictions found.\n"
