"""What the planner says of a campaign, with any number of groups and contacts."""

from datetime import timedelta

import pytest

from foundation.errors import InvalidInput
from reports.planner.expected import RateFrom
from reports.planner.plan import Question, plan_campaign, usual_difference
from tests.tracking.factories import START, make_campaign, make_contacts
from tracking.models import ContactsByDueMinute

pytestmark = pytest.mark.django_db
NOW = START - timedelta(days=1)


def plan(*sizes, shares=(), **question):
    campaign = make_campaign(groups=len(sizes))
    groups = list(campaign.groups.order_by("number"))
    for group, size in zip(groups, sizes, strict=True):
        make_contacts(group, [START] * size)
    for group, planned in zip(groups, shares, strict=False):
        group.planned_share = planned
    return plan_campaign(campaign, groups, question=Question(**question), now=NOW)


def test_it_says_what_the_groups_at_hand_find_and_what_a_difference_needs():
    found = plan(1500, 1500, difference=0.02)
    assert found.sentences == [
        "There is no past mailing to go by: assuming that 20% open.",
        "With 2 x 1,500 contacts and 20% opening you will see a difference of 4.4 points four "
        "times in five.",
        "To see 20% against 22% four times in five you need 14,000 contacts, 7,000 in each group.",
        "The chance that this mailing sees it with the contacts at hand is 24%.",
    ]
    assert found.warnings == []


def unmeasured(group, count):
    """Contacts of whom counters know that they may not be measured."""
    rows = ContactsByDueMinute.objects.filter(group_id=group.id, drawn__gt=0)
    rows.update(unmeasured=count, drawn_unmeasured=count)


def planned_partly(size, *not_measured):
    campaign = make_campaign(groups=len(not_measured))
    groups = list(campaign.groups.order_by("number"))
    for group, count in zip(groups, not_measured, strict=True):
        make_contacts(group, [START] * size)
        unmeasured(group, count)
    return plan_campaign(campaign, groups, question=Question(), now=NOW)


def test_a_plan_is_about_those_who_may_be_measured():
    found = planned_partly(300, 240, 240)
    assert found.sizes == [60, 60]
    assert found.sentences[1].startswith("With 2 x 60 contacts")
    assert found.sentences[2] == (
        "Only 120 of 600 scheduled contacts may be measured: the plan is about these."
    )
    assert "and may be measured, 20% of the whole list: it must have about 70,000" in " ".join(
        found.sentences
    )


def test_nobody_measured_is_not_nobody_scheduled():
    said = planned_partly(60, 60, 60).sentences
    assert "None of the 120 scheduled contacts may be measured" in said[1]
    assert not any("too small" in one or "No contact is scheduled" in one for one in said)


def test_a_group_of_few_measured_says_of_how_many():
    assert (
        "Group 2 is too small to compare: 40 of its 60 scheduled contacts may be measured, at "
        "least 50 must be." in planned_partly(60, 0, 20).sentences
    )


def test_before_there_are_contacts_it_says_what_is_needed():
    assert plan(0, 0).sentences[1:] == [
        "No contact is scheduled yet.",
        "As an example, a tenth more: to see 20% against 22% four times in five you need 14,000 "
        "contacts, 7,000 in each group.",
    ]


def test_the_planned_split_counts_for_what_is_needed():
    found = plan(0, 0, shares=(90, 10), difference=0.04)
    assert found.contacts_needed == 10_200
    assert "split as planned" in found.sentences[-1]


def plan_with(*rows, **question):
    """Of groups with a role and a planned share."""
    campaign = make_campaign(groups=len(rows))
    groups = list(campaign.groups.order_by("number"))
    for group, (role, share) in zip(groups, rows, strict=True):
        group.role, group.planned_share = role, share
    return plan_campaign(campaign, groups, question=Question(**question), now=NOW)


def test_empty_shares_divide_what_the_rest_leaves():
    found = plan_with(("variant", 10), ("variant", None), ("rest", 80))
    assert found.parts == (0.1, 0.1)
    assert found.weights == (0.5, 0.5)
    assert [group.number for group in found.groups] == [1, 2]


