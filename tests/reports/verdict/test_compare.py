"""The verdict on real campaigns, however they are imported, sent, marked and viewed."""

from datetime import timedelta

import pytest

from campaigns.models import Contact, Group, NotSentReason
from contacts.change import erase_contact
from contacts.not_sent import mark_not_sent
from contacts.schedules.reschedule import reschedule_group
from foundation.timestamps import to_ms
from reports.verdict.experiment import GuardRail
from reports.verdict.proportions import Rate
from reports.verdict.reading import read_experiment
from reports.verdict.states import State
from tests.reporting import campaign_report
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
from tests.tracking.factories import APPLE_PRIVACY, START, make_campaign, make_contact, make_hit
from tracking.counting.fold import MINUTE_MS
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.record import record
from tracking.counting.recount import recounted
from tracking.models import CampaignSlots, ContactsByDueMinute
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
UNDECIDED = (State.DECIDED_OPEN, State.NO_DIFFERENCE_WORTH_ACTING_ON)


@pytest.fixture
def groups(campaign):
    return list(campaign.groups.order_by("number"))


def resend(contacts, *, at):
    """Mail them again: from then on they are not compared."""
    hold_ingest_lock()
    ids = [contact.uuid for contact in contacts]
    with recounted(ids):
        Contact.objects.filter(uuid__in=ids).update(resent_at=at)


def test_a_clear_difference_is_decided(campaign, groups):
    a, b = (send(group) for group in groups)
    opened(share(a, 0.2)), opened(share(b, 0.28))
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert (verdict.state, verdict.leader) == (State.BETTER, groups[1].id)
    assert verdict.figures.rates == {groups[0].id: Rate(100, 500), groups[1].id: Rate(140, 500)}
    assert "28.0% against 20.0% within 72 h of sending" in verdict.text
    assert not audit.find_differences()


# --- However they are imported and scheduled ----------------------------------------------------


def import_in_the_order_of_groups(groups):
    """One group after the other, each in a separate file, with the opens up to then."""
    return [send(group, over=2 * HOUR) for group in groups]


def import_the_second_after_the_first_fell_due(groups):
    first = send(groups[0], over=2 * HOUR)
    opened(share(first[:100], 0.1), after=5 * MINUTE)
    second = send(groups[1], over=2 * HOUR)
    opened(share(second[:100], 0.1), after=5 * MINUTE)
    return [first, second]


def import_half_of_each_after_the_slots_are_fixed(groups):
    early = [send(group, 250, over=HOUR) for group in groups]
    pass_time(START + HOUR)
    late = [send(group, 250, at=START + 90 * MINUTE, over=HOUR) for group in groups]
    return [one + other for one, other in zip(early, late, strict=True)]


IMPORTS = [
    import_in_the_order_of_groups,
    import_the_second_after_the_first_fell_due,
    import_half_of_each_after_the_slots_are_fixed,
]


@pytest.mark.parametrize("imported", IMPORTS)
@pytest.mark.parametrize(("shares", "states"), [((0.2, 0.2), UNDECIDED), ((0.2, 0.3), ("better",))])
def test_the_order_of_importing_does_not_matter(campaign, groups, imported, shares, states):
    contacts = imported(groups)
    for part, some in zip(shares, contacts, strict=True):
        opened(share(some, part), after=40 * MINUTE)
    moment = START + 4 * DAY
    pass_time(START + HOUR)
    pass_time(moment)
    verdict = verdict_of(campaign, moment)
    assert verdict.state in states
    assert "ettled" not in verdict.text
    if verdict.state is State.BETTER:
        assert verdict.leader == groups[1].id
    assert not audit.find_differences()


def test_contacts_due_after_the_cut_off_are_not_decided_on(campaign, groups):
    campaign.cut_off_at = START + HOUR
    campaign.save()
    for group in groups:
        opened(share(send(group), 0.2))
    opened(send(groups[1], at=START + 3 * HOUR))
    pass_time(START + 10 * DAY)
    verdict = verdict_of(campaign, START + 10 * DAY)
    assert verdict.state in UNDECIDED
    assert set(verdict.figures.rates.values()) == {Rate(100, 500)}


