"""Calls and decisions are stored once, however often the report is viewed."""

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from campaigns.models import NotSentReason
from contacts.not_sent import mark_not_sent
from foundation.timestamps import to_ms
from reports.verdict import stored, storing
from reports.verdict.experiment import ImpossibleSlot
from reports.verdict.proportions import Rate
from reports.verdict.reading import read_experiment
from reports.verdict.states import State, Way
from reports.verdict.storing import store_verdicts
from tests.reports.verdict.campaigns import (
    DAY,
    DECIDED,
    HOUR,
    MINUTE,
    opened,
    pass_time,
    send,
    share,
    verdict_of,
)
from tests.threads import meeting, run_together
from tests.tracking.factories import START, make_campaign
from tracking.counting.record import note_complete
from tracking.counting.slots import AGE_EDGES
from tracking.models import CampaignSlots, IngestLock, VerdictCall, VerdictDecision

pytestmark = pytest.mark.django_db
SOON = START + 5 * HOUR


def differing(campaign, *, shares=(0.2, 0.3), size=500):
    """Groups sent at once, with these shares opening within half an hour."""
    groups = list(campaign.groups.order_by("number"))
    contacts = [send(group, size) for group in groups]
    for some, part in zip(contacts, shares, strict=True):
        opened(share(some, part))
    return groups, contacts


def everything_stored():
    return [*VerdictCall.objects.values(), *VerdictDecision.objects.values()]


def test_nothing_is_stored_before_a_call_or_a_decision(campaign):
    differing(campaign, shares=(0.2, 0.22))
    for hours in (1, 5, 71):
        pass_time(START + hours * HOUR)
    assert everything_stored() == []
    assert CampaignSlots.objects.get().looked_at == START + 71 * HOUR
    assert CampaignSlots.objects.get().look_again_at == START + 3 * DAY + 4 * MINUTE


def test_a_call_and_the_decision_are_stored_with_their_figures(campaign):
    (a, b), _ = differing(campaign, shares=(0.2, 0.5))
    pass_time(SOON)
    call = stored.read(campaign.id).call
    assert (call.moment, call.way, call.group) == (to_ms(SOON), Way.WATCHING, b.id)
    assert call.figures.rates == {a.id: Rate(100, 500), b.id: Rate(250, 500)}
    assert call.figures.age == 240
    pass_time(DECIDED)
    both = stored.read(campaign.id)
    assert both.call == call
    assert (both.decision.state, both.decision.group) == (State.BETTER, b.id)
    assert both.decision.moment == to_ms(DECIDED)
    assert both.decision.figures.rates == call.figures.rates
    [ratio] = both.decision.ratios
    assert (ratio.group, ratio.over) == (a.id, b.id)
    assert ratio.high < 1


def test_a_decision_without_an_earlier_call_is_also_the_call(campaign):
    (_, b), _ = differing(campaign, shares=(0.2, 0.26))
    pass_time(SOON)
    assert everything_stored() == []
    pass_time(DECIDED)
    call = stored.read(campaign.id).call
    assert (call.way, call.group) == (Way.DECIDING, b.id)


def test_the_decision_does_not_depend_on_how_often_the_campaign_is_checked(db):
    decided = []
    for name, every in (("Often", 20 * MINUTE), ("Once", None)):
        campaign = make_campaign(name)
        (a, _), _ = differing(campaign, shares=(0.2, 0.26))
        moment = START + HOUR
        while every and moment < DECIDED:
            pass_time(moment)
            moment += every
        pass_time(DECIDED)
        decision = stored.read(campaign.id).decision
        text = verdict_of(campaign, DECIDED).text
        decided.append((decision.state, decision.group - a.id, text))
    assert decided[0] == decided[1]
    assert decided[0][0] is State.BETTER


