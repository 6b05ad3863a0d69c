"""A group more of whose people withdraw their consent is named, by who could withdraw."""

from datetime import timedelta

import pytest

from contacts.measured.decided import follow_decisions
from reports.outcomes.stops import groups_to_stop
from reports.verdict.experiment import GuardRail, ImpossibleSlot
from reports.verdict.judge import verdict
from reports.verdict.reading import read_experiment
from reports.verdict.states import Stored
from tests.consent.deciding import withdraw
from tests.reports.verdict.campaigns import pass_time, send, share, verdict_of
from tests.reports.verdict.experiments import at, by_age, experiment, group, slot
from tests.reports.verdict.test_compare import gone, marked, resend
from tests.reports.verdict.test_partly_measured import unmeasure
from tests.tracking.factories import START
from tracking.upkeep import audit

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def stops(*groups, left=None):
    """Of groups of (measured, all, withdrawn)."""
    made = [
        group(
            n,
            slot(
                measured,
                {},
                unmeasured=drawn - measured,
                guard_rails={GuardRail.CONSENT: by_age({20: withdrawn})},
            ),
        )
        for n, (measured, drawn, withdrawn) in enumerate(groups, start=1)
    ]
    return [stop.text for stop in verdict(experiment(*made), Stored(), at(60)).stops]


def test_a_group_with_more_withdrawals_is_named_by_those_who_could():
    assert stops((2000, 5000, 6), (2000, 5000, 40)) == [
        "Stop B: more of its people withdrew consent, 2.0% against 0.3%."
    ]


@pytest.mark.parametrize(
    "groups",
    [
        ((2000, 5000, 20), (2000, 5000, 24)),
        ((1000, 5000, 20), (4000, 5000, 80)),
        ((2000, 5000, 0), (2000, 5000, 9)),
        ((2000, 5000, 0), (49, 5000, 20)),
    ],
    ids=["as often", "as often of those who may be measured", "too few", "a small group"],
)
def test_no_group_is_named_for_chance_for_few_or_for_more_who_are_measured(groups):
    assert stops(*groups) == []


def test_more_withdrawals_than_may_be_measured_are_impossible():
    with pytest.raises(ImpossibleSlot):
        slot(5, {}, unmeasured=5, guard_rails={GuardRail.CONSENT: by_age({20: 6})})


@pytest.fixture
def groups(campaign):
    return list(campaign.groups.order_by("number"))


def withdrawn(contacts, *, after=10 * MINUTE):
    for contact in contacts:
        withdraw(contact, now=START + after)
    follow_decisions(now=START + HOUR)


@pytest.mark.django_db
def test_a_campaign_names_it_on_its_report_and_on_the_home(campaign, groups):
    _, b = (send(group, 200) for group in groups)
    withdrawn(share(b, 0.1))
    pass_time(START + HOUR)
    said = "Stop Group 2: more of its people withdrew consent, 10.0% against 0.0%."
    [stop] = verdict_of(campaign, START + HOUR).stops
    assert (stop.group, stop.rail, stop.text) == (groups[1].id, GuardRail.CONSENT, said)
    now = START + HOUR
    assert [one.sentence for one in groups_to_stop(now=now, as_of=now)] == [stop.text]
    assert list(audit.find_differences().lines()) == []


@pytest.mark.django_db
def test_who_left_unmeasured_was_never_at_risk_of_withdrawing(campaign, groups):
    a, _ = (send(group, 100) for group in groups)
    unmeasure(a[:60])
    marked(campaign, a[50:65], after=3 * MINUTE)
    resend(a[65:70], at=START + 12 * MINUTE)
    withdrawn(a[90:], after=8 * MINUTE)
    pass_time(START + HOUR)
    [one, _] = read_experiment(campaign, groups).groups
    assert gone(one, GuardRail.CONSENT) == ([0, 10, 0], [5, 0, 5])
    assert gone(one, GuardRail.BOUNCES) == ([15, 0, 0], [0, 10, 5])