def test_marks_of_contacts_due_after_the_cut_off_do_not_count(campaign, groups):
    campaign.cut_off_at = START + HOUR
    campaign.save()
    for group, part in zip(groups, (0.2, 0.3), strict=True):
        opened(share(send(group), part))
    late = send(groups[1], 2000, at=START + 3 * HOUR)
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contact.uuid for contact in share(late, 0.1)],
        reason=NotSentReason.BOUNCED,
        now=START + DAY,
    )
    pass_time(START + 10 * DAY)
    verdict = verdict_of(campaign, START + 10 * DAY)
    assert (verdict.state, verdict.leader) == (State.BETTER, groups[1].id)


def test_a_million_contacts_scheduled_decades_away_cause_no_overflow(campaign, groups):
    for group in groups:
        opened(share(send(group), 0.2))
        send(group, 1, at=START + 25_000 * DAY)
    pass_time(START + DAY)
    decades = to_ms(START + 20_000 * DAY) // MINUTE_MS
    far = ContactsByDueMinute.objects.filter(minute__gt=decades, drawn__gt=0)
    assert far.update(drawn=10**6, contacts=10**6) == 2
    assert verdict_of(campaign, START + DAY).state is State.TOO_EARLY


# --- The planned split --------------------------------------------------------------------------


@pytest.fixture
def with_rest(campaign, groups):
    """10%, and what a rest of 80% leaves: drawn as planned, 500 and 500, one opened more."""
    groups[0].planned_share = 10
    groups[0].save()
    rest = campaign.groups.create(
        number=3, name="Rest", name_key="rest", planned_share=80, role="rest", single_role="rest"
    )
    make_contact(rest, scheduled_at=START + 9 * DAY)
    for group, part in zip(groups, (0.2, 0.3), strict=True):
        opened(share(send(group), part))
    return rest


def archive_the_rest(rest):
    Group.objects.filter(id=rest.id).update(archived_at=START, single_role=None)


def add_a_control_group(rest):
    rest.campaign.groups.create(
        number=4, name="Control", name_key="control", role="control", single_role="control"
    )


def change_the_shares(rest):
    Group.objects.filter(campaign_id=rest.campaign_id, number=1).update(planned_share=15)


CHANGED = [archive_the_rest, add_a_control_group, change_the_shares]


@pytest.mark.parametrize("change", CHANGED)
def test_changes_of_groups_after_the_launch_change_no_plan(campaign, groups, with_rest, change):
    pass_time(START + HOUR)
    change(with_rest)
    assert verdict_of(campaign, START + 2 * HOUR).state is State.PROMISING
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert (verdict.state, verdict.leader) == (State.BETTER, groups[1].id)


def test_a_rest_that_is_archived_before_slots_are_fixed_is_part_of_the_plan(
    campaign, groups, with_rest
):
    archive_the_rest(with_rest)
    pass_time(START + HOUR)
    everybody = list(campaign.groups.order_by("number"))
    planned = [group.planned_share for group in read_experiment(campaign, everybody).groups]
    assert planned == [10, 10]
    pass_time(DECIDED)
    assert verdict_of(campaign, DECIDED).state is State.BETTER


@pytest.mark.parametrize("change", CHANGED)
def test_changes_after_the_decision_are_not_named_as_an_imbalance(
    campaign, groups, with_rest, change
):
    pass_time(DECIDED)
    change(with_rest)
    beside = verdict_of(campaign, DECIDED).beside
    assert not [sentence for sentence in beside if "split as planned" in sentence]


