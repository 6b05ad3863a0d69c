"""Recent calls and decisions, as the home lists them."""

from datetime import timedelta

import pytest

from campaigns import services
from reports.outcomes.decisions import LATELY, newest_outcomes
from tests.tracking.factories import make_campaign
from tests.winners import NOW, call, decide

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def groups_of(name="Spring"):
    campaign = make_campaign(name)
    return campaign, *campaign.groups.order_by("number")


def newest(*, now=NOW, limit=5):
    return [
        (one.name, one.text, one.is_preliminary) for one in newest_outcomes(now=now, limit=limit)
    ]


def test_a_call_is_listed_with_its_shares_until_the_decision():
    _, a, b = groups_of()
    call(b, rates={a.id: [200, 1000], b.id: [240, 1000]})
    said = "Group 2 is likely better so far: opened sooner, 24.0% against 20.0% within 4 h of "
    assert newest() == [("Spring", f"{said}sending.", True)]


@pytest.mark.parametrize("agrees", [True, False])
def test_a_decision_has_the_same_sentence_as_in_the_report(agrees):
    campaign, _, b = groups_of()
    call(b)
    decide(campaign, b if agrees else None, text="No clear difference.")
    doubt = "" if agrees else "Not confirmed at 72 h: Group 2 was opened sooner. "
    assert newest() == [("Spring", f"{doubt}No clear difference.", False)]


def test_a_decision_has_the_current_names_of_groups():
    campaign, _, b = groups_of()
    decide(campaign, b, text=f"{{group {b.id}}} is better.")
    services.update_group(group_id=b.id, changes={"name": "With a question"})
    assert newest() == [("Spring", "With a question is better.", False)]


def test_the_newest_come_first_and_no_more_than_asked_for():
    for n in range(4):
        campaign, a, _ = groups_of(f"Campaign {n}")
        if n % 2:
            decide(campaign, a, at=NOW - n * HOUR)
        else:
            call(a, at=NOW - n * HOUR)
    assert [name for name, *_ in newest()] == [f"Campaign {n}" for n in range(4)]
    assert [name for name, *_ in newest(limit=3)] == [f"Campaign {n}" for n in range(3)]


def test_archived_campaigns_and_old_ones_are_left_out():
    archived, a, _ = groups_of("Archived")
    call(a)
    services.archive_campaign(campaign_id=archived.id, now=NOW)
    old, _, _ = groups_of("Old")
    decide(old, at=NOW - LATELY - HOUR)
    assert newest() == []


def test_it_takes_three_queries_at_most(django_assert_num_queries):
    with django_assert_num_queries(2):
        newest()
    for n in range(3):
        campaign, a, _ = groups_of(f"Campaign {n}")
        call(a)
        if n:
            decide(campaign)
    with django_assert_num_queries(3):
        newest()