def test_viewing_a_report_stores_nothing(campaign, api):
    differing(campaign, shares=(0.2, 0.5))
    pass_time(DECIDED, look=False)
    with CaptureQueriesContext(connection) as asked:
        verdict = verdict_of(campaign, DECIDED)
        assert api.get(f"/api/v1/email-campaigns/{campaign.id}/report/").status_code == 200
    tables = (VerdictCall._meta.db_table, VerdictDecision._meta.db_table)
    written = [
        query["sql"]
        for query in asked
        if not query["sql"].startswith("SELECT") and any(table in query["sql"] for table in tables)
    ]
    assert written == everything_stored() == []
    # It is called at the first check, but not decided.
    assert (verdict.state, verdict.preliminary, verdict.ratios) == (State.BETTER, True, ())


def test_a_call_stays_even_if_its_evidence_disappears(campaign):
    (_, b), (first, _) = differing(campaign, shares=(0.2, 0.5))
    pass_time(SOON)
    unopened = [contact for contact in first if contact not in share(first, 0.2)]
    opened(unopened[:150], after=6 * HOUR)
    for moment in (START + 12 * HOUR, START + 2 * DAY):
        pass_time(moment)
        verdict = verdict_of(campaign, moment)
        assert (verdict.state, verdict.leader, verdict.preliminary) == (State.BETTER, b.id, True)
        assert "50.0% against 20.0% within 4 h" in verdict.text
        assert any("By now: 50.0% against 50.0%" in sentence for sentence in verdict.beside)
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert (verdict.state, verdict.leader, verdict.confirmed) == (State.BETTER, b.id, False)
    assert verdict.text.startswith("Not confirmed at 72 h")


def test_changes_after_the_decision_are_named_and_decide_nothing(campaign):
    (a, b), (first, _) = differing(campaign)
    pass_time(DECIDED)
    before = everything_stored()
    # Hits from before the decision age that arrive late.
    late = [contact for contact in first if contact not in share(first, 0.2)]
    opened(late[:200], after=2 * HOUR)
    for moment in (DECIDED + HOUR, DECIDED + 9 * DAY):
        pass_time(moment)
        verdict = verdict_of(campaign, moment)
        assert (verdict.state, verdict.leader) == (State.BETTER, b.id)
        assert verdict.figures.rates[a.id] == Rate(100, 500)
        changed = "Group 1 100 of 500 then, 300 of 500 now"
        assert any(changed in sentence for sentence in verdict.beside)
    assert everything_stored() == before


def test_marks_after_the_decision_are_named_in_a_note(campaign):
    (_, b), (first, _) = differing(campaign)
    pass_time(DECIDED)
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contact.uuid for contact in first[:60]],
        reason=NotSentReason.BOUNCED,
        now=DECIDED,
    )
    pass_time(DECIDED + HOUR)
    verdict = verdict_of(campaign, DECIDED + HOUR)
    assert (verdict.state, verdict.leader) == (State.BETTER, b.id)
    assert any("were marked after they were due" in sentence for sentence in verdict.beside)


@pytest.mark.parametrize("shares", [(0.2, 0.3), (0.2, 0.21), (0.2, 0.5)])
def test_a_group_that_is_renamed_has_its_new_name_everywhere(campaign, shares):
    (a, b), (first, _) = differing(campaign, shares=shares)
    for moment in (SOON, DECIDED):
        pass_time(moment)
    before = verdict_of(campaign, DECIDED)
    opened(first[-20:], after=HOUR)
    for group, name in ((a, "Plain {group 2}"), (b, "Question")):
        campaign.groups.filter(id=group.id).update(name=name)
    after = verdict_of(campaign, DECIDED)
    said = " ".join([after.text, *after.beside])
    assert "Plain {group 2}" in said
    assert "Group 1" not in said and "Group 2" not in said
    renamed = before.text.replace("Group 1", "Plain {group 2}").replace("Group 2", "Question")
    assert after.text == renamed


def test_the_decision_waits_for_opens_that_are_not_counted_yet(campaign):
    differing(campaign)
    pass_time(START + 3 * DAY)
    store_verdicts(now=DECIDED + DAY)
    assert not VerdictDecision.objects.exists()
    note_complete(moment=DECIDED)
    store_verdicts(now=DECIDED + DAY + HOUR)
    assert stored.read(campaign.id).decision.moment == to_ms(DECIDED)