def test_a_group_added_later_gets_its_part_in_addition_to_the_plan(campaign, groups, with_rest):
    pass_time(START + HOUR)
    late = campaign.groups.create(number=4, name="Late", name_key="late")
    send(late, 100, at=START + DAY)
    everybody = list(campaign.groups.order_by("number"))
    planned = [group.planned_share for group in read_experiment(campaign, everybody).groups]
    assert planned == [pytest.approx(9.5), pytest.approx(9.5), 5]


def test_variants_without_a_planned_part_are_compared_without_a_plan(campaign, groups):
    campaign.groups.create(
        number=3, name="Rest", name_key="rest", planned_share=100, role="rest", single_role="rest"
    )
    for group, part in zip(groups, (0.2, 0.3), strict=True):
        opened(share(send(group), part))
    pass_time(DECIDED)
    assert verdict_of(campaign, DECIDED).state is State.BETTER


# --- Mailed again -------------------------------------------------------------------------------


def reschedule_the_unopened(group, contacts):
    now = START + 5 * HOUR
    reschedule_group(group_id=group.id, scheduled_at=START + 36 * HOUR, now=now)


def shift_the_unopened(group, contacts):
    reschedule_group(group_id=group.id, shift=HOUR, now=START + 5 * HOUR)


def shift_the_unopened_far(group, contacts):
    reschedule_group(group_id=group.id, shift=36 * HOUR, now=START + 5 * HOUR)


RESCHEDULED = [reschedule_the_unopened, shift_the_unopened, shift_the_unopened_far]


@pytest.mark.parametrize("change", RESCHEDULED)
def test_rescheduling_contacts_that_did_not_open_makes_no_winner(campaign, groups, change):
    a, b = (send(group) for group in groups)
    for some in (a, b):
        opened(share(some, 0.194))
    pass_time(START + 5 * HOUR)
    change(groups[0], a)
    for hours in (6, 30, 48):
        pass_time(START + hours * HOUR)
        assert verdict_of(campaign, START + hours * HOUR).state is State.TOO_EARLY
    pass_time(START + 6 * DAY)
    verdict = verdict_of(campaign, START + 6 * DAY)
    assert verdict.state in UNDECIDED
    assert "mailed again too early" in verdict.text
    assert not audit.find_differences()


def test_opens_of_a_mail_that_was_rescheduled_after_it_was_due_make_no_winner(campaign, groups):
    a, b = (send(group) for group in groups)
    for some in (a, b):
        opened(share(some, 0.194))
    pass_time(START + 5 * HOUR)
    shift_the_unopened(groups[0], a)
    opened(a[97:], after=6 * HOUR)
    for hours in (7, 30, 48, 6 * 24):
        pass_time(START + hours * HOUR)
        assert verdict_of(campaign, START + hours * HOUR).leader is None


@pytest.mark.parametrize("after", [timedelta(0), DAY])
def test_opens_after_a_second_mail_do_not_count(campaign, groups, after):
    a, b = (send(group) for group in groups)
    for some in (a, b):
        opened(share(some, 0.2))
    pass_time(START + 5 * HOUR)
    chosen = set(share(a, 0.2))
    again = [contact for contact in a if contact not in chosen]
    resend(again, at=START + 6 * HOUR)
    opened(again[:200], after=6 * HOUR + after)
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert (verdict.state, verdict.leader) == (State.DECIDED_OPEN, None)
    assert "mailed again" in verdict.text
    assert not audit.find_differences()


def test_a_report_says_how_many_were_mailed_again(campaign, groups):
    a, b = (send(group) for group in groups)
    for some in (a, b):
        opened(share(some, 0.2))
    pass_time(START + 5 * HOUR)
    resend([one for one in a if one not in share(a, 0.2)], at=START + 6 * HOUR)
    resend(b[-1:], at=START + 3 * DAY + HOUR)
    pass_time(START + 7 * HOUR)
    said = "400 contacts were mailed again: they take no part in the comparison, nor do those"
    warnings = verdict_of(campaign, START + 7 * HOUR).beside
    assert [one for one in warnings if one.startswith(said)]
    pass_time(DECIDED)
    assert not [one for one in verdict_of(campaign, DECIDED).beside if "mailed again" in one]


