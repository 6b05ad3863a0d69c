"""A report describes the rest, which is never part of the verdict."""

from datetime import timedelta

import pytest

from contacts.schedules import winner
from reports.describe import describe
from reports.periods import Step
from reports.tables import groups_table
from tests.reporting import campaign_report
from tests.reports.verdict.campaigns import DECIDED, HOUR, MINUTE, opened, pass_time, send, share
from tests.tracking.factories import START, make_campaign, make_contact
from tests.winners import NOW, call, decide, give, with_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make_campaign(groups=4)


@pytest.fixture
def groups(campaign):
    return with_roles(campaign)


def report(campaign, now=NOW):
    return describe(campaign_report(campaign_id=campaign.id, now=now))


def rest_in(campaign, now=NOW):
    return report(campaign, now).groups[2]


def test_the_rest_is_reported_separately_once_it_is_sent(campaign, groups):
    _, b, rest, _ = groups
    for hours in (0, 2):
        make_contact(rest, scheduled_at=START + hours * HOUR)
    waits = rest_in(campaign)
    assert (waits.contacts, waits.sent, waits.winner) == (2, 0, None)
    assert report(campaign).never_due == 0
    call(b)
    give(rest)
    sent = rest_in(campaign, NOW + HOUR)
    assert (sent.contacts, sent.sent, sent.winner, sent.winner_given_at) == (2, 1, b.id, NOW)
    assert (sent.winner_preliminary, sent.winner_confirmed) == (True, None)


def test_a_rest_that_is_being_given_its_winner_is_not_called_never_due(
    campaign, groups, monkeypatch
):
    monkeypatch.setattr(winner, "CHUNK", 1)
    _, b, rest, _ = groups
    for _ in range(3):
        make_contact(rest)
    call(b)
    winner.choose_winner(rest_id=rest.id, now=NOW)
    winner.schedule_rest(rest_id=rest.id, now=NOW, chunks=1)
    assert (rest_in(campaign).winner, rest_in(campaign).winner_given_at) == (b.id, None)
    assert report(campaign).never_due == 0


@pytest.mark.parametrize(("found", "confirmed"), [(1, True), (0, False), (None, False)])
def test_the_decision_confirms_a_preliminary_choice_or_not(campaign, groups, found, confirmed):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    give(rest)
    decide(campaign, None if found is None else groups[found])
    assert rest_in(campaign).winner_confirmed is confirmed


def test_a_choice_after_the_decision_needs_no_confirmation(campaign, groups):
    _, b, rest, _ = groups
    make_contact(rest)
    decide(campaign, b)
    give(rest)
    assert (rest_in(campaign).winner_preliminary, rest_in(campaign).winner_confirmed) == (
        False,
        None,
    )


def test_the_file_names_the_winner(campaign, groups):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    give(rest)
    header, *rows = groups_table(report(campaign))
    at = header.index("winner")
    assert [row[at] for row in rows] == [None, None, "Group 2", None, None]


def test_the_rest_never_enters_the_verdict(campaign, groups):
    a, b, rest, _ = groups
    sizes = {a: 0.2, b: 0.5}
    for group, part in sizes.items():
        opened(share(send(group, 300), part))
    waiting = send(rest, 600)
    type(waiting[0]).objects.filter(group=rest).update(due_at=None)
    pass_time(START + 5 * HOUR)
    before = report(campaign, START + 5 * HOUR).verdict
    assert (before.leader, before.preliminary) == (b.id, True)
    give(rest, now=START + 5 * HOUR)
    opened(waiting, after=timedelta(hours=6))
    pass_time(DECIDED)
    decided = campaign_report(campaign_id=campaign.id, now=DECIDED).verdict
    assert (decided.leader, decided.confirmed) == (b.id, True)
    assert set(decided.figures.rates) == {a.id, b.id}
    assert [rate.contacts for rate in decided.figures.rates.values()] == [300, 300]


def test_a_report_of_a_rest_by_the_minute_takes_twelve_queries(
    campaign, groups, django_assert_max_num_queries
):
    _, b, rest, _ = groups
    for group in groups[:2]:
        opened(share(send(group, 100), 0.3), after=5 * MINUTE)
    make_contact(rest)
    call(b)
    give(rest)
    pass_time(NOW)
    with django_assert_max_num_queries(12):
        found = campaign_report(campaign_id=campaign.id, now=NOW)
    assert found.panels.series.step == Step.MINUTE
    assert found.winners[rest.id].is_preliminary
