"""A campaign is copied with its groups, for the next mailing of its kind."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from campaigns import services
from campaigns.duplicating import duplicate_campaign
from campaigns.models import Campaign, Contact, Group
from campaigns.roles import Role
from foundation.errors import InvalidInput, NotFound
from tests.threads import run_together
from tracking.models import Pixel

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def duplicate(campaign, **changes):
    asked = {"campaign_id": campaign.id, "created_by": None, "now": NOW} | changes
    return duplicate_campaign(**asked)


def add_group(campaign, number, **values):
    values = {"number": number, "name": f"Group {number}"} | values
    return services.create_group(campaign_id=campaign.id, values=values)


def test_settings_and_groups_are_copied(campaign):
    changes = {"description": "Two subjects.", "decision_age": 240, "never_asked": "off"}
    cut_off = {"cut_off_at": datetime(2026, 3, 20, tzinfo=UTC)}
    services.update_campaign(campaign_id=campaign.id, changes=changes | cut_off, now=NOW)
    add_group(campaign, 1, planned_share=Decimal("45.5"), description="Short")
    add_group(campaign, 3, planned_share=Decimal("54.5"))
    add_group(campaign, 4, role=Role.REST)
    copy = duplicate(campaign)
    assert (copy.name, copy.cut_off_at, copy.archived_at) == ("Spring (copy)", None, None)
    assert {name: getattr(copy, name) for name in changes} == changes
    columns = ("number", "name", "name_key", "description", "planned_share", "role", "single_role")
    groups = [list(one.groups.values_list(*columns)) for one in (campaign, copy)]
    assert groups[0] == groups[1]
    assert [number for number, *_ in groups[0]] == [1, 3, 4]


def test_contacts_pixels_and_winners_stay_behind(campaign, group, make_contact):
    make_contact()
    rest = add_group(campaign, 2, role=Role.REST)
    Group.objects.filter(id=rest.id).update(
        winner=group, winner_chosen_at=NOW, winner_start_at=NOW, winner_given_at=NOW
    )
    copy = duplicate(campaign)
    assert not Contact.objects.filter(campaign=copy).exists()
    assert not Pixel.objects.filter(contact__campaign=copy).exists()
    assert set(copy.groups.values_list("winner_id", "winner_given_at")) == {(None, None)}


def test_an_archived_campaign_is_copied_and_stays_archived(campaign, group):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    copy = duplicate(campaign)
    campaign.refresh_from_db()
    assert (copy.archived_at, copy.live, campaign.archived_at) == (None, True, NOW)
    assert copy.groups.count() == 1


def test_archived_groups_stay_behind_and_free_their_role(campaign):
    control = add_group(campaign, 1, role=Role.CONTROL)
    services.archive_group(group_id=control.id, now=NOW)
    add_group(campaign, 2, role=Role.CONTROL)
    assert list(duplicate(campaign).groups.values_list("number", flat=True)) == [2]


def test_each_copy_has_a_name_of_its_own(campaign):
    names = [duplicate(campaign).name for _ in range(3)]
    assert names == ["Spring (copy)", "Spring (copy 2)", "Spring (copy 3)"]
    Campaign.objects.filter(name=names[1]).update(live=None, archived_at=NOW)
    assert duplicate(campaign).name == "Spring (copy 2)"


def test_the_longest_name_is_cut(make_campaign):
    copy = duplicate(make_campaign("ä" * 200))
    copy.refresh_from_db()
    assert copy.name == "ä" * 193 + " (copy)"


def test_too_many_copies_are_refused(campaign, monkeypatch):
    monkeypatch.setattr("campaigns.duplicating.MOST_COPIES", 2)
    for _ in range(2):
        duplicate(campaign)
    with pytest.raises(InvalidInput, match="archive copies"):
        duplicate(campaign)
    assert Campaign.objects.count() == 3


@pytest.mark.parametrize(
    ("mode", "installation", "copied"),
    [
        ("individual", "individual", "individual"),
        ("individual", "shared", "shared"),
        ("last_day", "individual", "shared"),
        ("off", "individual", "off"),
        (None, "shared", None),
    ],
)
def test_a_copy_measures_no_further_than_is_allowed_now(
    campaign, settings, mode, installation, copied
):
    Campaign.objects.update(tracking_mode=mode, never_asked=mode)
    settings.TRACKING_MODE = settings.NEVER_ASKED = installation
    copy = duplicate(campaign)
    assert (copy.tracking_mode, copy.never_asked) == (copied, copied)
    assert (copy.tracking_widened_at, copy.never_asked_widened_at) == (None, None)


def test_what_is_not_there_is_not_found(db):
    with pytest.raises(NotFound):
        duplicate_campaign(campaign_id=10**9, created_by=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_copies_made_at_the_same_time_get_two_names(campaign, group):
    assert not run_together(*[lambda: duplicate(campaign)] * 4)
    copies = Campaign.objects.exclude(id=campaign.id)
    assert sorted(copies.values_list("name", flat=True)) == [
        *("Spring (copy 2)", "Spring (copy 3)", "Spring (copy 4)", "Spring (copy)")
    ]
    assert Group.objects.count() == 5


def test_a_name_that_is_taken_meanwhile_is_passed_over(campaign, make_campaign, monkeypatch):
    make_campaign("Spring (copy)")
    stale = ["Spring (copy)", "Spring (copy 2)"]
    monkeypatch.setattr("campaigns.duplicating._free_names", lambda name: stale)
    assert duplicate(campaign).name == "Spring (copy 2)"