def test_a_second_mail_after_the_decision_age_leaves_the_decision(campaign, groups):
    a, b = (send(group) for group in groups)
    opened(share(a, 0.2)), opened(share(b, 0.3))
    resend(a, at=START + 3 * DAY + MINUTE)
    opened(a, after=3 * DAY + 2 * MINUTE)
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert (verdict.state, verdict.leader) == (State.BETTER, groups[1].id)
    assert verdict.figures.rates[groups[0].id] == Rate(100, 500)


# --- At other times -----------------------------------------------------------------------------


@pytest.mark.parametrize("apart", [30 * MINUTE, HOUR])
def test_groups_half_an_hour_apart_are_not_compared(campaign, groups, apart):
    first, second = send(groups[0]), send(groups[1], at=START + apart)
    opened(share(first, 0.2)), opened(share(second, 0.3))
    for moment in (START + 6 * HOUR, DECIDED + HOUR):
        pass_time(moment)
        verdict = verdict_of(campaign, moment)
        assert (verdict.state, verdict.leader) == (State.SENT_APART, None)
        assert "not sent to at the same times" in verdict.text


def test_half_an_hour_apart_within_a_wide_slot_is_found_too(campaign, groups):
    for group, at in zip(groups, (START, START + 30 * MINUTE), strict=True):
        opened(share(send(group, at=at), 0.1 * group.number))
        send(group, 1, at=START + 5 * DAY)
    pass_time(START + 9 * DAY)
    assert CampaignSlots.objects.get().width > 60
    assert verdict_of(campaign, START + 9 * DAY).state is State.SENT_APART


def test_ages_that_are_not_completely_counted_are_not_compared(campaign, groups):
    """Ingest is an hour behind: ages that are not completely counted do not count."""
    for group in groups:
        send(group, 100)
    pass_time(START + 2 * HOUR)
    ages = [verdict_of(campaign, START + n * HOUR).figures.age for n in (2, 9)]
    pass_time(START + 3 * HOUR)
    assert (*ages, verdict_of(campaign, START + 3 * HOUR).figures.age) == (105, 105, 150)


# --- Marks and erasing --------------------------------------------------------------------------


def mark(contacts, *, now, undo=False):
    mark_not_sent(
        campaign_id=contacts[0].campaign_id,
        contact_ids=[contact.uuid for contact in contacts],
        reason=NotSentReason.BOUNCED,
        now=now,
        undo=undo,
    )


def test_marks_after_the_due_time_remove_no_contact(campaign, groups):
    a, b = (send(group) for group in groups)
    for some in (a, b):
        opened(share(some, 0.2))
        mark(some[-5:], now=START + HOUR)
    mark([contact for contact in a if contact not in share(a, 0.2)][:5], now=START + HOUR)
    mark(share(b, 0.2)[:5], now=START + HOUR)
    for contact in a[:3]:
        erase_contact(contact_id=contact.uuid, now=START + 2 * HOUR)
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert set(verdict.figures.rates.values()) == {Rate(100, 500)}
    assert verdict.state in UNDECIDED
    assert not audit.find_differences()


@pytest.mark.parametrize(("hours", "word"), [(1, "after"), (-1, "before")])
def test_marks_in_one_group_alone_make_the_groups_unbalanced(campaign, groups, hours, word):
    a, b = (send(group) for group in groups)
    opened(share(a, 0.2)), opened(share(b, 0.3))
    mark(a[:60], now=START + hours * HOUR)
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert (verdict.state, verdict.leader) == (State.GROUPS_UNBALANCED, None)
    assert f"marked {word} they were due" in verdict.text


def test_marks_before_the_due_time_remove_contacts(campaign, groups):
    for group in groups:
        contacts = send(group)
        opened(share(contacts[:450], 0.2))
        mark(contacts[450:], now=START - HOUR)
    pass_time(DECIDED)
    assert set(verdict_of(campaign, DECIDED).figures.rates.values()) == {Rate(90, 450)}


