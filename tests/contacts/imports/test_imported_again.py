"""The same contacts from a file again: only values that the file has can be conflicts."""

from datetime import timedelta
from uuid import uuid4

import pytest

from campaigns import services
from campaigns.models import Contact
from contacts.pixels.merge_list import merge_table
from foundation.csv_export import cell, csv_blocks, plain
from tests.contacts.imports.importing import figures, rejected
from tests.contacts.imports.test_files_of_programs import content_of
from tests.mailings import NOW

pytestmark = pytest.mark.django_db


def test_a_file_again_after_its_contacts_were_rescheduled_is_unchanged(take_in):
    take_in(content_of("reimport"))
    Contact.objects.update(scheduled_at=NOW + timedelta(days=1))
    assert figures(take_in(content_of("reimport"))) == (0, 2, 0)


@pytest.mark.parametrize(
    "content",
    [
        "email\nann@example.com\n",
        "email,name,group\nann@example.com,,\n",
        "external_id,email\n1,\n",
        "external_id,name,scheduled_at\n1,Ann,2026-03-02T09:00Z\n",
    ],
)
def test_a_value_that_is_missing_in_the_file_does_not_differ(
    take_in, campaign, make_group, content
):
    other = make_group(campaign, 2)
    take_in(
        "email,name,external_id,group,scheduled_at\nann@example.com,Ann,1,1,2026-03-02T09:00Z\n"
    )
    # The file does not name the other default group.
    assert figures(take_in(content, default_group=other.id)) == (0, 1, 0)


def test_a_value_that_differs_from_the_campaign_is_named_by_its_cell(take_in):
    take_in("email,name,scheduled_at\nann@example.com,Ann,2026-03-02T09:00Z\n")
    job = take_in(
        "email,First name,Last name,scheduled_at\nann@example.com,Ann,Lee,02.03.2026 10:00\n",
        schedule_format="%d.%m.%Y %H:%M",
    )
    assert rejected(job) == [(2, "name", "Ann Lee"), (2, "scheduled_at", "02.03.2026 10:00")]


def test_a_row_that_repeats_one_before_it_with_less_is_called_repeated(take_in):
    job = take_in("email,name\nann@example.com,Ann\nann@example.com,\nann@example.com,Bob\n")
    assert (figures(job), rejected(job)) == ((1, 0, 1), [(4, "name", "Bob")])
    assert job.repeated == 1


def test_an_address_that_was_exported_with_an_apostrophe_is_itself_again(take_in):
    take_in("email,name\n+bob@example.com,Bob\n")
    assert figures(take_in(content_of("exported_plus_address"))) == (0, 1, 0)
    assert Contact.objects.get().email == "+bob@example.com"


@pytest.mark.parametrize(
    "text", ["=1", "+a", "-", "@x", "'=1", "''+a", "'", "'t Hooft", "", "a'=", "''"]
)
def test_a_cell_guarded_against_formulas_gives_its_value_back(text):
    assert plain(cell(text)) == text


def merge_list(campaign):
    return "".join(csv_blocks(merge_table(campaign_id=campaign.id, base="http://testserver")))


def test_the_merge_list_imported_again_changes_nothing(
    take_in, campaign, group, make_group, make_contact
):
    old = make_group(campaign, 2, "-Old")
    for values in (
        {"email": "ann@example.com", "name": "=Ann", "external_id": "-1"},
        {"email": "+bob@example.com", "name": "'+Bob", "group": old.id},
        {"email": "zoë@example.com", "name": "Zoë\nB", "scheduled_at": NOW.replace(microsecond=7)},
        {"external_id": "@3"},
        {"name": "Nobody, by uuid alone"},
    ):
        make_contact(**values)
    services.archive_group(group_id=old.id, now=NOW)
    before = list(Contact.objects.order_by("uuid").values())
    job = take_in(merge_list(campaign), default_group=None)
    assert (figures(job), rejected(job)) == ((0, 5, 0), [])
    assert list(Contact.objects.order_by("uuid").values()) == before


def test_the_merge_list_of_one_campaign_makes_contacts_of_another(
    take_in, upload, campaign, group, make_contact, make_campaign, make_group
):
    make_contact(email="ann@example.com", name="Ann")
    text = merge_list(campaign)
    Contact.objects.all().delete()
    elsewhere = make_group(make_campaign("Autumn"), 1, "Group 1")
    make_contact(campaign=elsewhere.campaign_id, group=elsewhere.id, uuid=uuid4(), external_id="x")
    job = take_in(text)
    assert figures(job) == (1, 0, 0)
    assert Contact.objects.filter(campaign=campaign).get().name == "Ann"


def test_an_unknown_uuid_identifies_no_contact(take_in):
    job = take_in(f"uuid,email\n{uuid4()},\nno uuid,ann@example.com\n{uuid4()},bob@example.com\n")
    assert (figures(job), [line for line, _, _ in rejected(job)]) == ((2, 0, 1), [2])


def test_a_uuid_and_an_address_of_two_contacts_are_refused(take_in, make_contact):
    ann = make_contact(email="ann@example.com")
    make_contact(email="bob@example.com")
    job = take_in(f"uuid,email\n{ann.uuid},bob@example.com\n")
    assert rejected(job) == [(2, "email", "bob@example.com")]
