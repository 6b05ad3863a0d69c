"""Campaigns and groups are created, changed, archived and put back."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import services
from campaigns.models import Campaign, Contact
from campaigns.queries import outside_dates
from foundation.errors import InvalidInput, NotFound
from foundation.personal_data.hashes import email_hash

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def refused(operation, *args, **kwargs):
    """The fields that an operation complains about."""
    with pytest.raises(InvalidInput) as caught:
        operation(*args, **kwargs)
    return list(caught.value.errors)


@pytest.mark.parametrize("name", ["Spring", " SPRING", "spring", "\uff33pring"])
def test_two_campaigns_can_not_share_a_name(campaign, make_campaign, name):
    assert refused(make_campaign, name) == ["name"]
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize(("one", "other"), [("Cafe", "Café"), ("\U0001f600", "\U0001f680")])
def test_names_that_differ_by_an_accent_or_an_emoji_are_two(make_campaign, make_group, one, other):
    first, second = make_campaign(one), make_campaign(other)
    groups = [make_group(first, 1, one), make_group(first, 2, other)]
    assert [first.name, second.name] == [group.name for group in groups] == [one, other]


def test_the_name_of_an_archived_campaign_is_free(campaign, make_campaign):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    make_campaign("Spring")
    assert refused(services.unarchive_campaign, campaign_id=campaign.id) == ["name"]
    campaign.refresh_from_db()
    assert campaign.archived_at == NOW


def test_archiving_twice_keeps_the_first_time(campaign):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    services.archive_campaign(campaign_id=campaign.id, now=NOW + timedelta(days=1))
    campaign.refresh_from_db()
    assert campaign.archived_at == NOW


def test_an_unarchived_campaign_is_unchanged(campaign):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    services.unarchive_campaign(campaign_id=campaign.id)
    campaign.refresh_from_db()
    assert (campaign.archived_at, campaign.live) == (None, True)


def test_a_campaign_ends_after_it_starts(campaign):
    changes = {"end_at": campaign.start_at}
    fields = refused(services.update_campaign, campaign_id=campaign.id, changes=changes, now=NOW)
    assert fields == ["end_at"]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"decision_age": 241}, ["decision_age"]),
        ({"cut_off_at": datetime(2026, 3, 1, tzinfo=UTC)}, ["cut_off_at"]),
    ],
)
def test_an_impossible_age_or_cut_off_is_refused(campaign, changes, fields):
    assert fields == refused(
        services.update_campaign, campaign_id=campaign.id, changes=changes, now=NOW
    )


FIXED = {"decision_age": 240, "cut_off_at": NOW + timedelta(days=1)}


def test_the_goal_and_the_ages_can_be_chosen_until_the_first_contact_is_due(campaign, make_contact):
    make_contact(scheduled_at=NOW + timedelta(hours=1))
    services.update_campaign(campaign_id=campaign.id, changes=FIXED, now=NOW)
    campaign.refresh_from_db()
    assert (campaign.decision_age, campaign.cut_off_at) == tuple(FIXED.values())


def test_the_goal_and_the_ages_stay_once_the_first_contact_is_due(campaign, make_contact):
    contact = make_contact(scheduled_at=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=1)
    fields = refused(services.update_campaign, campaign_id=campaign.id, changes=FIXED, now=later)
    assert fields == ["decision_age", "cut_off_at"]
    same = {"name": "Summer", "decision_age": 4320, "cut_off_at": None}
    changed = services.update_campaign(campaign_id=contact.campaign_id, changes=same, now=later)
    assert changed.name == "Summer"


def test_a_name_that_is_too_long_once_normalized_is_refused(make_campaign):
    assert refused(make_campaign, "\ufdfa" * 100) == ["name"]


@pytest.mark.parametrize(
    "operation",
    [
        lambda: services.update_campaign(campaign_id=10**9, changes={}, now=NOW),
        lambda: services.archive_campaign(campaign_id=10**9, now=NOW),
        lambda: services.unarchive_group(group_id=10**9),
    ],
)
def test_what_does_not_exist_is_not_found(operation):
    with pytest.raises(NotFound, match="not found"):
        operation()


def test_group_numbers_and_names_are_unique_in_a_campaign(campaign, group, make_group):
    assert refused(make_group, campaign, 1, "B") == ["number"]
    assert refused(make_group, campaign, 2, "GROUP 1") == ["name"]
    assert refused(make_group, campaign, 1, "Group 1") == ["number", "name"]


@pytest.mark.parametrize("name", ["Été", "ÉTÉ", " été ", "E\u0301te\u0301", "\uff25\u0301té"])
def test_two_groups_of_a_campaign_can_not_share_a_name(campaign, make_group, name):
    first, second = make_group(campaign, 1, "été"), make_group(campaign, 2, "hiver")
    assert refused(make_group, campaign, 3, name) == ["name"]
    assert refused(services.update_group, group_id=second.id, changes={"name": name}) == ["name"]
    services.update_group(group_id=first.id, changes={"name": name})


def test_a_group_name_that_is_too_long_once_normalized_is_refused(campaign, make_group):
    assert refused(make_group, campaign, 1, "\ufdfa" * 100) == ["name"]


def test_another_campaign_may_use_the_same_group_name(group, other_group):
    assert (group.number, group.name) == (other_group.number, other_group.name)


def test_a_group_keeps_its_name_when_it_is_saved_again(group):
    services.update_group(group_id=group.id, changes={"name": "Group 1", "description": "x"})
    group.refresh_from_db()
    assert (group.name, group.description) == ("Group 1", "x")


def test_a_group_never_moves_to_another_campaign(group, other_group):
    changes = {"campaign_id": other_group.campaign_id}
    assert refused(services.update_group, group_id=group.id, changes=changes) == ["campaign"]


def test_an_archived_campaign_takes_no_group(campaign, make_group):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    assert refused(make_group, campaign) == ["campaign"]


def test_one_mailbox_has_one_hash_however_it_is_typed():
    assert email_hash("a@xn--bcher-kva.example") == email_hash(" A@BÜCHER.example")
    assert email_hash("no address") != email_hash("ann@example.com")


def test_contacts_outside_the_dates_are_found(campaign, make_contact):
    make_contact(scheduled_at="2026-03-02T09:00Z")
    late = make_contact(scheduled_at="2026-04-02T09:00Z")
    make_contact()
    assert list(outside_dates(Contact.objects.all(), campaign)) == [late]
