"""What a campaign's page says of the decision: nothing that will not come."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import F

from campaigns.models import Campaign
from campaigns.roles import Role
from tests.admin_pages import text_of
from tests.tracking.factories import START, make_campaign, make_contacts
from tests.winners import NOW
from tracking.models import ContactsByDueMinute

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
DAY = timedelta(days=1)
ONCE_TWO_HAVE = (
    "Nothing is to be decided yet: fewer than two variants have contacts with a time of sending. "
    "Once two have, it decides 72 hours after the last contact is due"
)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def words(admin_client):
    def words(campaign):
        return text_of(admin_client.get(f"/admin/campaigns/campaign/{campaign.id}/change/"))

    return words


def with_cut_off(campaign, at):
    Campaign.objects.filter(id=campaign.id).update(cut_off_at=at)


def test_where_nobody_may_be_measured_no_decision_is_promised(words):
    campaign = make_campaign()
    for group in campaign.groups.all():
        make_contacts(group, [NOW + DAY] * 3)
    ContactsByDueMinute.objects.update(drawn_unmeasured=F("drawn"), unmeasured=F("contacts"))
    assert "Nothing will be decided as long as none of its contacts may be measured." in words(
        campaign
    )
    assert "Decides about" not in words(campaign)


@pytest.mark.parametrize(
    ("scheduled", "sentence"),
    [
        (NOW + DAY, "Decides about Friday, 14:04, by what is planned now."),
        (None, f"{ONCE_TWO_HAVE}."),
        (START, "The report says how the comparison stands."),
    ],
)
def test_it_says_when_it_decides_and_by_what(words, scheduled, sentence):
    campaign = make_campaign()
    for group in campaign.groups.all():
        if scheduled:
            make_contacts(group, [scheduled])
    said = words(campaign)
    assert "Goal: opened by a person." in said
    assert sentence in said


@pytest.mark.parametrize("scheduled", [None, NOW + DAY, START])
def test_a_date_is_promised_to_two_groups_only(words, scheduled):
    campaign = make_campaign()
    with_cut_off(campaign, NOW + 2 * DAY)
    make_contacts(campaign.groups.first(), [scheduled] * 3)
    assert f"{ONCE_TWO_HAVE}, but not before the cut-off." in words(campaign)


def test_a_cut_off_that_has_passed_decides_nothing_of_what_comes_later(words):
    campaign = make_campaign()
    with_cut_off(campaign, NOW)
    said = words(campaign)
    assert "Nothing will be decided: at the cut-off fewer than two variants had contacts." in said
    assert "it decides" not in said


@pytest.mark.parametrize("variants", [0, 1])
def test_fewer_than_two_variants_are_told_what_is_missing(words, variants):
    campaign = make_campaign(groups=variants + 1)
    rest = campaign.groups.order_by("number").last()
    rest.role = rest.single_role = Role.REST
    rest.save()
    said = words(campaign)
    assert "Nothing is to be decided: there are fewer than two variants to compare." in said
    assert "it decides" not in said


@pytest.mark.parametrize("scheduled", [NOW + DAY, START])
def test_too_many_groups_are_told_how_many_can_be_compared(words, scheduled):
    campaign = make_campaign(groups=21)
    for group in campaign.groups.all():
        make_contacts(group, [scheduled])
    said = words(campaign)
    assert "21 groups are too many to compare: 20 at most. Nothing will be decided." in said
    assert "fewer than two" not in said
    assert "The report says how" not in said