def test_the_rest_and_the_control_group_are_added_to_the_contacts_needed():
    rows = (("variant", None), ("variant", None), ("rest", 20), ("control", 10))
    found = plan_with(*rows, rate=0.4)
    assert found.contacts_needed == 5_110
    assert found.sentences[-2:] == [
        "As an example, a tenth more: to see 40% against 44% four times in five you need 5,110 "
        "contacts, 2,555 in each group.",
        "These are in the groups that are compared, 70% of the whole list: it must have about "
        "7,300.",
    ]


def test_archived_groups_get_no_part():
    campaign = make_campaign(groups=3)
    groups = list(campaign.groups.order_by("number"))
    groups[2].archived_at = NOW
    found = plan_campaign(campaign, groups, question=Question(), now=NOW)
    assert (found.parts, found.weights) == ((0.5, 0.5, 0.0), (0.5, 0.5))


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        (0, "There are no groups yet, so there is nothing to compare."),
        (1, "There is only one group, so there is nothing to compare."),
        (21, "21 groups are too many to compare: 20 at most."),
    ],
)
def test_without_two_to_twenty_groups_there_is_nothing_to_plan(groups, sentence):
    found = plan(*[0] * groups, difference=0.02)
    assert found.sentences == [sentence]
    assert (found.contacts_needed, found.smallest_difference, found.chance) == (None, None, None)


def test_ten_groups_are_planned():
    found = plan(*[60] * 10)
    assert found.smallest_difference > 0.3
    assert found.contacts_needed > 50_000


def test_one_contact_is_too_small_to_compare():
    found = plan(1, 100, 100)
    assert found.sizes == [100, 100]
    assert (
        "Group 1 is too small to compare: 1 of at least 50 scheduled contacts." in found.sentences
    )
    assert plan_of_one().smallest_difference is None


def plan_of_one():
    campaign = make_campaign("Other")
    groups = list(campaign.groups.order_by("number"))
    make_contacts(groups[0], [START])
    return plan_campaign(campaign, groups, question=Question(), now=NOW)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.99])
def test_rates_at_the_ends_are_planned(rate):
    found = plan(200, 200, rate=rate)
    assert found.rate.source == RateFrom.GIVEN
    assert len(found.sentences) >= 2


def test_no_rate_is_above_100_percent():
    found = plan(200, 200, rate=1.0)
    assert found.sentences[1:] == ["Nothing can be above 100%, so there is no difference to see."]
    assert (found.wished, found.contacts_needed, found.smallest_difference) == (None, None, None)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"rate": -0.01}, "rate"),
        ({"rate": 0.0}, "rate"),
        ({"rate": 0.0009}, "rate"),
        ({"rate": 1.01}, "rate"),
        ({"difference": 0.0}, "difference"),
        ({"difference": -0.1}, "difference"),
        ({"difference": 1.5}, "difference"),
        ({"rate": 0.9, "difference": 0.2}, "difference"),
        ({"rate": 1.0, "difference": 0.1}, "difference"),
    ],
)
def test_an_impossible_question_is_refused(question, field):
    with pytest.raises(InvalidInput) as refusal:
        plan(0, 0, **question)
    assert list(refusal.value.errors) == [field]


def test_the_most_that_is_left_may_be_asked_for():
    assert plan(100, 100, rate=0.7, difference=0.3).chance == pytest.approx(1, abs=0.001)


def test_groups_that_would_be_sent_apart_are_a_warning():
    campaign = make_campaign()
    groups = list(campaign.groups.order_by("number"))
    make_contacts(groups[0], [START] * 200)
    make_contacts(groups[1], [START + timedelta(hours=3)] * 200)
    found = plan_campaign(campaign, groups, question=Question(), now=NOW)
    assert found.warnings == [
        "Group 1 is sent 3 hours before Group 2 on average: their opens could not be compared."
    ]


@pytest.mark.parametrize(
    ("share", "usual"),
    [(0.2, 0.02), (0.203, 0.02), (0.0, 0.001), (0.004, 0.001), (0.95, None), (1.0, None)],
)
def test_a_tenth_of_the_rate_is_asked_about(share, usual):
    assert usual_difference(share) == usual
