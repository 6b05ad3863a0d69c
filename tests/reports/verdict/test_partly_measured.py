"""The verdict on campaigns in which not everybody may be measured: of those who may, alone."""

from datetime import timedelta

import numpy as np
import pytest

from campaigns.models import NotSentReason
from campaigns.modes import Measured
from contacts.measured.settling import Settled, store
from contacts.not_sent import mark_not_sent
from reports.planner.rates import expected_rate
from reports.verdict.calls import decide
from reports.verdict.cells import Table
from reports.verdict.experiment import GuardRail, ImpossibleSlot
from reports.verdict.facts import Facts
from reports.verdict.judge import verdict
from reports.verdict.left_out import Why, compared, shares_apart, watched
from reports.verdict.proportions import Rate
from reports.verdict.states import State, Stored
from tests.reports.verdict.campaigns import DECIDED, opened, pass_time, send, share, verdict_of
from tests.reports.verdict.experiments import at, by_age, experiment, group, plain, slot
from tests.tracking.factories import make_campaign
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.upkeep import audit

HOUR = timedelta(hours=1)
SEED = 20260302


def table_of(*groups, **plan):
    some = experiment(*groups, **plan)
    return Table(some, some.plan.slots)


def partly(*sizes, events=0):
    """Groups of (measured, all), with events in the first bin."""
    groups = [
        group(at, slot(measured, {5: events}, unmeasured=drawn - measured))
        for at, (measured, drawn) in enumerate(sizes, start=1)
    ]
    return experiment(*groups)


def warned(some):
    found = verdict(some, Stored(), at(240)).beside
    return [said for said in found if "may be measured" in said]


def test_who_may_not_be_measured_says_nothing_about_the_groups():
    alone = verdict(plain((5000, 1000), (5000, 1200)), Stored(), at(240))
    some = experiment(
        group(1, slot(5000, {60: 1000}, unmeasured=2000)),
        group(2, slot(5000, {60: 1200}, unmeasured=2010)),
    )
    assert verdict(some, Stored(), at(240)) == alone


def test_the_planned_split_is_of_all_that_were_drawn():
    def gone(*sizes):
        table = Table(partly(*sizes), partly(*sizes).plan.slots)
        return [(one.group, one.why) for one in compared(table, []).left_out]

    assert gone((5200, 6000), (4800, 6000)) == []
    assert gone((4800, 5200), (4800, 4800)) == [(1, Why.SPLIT)]
    assert gone((49, 5000), (2000, 5000)) == [(0, Why.TOO_SMALL)]


def test_shares_marked_are_of_all_that_were_drawn():
    groups = [
        group(number, slot(measured, {}, unmeasured=5000 - measured), marked_after=100)
        for number, measured in ((1, 4000), (2, 1000))
    ]
    assert compared(table_of(*groups), []).left_out == ()


def test_what_nobody_wants_is_watched_of_all_that_were_drawn():
    rails = [{GuardRail.BOUNCES: by_age({20: count})} for count in (10, 100)]
    some = experiment(
        *(
            group(n, slot(40, {}, unmeasured=4960, guard_rails=rail))
            for n, rail in enumerate(rails, start=1)
        )
    )
    table = Table(some, some.plan.slots)
    [stop] = verdict(some, Stored(), at(20)).stops
    assert stop.text == "Stop B: more of its mails bounce, 2.0% against 0.2%."
    assert watched(table, [], of=table.drawn).groups == (0, 1)


def test_more_events_than_may_be_measured_are_impossible():
    rail = {GuardRail.BOUNCES: by_age({20: 8})}
    assert slot(5, {5: 5}, unmeasured=5, guard_rails=rail).drawn == 10
    for wrong in ({"events": {5: 6}}, {"guard_rails": {GuardRail.BOUNCES: by_age({20: 11})}}):
        fields = {"events": {}, "unmeasured": 5} | wrong
        with pytest.raises(ImpossibleSlot):
            slot(5, fields.pop("events"), **fields)


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        (((0, 2500), (0, 2500)), "Nothing to compare: none of the 5,000 contacts may be measured."),
        (((1, 2500), (0, 2500)), "Too few to compare: only 1 of 5,000 contacts may be measured."),
        (((40, 2500), (0, 2500)), "Too few to compare: only 40 of 5,000 contacts may be measured."),
    ],
)
def test_too_few_who_may_be_measured_is_not_too_few_contacts(sizes, text):
    some = partly(*sizes)
    assert verdict(some, Stored(), at(240)).text == text
    decided = decide(Facts(some, at(100_000)))
    assert decided.text == f"Decided: {text[0].lower()}{text[1:]}"