def test_a_contact_erased_before_it_is_due_is_not_compared(campaign, groups):
    for group in groups:
        contacts = send(group, 100)
        opened(contacts[:50])
        erase_contact(contact_id=contacts[-1].uuid, now=START - HOUR)
        make_contact(group, scheduled_at=None)
    pass_time(DECIDED)
    report = campaign_report(campaign_id=campaign.id, now=DECIDED)
    assert set(report.verdict.figures.rates.values()) == {Rate(50, 99)}
    assert report.never_due == 4


# --- What a sentence says beside figures --------------------------------------------------------


@pytest.mark.parametrize("minutes", [10, 70, 200, 600])
@pytest.mark.parametrize("size", [40, 500])
def test_a_sentence_never_says_that_there_are_no_opens_beside_opens(
    campaign, groups, minutes, size
):
    for group in groups:
        opened(send(group, size)[:20], after=5 * MINUTE)
        opened(send(group, 20, at=START + 2 * MINUTE), after=4 * MINUTE)
    opened([make_contact_with_pixel(groups[0])], after=MINUTE)
    moment = START + minutes * MINUTE
    pass_time(moment)
    report = campaign_report(campaign_id=campaign.id, now=moment)
    assert report.totals.unique_opens == 81
    assert report.verdict.state is State.TOO_EARLY
    assert " 0 opens so far" not in report.verdict.text
    assert "no opens yet" not in report.verdict.text


def make_contact_with_pixel(group):
    contact = make_contact(group)
    contact.pixel_id = contact.pixels.get().uuid
    return contact


def test_opens_that_are_never_compared_are_still_mentioned(campaign, groups):
    """Only contacts without a schedule were opened."""
    for group in groups:
        send(group, 100)
        record([make_hit(make_contact(group, scheduled_at=None))])
    pass_time(START + 5 * HOUR)
    report = campaign_report(campaign_id=campaign.id, now=START + 5 * HOUR)
    assert report.totals.unique_opens == 2
    assert report.verdict.text.startswith("Too early: no opens can be compared yet.")


def test_before_the_slots_are_fixed_it_is_too_early(campaign, groups):
    for group in groups:
        opened(send(group), after=MINUTE)
    for moment in (START - HOUR, START + 59 * MINUTE):
        pass_time(moment)
        verdict = verdict_of(campaign, moment)
        assert verdict.state is State.TOO_EARLY
        assert "one hour after the first contact is due" in verdict.text
        assert (verdict.ranges, verdict.decides_at) == ({}, None)


def test_a_group_without_contacts_takes_no_part(campaign, groups):
    campaign.groups.create(number=3, name="Empty", name_key="empty")
    for group in groups:
        opened(share(send(group), 0.2))
    pass_time(START + 5 * HOUR)
    verdict = verdict_of(campaign, START + 5 * HOUR)
    assert verdict.ranges.keys() == {group.id for group in groups}
    assert not any("Empty" in sentence for sentence in verdict.beside)


def test_machine_opens_alone_do_not_make_a_leader(campaign, groups):
    a, b = (send(group) for group in groups)
    opened(share(a, 0.5), agent=APPLE_PRIVACY)
    opened(share(a, 0.2), after=HOUR), opened(share(b, 0.2), after=HOUR)
    pass_time(DECIDED)
    verdict = verdict_of(campaign, DECIDED)
    assert verdict.leader is None
    assert set(verdict.figures.rates.values()) == {Rate(100, 500)}


# --- Guard rails --------------------------------------------------------------------------------