def test_without_any_counting_nothing_is_stored(campaign):
    differing(campaign)
    pass_time(DECIDED, look=False)
    IngestLock.objects.update(complete_until=None)
    store_verdicts(now=DECIDED)
    assert everything_stored() == []


@pytest.fixture
def looks(monkeypatch):
    """The ids of the campaigns that were checked, in order."""
    seen = []

    def read(some, groups):
        seen.append(some.id)
        return read_experiment(some, groups)

    monkeypatch.setattr(storing, "read_experiment", read)
    return seen


def test_it_checks_at_most_once_a_minute_and_no_decided_campaign(campaign, looks):
    _, (first, _) = differing(campaign)
    pass_time(SOON)
    for seconds, looked in ((30, 1), (49, 1), (50, 2)):
        opened(first[seconds : seconds + 1], after=HOUR)
        pass_time(SOON + seconds * MINUTE / 60)
        assert len(looks) == looked
    pass_time(DECIDED)
    assert len(looks) == 3
    opened(first, after=2 * HOUR)
    pass_time(DECIDED + DAY)
    assert len(looks) == 3


def test_it_checks_again_after_something_was_counted(campaign, looks):
    _, (first, _) = differing(campaign)
    other = make_campaign("Autumn")
    differing(other)
    # Cells of five hours have been released.
    pass_time(SOON + 5 * MINUTE)
    looks.clear()
    for minutes in (7, 9, 11):
        opened(first[minutes : minutes + 1], after=HOUR + minutes * MINUTE)
        pass_time(SOON + minutes * MINUTE)
    assert looks == [campaign.id] * 3


def test_it_checks_again_when_an_age_is_reached(campaign, looks):
    """Once for each age, and for the decision; all contacts are due in one minute."""
    differing(campaign, shares=(0.2, 0.21))
    pass_time(START + HOUR)
    edges = [edge for edge in AGE_EDGES if 60 <= edge <= 72 * 60]
    # The first check is when slots are fixed, before the cells of the first hour are released.
    assert len(looks) == 1
    for number, edge in enumerate(edges, start=1):
        for minutes in (0, 2, 3, 4, 5, 6):
            pass_time(START + (edge + minutes) * MINUTE)
        assert len(looks) == 1 + number
    pass_time(START + 4 * DAY)
    assert len(looks) == 1 + len(edges)
    assert stored.read(campaign.id).decision.moment == to_ms(START + 3 * DAY + 4 * MINUTE)


def test_a_moment_that_counting_has_not_reached_is_not_checked(campaign, looks):
    differing(campaign)
    pass_time(SOON)
    looks.clear()
    for days in range(1, 9):
        store_verdicts(now=SOON + days * DAY)
    assert looks == []
    note_complete(moment=DECIDED)
    store_verdicts(now=SOON + 9 * DAY)
    assert looks == [campaign.id]


def test_campaigns_without_changes_take_two_queries(looks, django_assert_num_queries):
    for n in range(20):
        campaign = make_campaign(f"Campaign {n}")
        for group in campaign.groups.all():
            send(group, 3)
    pass_time(SOON)
    assert len(looks) == 20
    with django_assert_num_queries(2):
        store_verdicts(now=SOON + 2 * MINUTE)
    with django_assert_num_queries(2):
        store_verdicts(now=DECIDED)
    assert len(looks) == 20


def test_a_campaign_that_time_can_not_change_is_not_checked(campaign, looks):
    """Only one of two groups has contacts: nothing is ever decided."""
    send(campaign.groups.first(), 100)
    for hours in (1, 2, 24, 100, 24 * 40):
        pass_time(START + hours * HOUR)
    assert looks == [campaign.id]
    opened(send(campaign.groups.last(), 100, at=START + 24 * 40 * HOUR))
    pass_time(START + 24 * 40 * HOUR + HOUR)
    assert looks == [campaign.id] * 2