def test_a_group_with_too_few_who_may_be_measured_says_so():
    beside = verdict(partly((40, 5000), (2000, 5000), (2000, 5000)), Stored(), at(240)).beside
    assert "A is too small to compare: only 40 of its 5,000 contacts may be measured." in beside


# --- Consent that differs -----------------------------------------------------------------------


def test_shares_that_differ_are_told():
    assert warned(partly((1500, 5000), (2000, 5000))) == [
        "Different shares of the groups may be measured (A 30.0%, B 40.0%): those who may be may "
        "not be alike, so what differs need not be the e-mail."
    ]


@pytest.mark.parametrize(
    "sizes",
    [
        ((5000, 5000), (5000, 5000)),
        ((0, 5000), (0, 5000)),
        ((1500, 5000), (1530, 5000)),
        ((40, 49), (0, 49)),
        ((4000, 5000), (0, 49)),
    ],
    ids=["everybody", "nobody", "alike", "small groups", "a small group"],
)
def test_shares_that_do_not_differ_are_not(sizes):
    assert warned(partly(*sizes)) == []


def flagged(*shares, campaigns=1000, contacts=5000):
    """In how many of so many campaigns, drawn with a fixed seed, shares are told to differ."""
    drawn = np.random.default_rng(SEED).binomial(contacts, shares, (campaigns, len(shares)))
    of = [contacts] * len(shares)
    return sum(shares_apart(measured, of) for measured in drawn.tolist()) / campaigns


def test_groups_that_agree_unlike_are_found_and_others_are_not():
    assert flagged(0.30, 0.36) >= 0.95
    assert flagged(0.30, 0.30, 0.36) >= 0.95
    assert flagged(0.30, 0.30, campaigns=100_000) == pytest.approx(0.001, abs=0.0003)
    assert flagged(0.05, 0.05, 0.05, campaigns=100_000) == pytest.approx(0.001, abs=0.0003)


# --- Real campaigns -----------------------------------------------------------------------------


def unmeasure(contacts):
    hold_ingest_lock()
    ids = [contact.uuid for contact in contacts]
    with recounted(ids):
        store(dict.fromkeys(ids, Settled(Measured.NO)))


@pytest.fixture
def groups(campaign):
    return list(campaign.groups.order_by("number"))


@pytest.mark.django_db
def test_a_campaign_is_decided_by_those_who_may_be_measured(campaign, groups):
    a, b = (send(group) for group in groups)
    unmeasure(a[:100]), unmeasure(b[:100])
    opened(share(a[100:], 0.2)), opened(share(b[100:], 0.3))
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert (verdict.state, verdict.leader) == (State.BETTER, groups[1].id)
    assert verdict.figures.rates == {groups[0].id: Rate(80, 400), groups[1].id: Rate(120, 400)}
    assert list(audit.find_differences().lines()) == []


@pytest.mark.django_db
def test_the_rate_of_past_mailings_is_of_those_who_may_be_measured(campaign, groups):
    for one in groups:
        contacts = send(one)
        unmeasure(contacts[:250])
        opened(share(contacts[250:], 0.4))
    pass_time(DECIDED, look=False)
    other = make_campaign("Other")
    assert expected_rate(other, now=DECIDED + 9 * HOUR).share == 0.4


@pytest.mark.django_db
def test_the_groups_of_a_campaign_that_agreed_unlike_are_told(campaign, groups):
    a, b = (send(group) for group in groups)
    unmeasure(a[:100]), unmeasure(b[:300])
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contact.uuid for contact in (*a[:10], *b[:10])],
        reason=NotSentReason.BOUNCED,
        now=DECIDED - HOUR,
    )
    pass_time(DECIDED)
    [said] = [said for said in verdict_of(campaign, DECIDED).beside if "may be measured" in said]
    assert "(Group 1 80.0%, Group 2 40.0%)" in said
    assert list(audit.find_differences().lines()) == []