def marked(campaign, contacts, reason=NotSentReason.BOUNCED, *, after=MINUTE):
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contact.uuid for contact in contacts],
        reason=reason,
        now=START + after,
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (NotSentReason.BOUNCED, "Stop Group 2: more of its mails bounce, 10.0% against 1.0%."),
        (NotSentReason.WITHDRAWN, "Stop Group 2: more of its contacts withdraw, 10.0% against "),
    ],
)
def test_a_group_with_more_marks_after_the_due_time_is_to_be_stopped(
    campaign, groups, reason, said
):
    a, b = (send(group, 500) for group in groups)
    marked(campaign, share(a, 0.01), reason), marked(campaign, share(b, 0.1), reason)
    for moment, stops in ((START + 59 * MINUTE, 0), (START + HOUR, 1), (DECIDED, 1)):
        pass_time(moment)
        found = verdict_of(campaign, moment).stops
        assert len(found) == stops
    assert found[0].text.startswith(said)
    assert not audit.find_differences()


def test_marks_before_the_due_time_stop_no_group(campaign, groups):
    contacts = [send(group, 500) for group in groups]
    marked(campaign, share(contacts[1], 0.1), after=-HOUR)
    pass_time(START + HOUR)
    assert verdict_of(campaign, START + HOUR).stops == ()


def test_a_mark_that_is_undone_stops_no_group(campaign, groups):
    contacts = [send(group, 500) for group in groups]
    some = share(contacts[1], 0.1)
    marked(campaign, some)
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contact.uuid for contact in some],
        reason=None,
        now=START + MINUTE,
        undo=True,
    )
    pass_time(START + HOUR)
    assert verdict_of(campaign, START + HOUR).stops == ()


@pytest.mark.parametrize(("again", "stops"), [(2 * MINUTE, []), (DAY, ["bounces"])])
def test_marks_of_a_second_mail_stop_no_group(campaign, groups, again, stops):
    _, b = (send(group, 500) for group in groups)
    resend(b, at=START + again)
    marked(campaign, share(b, 0.1), after=6 * MINUTE)
    pass_time(START + 2 * DAY)
    assert [stop.rail for stop in verdict_of(campaign, START + 2 * DAY).stops] == stops


def test_a_contact_that_was_marked_or_mailed_again_is_no_longer_at_risk(campaign, groups):
    a, _ = (send(group, 500) for group in groups)
    marked(campaign, a[:30], after=3 * MINUTE)
    marked(campaign, a[30:70], NotSentReason.WITHDRAWN, after=8 * MINUTE)
    resend(a[70:120], at=START + 12 * MINUTE)
    pass_time(START + HOUR)
    [one, _] = read_experiment(campaign, groups).groups
    assert gone(one, GuardRail.BOUNCES) == ([30, 0, 0], [0, 40, 50])
    assert gone(one, GuardRail.WITHDRAWALS) == ([0, 40, 0], [30, 0, 50])


def gone(group, rail):
    """Who ran into a guard rail and who left before, in the first age bins of the first slot."""
    found = group.slots.guard_rail(rail)
    return found.events[0, :3].tolist(), found.left[0, :3].tolist()


# --- What it costs ------------------------------------------------------------------------------


def test_a_report_of_ten_groups_and_a_hundred_slots_takes_twelve_queries(
    django_assert_max_num_queries,
):
    campaign = make_campaign("Many", groups=10)
    for group in campaign.groups.all():
        contacts = send(group, 100, over=99 * 15 * MINUTE)
        opened(share(contacts, 0.2))
        marked(campaign, share(contacts, 0.05))
    pass_time(START + 8 * DAY)
    slots = CampaignSlots.objects.get()
    assert (slots.cut_off - slots.first_due) // slots.width >= 98
    with django_assert_max_num_queries(12):
        campaign_report(campaign_id=campaign.id, now=START + 8 * DAY)


def test_decided_at_is_when_the_last_slot_is_past_the_decision_age(campaign, groups):
    for group in groups:
        send(group, 100, over=HOUR)
    pass_time(START + HOUR)
    last = START + 59 * MINUTE
    verdict = verdict_of(campaign, START + HOUR)
    assert verdict.decides_at == to_ms(last + 3 * DAY + 4 * MINUTE)
