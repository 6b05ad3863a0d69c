"""Everything about one address is told, and nothing about another."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns.models import Contact, Export
from consent.modes import Answer
from consent.queries import subject_of
from contacts.change import change_contact
from contacts.person.file import person_file
from foundation.parsing import BadValue
from tests.consent.deciding import TEXT, agree, withdraw
from tests.discounts import factories as discounts
from tests.tracking.factories import GMAIL, START, make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import LastDay

pytestmark = pytest.mark.django_db
ADDRESS = "ann@example.com"
NOW = START + timedelta(days=2)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def group():
    return make_campaign().groups.get(number=1)


@pytest.fixture
def ann(group):
    return make_contact(group, email=ADDRESS, name="Ann", external_id="crm-1", pixels=2)


def told():
    """What a JSON file of it says."""
    return json.loads(json.dumps(person_file("Ann@EXAMPLE.com".replace("A", "a"), now=NOW)))


def test_contacts_of_all_campaigns_come_with_pixels_and_opens(group, ann):
    other = make_campaign("Autumn").groups.get(number=2)
    again = make_contact(other, email=ADDRESS)
    bob = make_contact(group, email="bob@example.com", name="Bob")
    record([make_hit(ann, agent=GMAIL), make_hit(again), make_hit(bob)])
    file = told()
    first, second = file["contacts"]
    assert (first["uuid"], first["name"], first["external_id"]) == (str(ann.pk), "Ann", "crm-1")
    assert (second["campaign"], second["group"]) == ("Autumn", "Group 2")
    assert len(first["pixels"]) == 2
    [opened] = first["opens"]
    assert (opened["taken_for"], opened["user_agent"]) == ("proxied", GMAIL)
    assert str(bob.pk) not in json.dumps(file)
    assert "bob@" not in json.dumps(file)


def test_decisions_come_with_their_texts_those_from_before_the_address_too(group, ann):
    unnamed = make_contact(make_campaign("Autumn").groups.first(), external_id="crm-9")
    withdraw(unnamed, now=START)
    change_contact(contact_id=unnamed.pk, changes={"email": ADDRESS}, now=timezone.now())
    withdraw(make_contact(group, email="bob@example.com"))
    own = Contact.objects.get(pk=ann.pk)
    agree(own, now=timezone.now(), proof="form 7", clicks=Answer.DENIED)
    decisions = told()["decisions"]
    assert [one["opens"] for one in decisions] == ["denied", "denied", "granted"]
    assert [one["clicks"] for one in decisions] == [None, None, "denied"]
    assert (decisions[-1]["text"], decisions[-1]["proof"]) == (TEXT, "form 7")


def test_exports_that_may_have_held_the_person_are_named(group, ann, admin_user):
    other = make_campaign("Autumn")
    made = {"kind": "merge_list", "made_at": ann.created_at + MINUTE, "rows": 3}
    campaign = group.campaign
    whole = Export.objects.create(campaign=campaign, by=admin_user, **made)
    Export.objects.create(campaign=campaign, group=campaign.groups.get(number=2), **made)
    Export.objects.create(campaign=other, **made)
    Export.objects.create(campaign=campaign, **made | {"made_at": ann.created_at - MINUTE})
    [export] = told()["exports"]
    assert export == {
        "made_at": whole.made_at.isoformat(),
        "campaign": "Spring",
        "what": "Merge list",
        "opened": "",
        "rows": 3,
    }


def test_the_day_of_the_last_open_is_told(group, ann):
    assert told()["last_open_day"] is None
    LastDay.objects.create(person=ann.email_hash, day=date(2026, 3, 2))
    assert told()["last_open_day"] == "2026-03-02"


def test_discounts_of_a_customer_with_the_address_are_told():
    discount = discounts.make_campaign()
    customer = discounts.make_customer(email=ADDRESS)
    usage = discounts.apply(discount, customer)
    discounts.apply(discount, discounts.make_customer(email="bob@example.com"))
    [own] = told()["customers"]
    [used] = own["discounts"]
    assert (own["email"], used["campaign"]) == (ADDRESS, discount.name)
    assert used["discount_amount_minor"] == usage.discount_amount_minor


def test_of_nobody_nothing_is_told():
    file = told()
    empty = ("contacts", "decisions", "exports", "customers")
    assert [file[name] for name in empty] == [[]] * 4


def test_what_is_no_address_is_refused_without_repeating_it():
    with pytest.raises(BadValue) as caught:
        person_file("ann at example", now=NOW)
    assert "ann at" not in str(caught.value)


def move(contact, email="bob@example.com", *, after=timedelta(days=1)):
    change_contact(contact_id=contact.pk, changes={"email": email}, now=START + after)


def test_of_a_contact_whose_address_changed_only_what_was_the_persons_is_told(group, ann):
    own, later = make_hit(ann, pixel=1), make_hit(ann, after=timedelta(days=1, hours=1))
    record([own])
    move(ann)
    record([later])
    file = told()
    [former] = file["former_contacts"]
    assert file["contacts"] == []
    assert (former["uuid"], len(former["pixels"])) == (str(ann.pk), 2)
    assert former["until"] == (START + timedelta(days=1)).isoformat()
    assert [opened["at"] for opened in former["opens"]] == [own.at.isoformat()]
    assert "crm-1" not in json.dumps(file)


def test_nor_are_opens_of_the_person_that_a_contact_was_before(group):
    bob = make_contact(group, email="bob@example.com")
    record([make_hit(bob)])
    move(bob, ADDRESS)
    later = make_hit(bob, after=timedelta(days=1, hours=1))
    record([later])
    [contact] = told()["contacts"]
    assert [opened["at"] for opened in contact["opens"]] == [later.at.isoformat()]


def test_exports_of_before_the_address_changed_are_named(group, ann, admin_user):
    campaign, moved = group.campaign, timezone.now() + timedelta(days=1)
    change_contact(contact_id=ann.pk, changes={"email": "bob@example.com"}, now=moved)
    made = {"campaign": campaign, "kind": "merge_list", "by": admin_user, "rows": 3}
    held = Export.objects.create(**made, made_at=moved - MINUTE)
    Export.objects.create(**made, made_at=moved + MINUTE)
    assert [one["made_at"] for one in told()["exports"]] == [held.made_at.isoformat()]


def test_queries_do_not_grow_with_what_there_is(group, ann, django_assert_max_num_queries):
    for n in range(4):
        contact = make_contact(make_campaign(f"C{n}").groups.first(), email=ADDRESS)
        record([make_hit(contact, after=timedelta(hours=k)) for k in range(3)])
        withdraw(contact, now=START + n * MINUTE)
        move(make_contact(contact.group, email="former@example.com"), f"{n}@example.com")
    with django_assert_max_num_queries(12):
        assert len(told()["contacts"]) == 5


# --- The command ----------------------------------------------------------------------------


def command(*arguments, typed=None, monkeypatch=None):
    if typed is not None:
        monkeypatch.setattr("sys.stdin", StringIO(typed))
    said = StringIO()
    call_command("person", *arguments, stdout=said)
    return json.loads(said.getvalue())


def test_the_command_takes_the_address_from_standard_input(ann, monkeypatch):
    file = command(typed=f"{ADDRESS}\n", monkeypatch=monkeypatch)
    assert [one["uuid"] for one in file["contacts"]] == [str(ann.pk)]


def test_the_command_takes_the_address_as_an_argument_too(ann):
    assert command(ADDRESS)["contacts"][0]["email"] == ADDRESS


def test_the_command_erases_and_prints_the_receipt(ann):
    record([make_hit(ann)])
    receipt = command(ADDRESS, "--erase")
    assert (receipt["contacts"], receipt["forgotten"], receipt["customers"]) == (1, 1, 0)
    assert ADDRESS not in json.dumps(receipt)
    assert command(ADDRESS)["contacts"] == []
    ann.refresh_from_db()
    assert subject_of(ann).email_hash is None


def test_the_command_says_what_is_wrong_without_repeating_it():
    with pytest.raises(CommandError) as caught:
        command("ann at example")
    assert "ann at" not in str(caught.value)