def test_a_campaign_whose_slots_are_being_filled_is_not_checked(campaign):
    differing(campaign)
    pass_time(DECIDED, look=False)
    CampaignSlots.objects.update(filled_before=START)
    store_verdicts(now=DECIDED)
    assert everything_stored() == []


def test_a_campaign_that_cannot_be_read_does_not_block_others(campaign, monkeypatch):
    differing(campaign)
    other = make_campaign("Autumn")
    differing(other)
    pass_time(DECIDED, look=False)

    def read(some, groups):
        if some.id == campaign.id:
            raise ImpossibleSlot("More left than there were.")
        return read_experiment(some, groups)

    monkeypatch.setattr(storing, "read_experiment", read)
    with pytest.raises(ImpossibleSlot):
        store_verdicts(now=DECIDED)
    assert VerdictDecision.objects.get().campaign_id == other.id


# --- At the same time ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_checks_store_one_decision(monkeypatch):
    campaign = make_campaign()
    differing(campaign)
    pass_time(DECIDED, look=False)
    monkeypatch.setattr(stored, "read", meeting(stored.read))
    look = [lambda: store_verdicts(now=DECIDED)] * 2
    assert run_together(*look) == []
    assert len(everything_stored()) == 2


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_simultaneous_checks_collide(monkeypatch, vendor):
    if vendor == "sqlite":
        pytest.skip("SQLite's write lock is part of its transactions and can't be left out")
    campaign = make_campaign()
    differing(campaign)
    pass_time(DECIDED, look=False)
    monkeypatch.setattr(stored, "read", meeting(stored.read))
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    look = [lambda: store_verdicts(now=DECIDED)] * 2
    assert [type(error) for error in run_together(*look)] == [IntegrityError]


@pytest.mark.django_db(transaction=True)
def test_a_decision_made_during_counting_has_consistent_figures():
    campaign = make_campaign()
    _, (first, _) = differing(campaign)
    pass_time(DECIDED, look=False)
    unopened = [contact for contact in first if contact not in share(first, 0.2)]

    def late():
        for n in range(0, 200, 10):
            opened(unopened[n : n + 10], after=HOUR)

    assert run_together(late, lambda: store_verdicts(now=DECIDED)) == []
    pass_time(DECIDED + HOUR)
    decision = VerdictDecision.objects.get()
    opens, contacts = decision.figures["rates"][str(first[0].group_id)]
    assert opens in range(100, 301, 10)
    assert contacts == 500


def test_a_campaign_whose_cut_off_is_long_past_is_checked_once(campaign):
    differing(campaign, shares=(0.2, 0.3))
    pass_time(START + 400 * DAY)
    assert stored.read(campaign.id).decision.state is State.BETTER


def test_a_clock_that_was_ahead_once_delays_no_decision(campaign):
    _, (first, _) = differing(campaign, shares=(0.2, 0.3))
    pass_time(SOON)
    opened(share(first, 0.2)[:1], after=2 * HOUR)
    store_verdicts(now=START + 60 * DAY)
    assert CampaignSlots.objects.get().looked_at == START + 60 * DAY
    pass_time(DECIDED)
    assert stored.read(campaign.id).decision.state is State.BETTER


@pytest.mark.parametrize("seen", [START + HOUR, SOON])
def test_a_campaign_is_decided_after_a_very_long_outage(campaign, seen):
    differing(campaign, shares=(0.2, 0.3))
    pass_time(seen)
    store_verdicts(now=START + 400 * DAY)
    pass_time(START + 400 * DAY + MINUTE)
    assert stored.read(campaign.id).decision.state is State.BETTER


def test_a_campaign_of_one_group_is_not_checked(campaign):
    alone = make_campaign("Autumn", groups=1)
    for group in (alone.groups.get(), *campaign.groups.all()):
        send(group, 10)
    pass_time(DECIDED)
    looked_at = dict(CampaignSlots.objects.values_list("campaign_id", "looked_at"))
    assert looked_at == {alone.id: None, campaign.id: DECIDED}
