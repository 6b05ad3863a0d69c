"""A campaign's schedule is mixed: the same times, spread evenly over all groups."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import OperationalError
from django.db.models import F

from campaigns import services
from campaigns.models import Campaign, Contact
from campaigns.roles import Role
from contacts.schedules import mixing
from contacts.schedules.mixing import (
    finish_mixing,
    mix_schedule,
    mixable,
    resume_mixings,
    start_mixing,
)
from foundation.errors import Busy, InvalidInput, NotFound
from reports.planner.before_launch import groups_apart
from reports.planner.due_times import due_times
from tests.tracking.factories import (
    START,
    make_campaign,
    make_contact,
    make_contacts,
    make_hit,
)
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = START - DAY


@pytest.fixture
def campaign():
    return make_campaign(start=NOW)


@pytest.fixture
def groups(campaign):
    return list(campaign.groups.order_by("number"))


@pytest.fixture
def sorted_file(groups):
    """Each group after the one before, as a file sorted by group leaves them."""
    first = make_contacts(groups[0], [START + n * MINUTE for n in range(100)])
    second = make_contacts(groups[1], [START + (100 + n) * MINUTE for n in range(60)])
    return first + second


def mix(campaign, *, now=NOW, **options):
    return mix_schedule(campaign_id=campaign.id, clock=lambda: now, **options)


def times(**which):
    return Counter(Contact.objects.filter(**which).values_list("scheduled_at", flat=True))


def schedule():
    return dict(Contact.objects.values_list("uuid", "scheduled_at"))


def apart(campaign, groups):
    return groups_apart(due_times(campaign, groups), rate=0.2)


def test_groups_that_were_apart_are_sent_to_at_the_same_times(campaign, groups, sorted_file):
    assert len(apart(campaign, groups)) == 1
    before = times()
    assert mix(campaign).left == 0
    assert times() == before
    assert apart(campaign, groups) == []
    in_order = list(Contact.objects.order_by("scheduled_at").values_list("group_id", flat=True))
    for until in range(1, 161):
        assert abs(in_order[:until].count(groups[1].id) - until * 60 / 160) < 1


def test_counters_follow(campaign, sorted_file):
    mix(campaign)
    assert not audit.find_differences()
    assert not Contact.objects.exclude(due_at=F("scheduled_at")).exists()


def test_nothing_of_the_order_of_a_file_is_left(campaign, groups, sorted_file):
    mix(campaign)
    made = list(
        Contact.objects.filter(group=groups[0])
        .order_by("scheduled_at")
        .values_list("created_at", flat=True)
    )
    later = sum(one < other for one, other in pairwise(made))
    assert 30 < later < 70


def test_mixing_again_changes_nothing(campaign, sorted_file):
    assert mix(campaign).moved > 100
    before = schedule()
    assert mix(campaign).moved == 0
    assert schedule() == before


def test_many_groups_of_all_sizes_are_mixed():
    campaign = make_campaign(groups=5, start=NOW)
    groups = list(campaign.groups.order_by("number"))
    for size, group in zip((60, 1, 7, 0, 30), groups, strict=True):
        make_contacts(group, [START + group.number * HOUR + n * MINUTE for n in range(size)])
    before = times()
    mix(campaign)
    assert times() == before
    held = Contact.objects.order_by("scheduled_at").values_list("group__number", flat=True)
    assert Counter(held) == {1: 60, 2: 1, 3: 7, 5: 30}
    assert abs(Counter(held[:49])[1] - 30) < 1


# --- Who stays ------------------------------------------------------------------------------


def test_contacts_that_are_due_or_soon_will_be_keep_their_time(campaign, groups, sorted_file):
    now = START + 50 * MINUTE
    early = [contact.uuid for contact in sorted_file if contact.due_at <= now + mixing.MARGIN]
    before = schedule()
    assert mix(campaign, now=now).moved
    after = schedule()
    assert len(early) == 66
    assert {one: after[one] for one in early} == {one: before[one] for one in early}
    assert all(after[one] > now + mixing.MARGIN for one in after if one not in early)
    assert not audit.find_differences()


def test_the_rest_of_a_campaign_whose_slots_are_fixed_stays_within_them(campaign, sorted_file):
    now = START + HOUR
    fix_due_campaigns(now=now)
    before = times()
    mix(campaign, now=now)
    assert times() == before
    assert not audit.find_differences()


def test_opened_erased_marked_test_and_unscheduled_contacts_stay_unchanged(campaign, groups):
    make_contacts(groups[0], [START + n * MINUTE for n in range(20)])
    make_contacts(groups[1], [START + HOUR + n * MINUTE for n in range(20)])
    stay = [
        make_contact(groups[0], scheduled_at=START + 5 * HOUR),
        make_contact(groups[0], scheduled_at=START + 6 * HOUR, erased_at=NOW),
        make_contact(
            groups[1], scheduled_at=START + 7 * HOUR, not_sent_at=NOW, not_sent_reason="bounced"
        ),
        make_contact(groups[1], scheduled_at=None),
    ]
    record([make_hit(stay[0], after=-HOUR)])
    before = schedule()
    mix(campaign)
    after = schedule()
    for contact in stay:
        assert after[contact.uuid] == before[contact.uuid]
    found = mixable(campaign_id=campaign.id, now=NOW)
    assert dict(found.contacts) == {group.id: 20 for group in groups}
    assert (found.due, found.unscheduled, found.kept) == (0, 1, 2)
    assert (found.first, found.last) == (START, START + HOUR + 19 * MINUTE)


def test_other_campaigns_stay(campaign, sorted_file):
    other = make_campaign("Autumn", start=NOW)
    contacts = make_contacts(other.groups.first(), [START + n * MINUTE for n in range(5)])
    mix(campaign)
    after = schedule()
    assert all(after[contact.uuid] == contact.scheduled_at for contact in contacts)


# --- Refused --------------------------------------------------------------------------------


def test_mixing_needs_two_groups_that_are_due_later(campaign, groups):
    make_contacts(groups[0], [START + n * MINUTE for n in range(20)])
    make_contacts(groups[1], [NOW + 14 * MINUTE])
    before = schedule()
    with pytest.raises(InvalidInput) as refusal:
        mix(campaign)
    assert refusal.value.code == "nothing_to_mix"
    assert schedule() == before
    assert not mixable(campaign_id=campaign.id, now=NOW).suffices


def test_an_archived_campaign_is_not_mixed(campaign, sorted_file):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    with pytest.raises(InvalidInput) as refusal:
        mix(campaign)
    assert refusal.value.code == "archived"


def test_a_campaign_that_does_not_exist_is_not_found():
    with pytest.raises(NotFound):
        mix_schedule(campaign_id=99, clock=lambda: NOW)


# --- Step by step ---------------------------------------------------------------------------


@pytest.fixture
def _small_steps(monkeypatch):
    monkeypatch.setattr(mixing, "CHUNK", 10)


@pytest.mark.usefixtures("_small_steps")
def test_after_a_while_the_rest_is_left_to_the_background(campaign, sorted_file):
    clock = (NOW + n * timedelta(seconds=1) for n in range(1000))
    queued, before = [], times()
    mixed = start_mixing(campaign_id=campaign.id, clock=lambda: next(clock), enqueue=queued.append)
    assert queued == [campaign.id]
    assert 50 <= mixed.moved < 100 < mixed.moved + mixed.left
    assert times() == before
    finish_mixing(campaign_id=campaign.id, clock=lambda: NOW)
    assert times() == before
    assert mix(campaign).moved == 0


def test_what_is_done_at_once_leaves_nothing_to_the_background(campaign, sorted_file):
    queued = []
    start_mixing(campaign_id=campaign.id, clock=lambda: NOW, enqueue=queued.append)
    assert queued == []


@pytest.mark.usefixtures("_small_steps")
def test_an_interrupted_mixing_keeps_every_time_and_can_be_repeated(
    campaign, sorted_file, monkeypatch
):
    take_step, taken = mixing._take_step, []

    def die(*step):
        if len(taken) == 3:
            raise OperationalError("gone")
        taken.append(take_step(*step))
        return taken[-1]

    before = times()
    monkeypatch.setattr(mixing, "_take_step", die)
    with pytest.raises(OperationalError):
        mix(campaign)
    monkeypatch.undo()
    assert times() == before
    assert not audit.find_differences()
    mix(campaign)
    assert times() == before
    assert mix(campaign).moved == 0


@pytest.mark.usefixtures("_small_steps")
def test_a_contact_opened_or_moved_meanwhile_keeps_its_time(campaign, sorted_file, monkeypatch):
    """Each step checks again which contacts it moves."""
    take_step, others = mixing._take_step, []

    def meanwhile(campaign_id, step, later):
        if not others:
            opened, moved, *_ = step
            others.extend([opened, moved])
            record([make_hit(Contact.objects.get(uuid=opened), after=-HOUR)])
            mixing.bulk_sql.update(
                Contact,
                ("scheduled_at", "due_at", "uuid"),
                [(START + 9 * DAY, START + 9 * DAY, moved)],
            )
        return take_step(campaign_id, step, later)

    kept = schedule()
    monkeypatch.setattr(mixing, "_take_step", meanwhile)
    mix(campaign)
    after = schedule()
    opened, moved = others
    assert after[opened] == kept[opened]
    expected = Counter(kept.values())
    expected[kept[moved]] -= 1
    expected[START + 9 * DAY] += 1
    assert times() == +expected


# --- A wish is kept until it is done ---------------------------------------------------------


def wish():
    return Campaign.objects.get(name="Spring").mixing_since


def start(campaign, queued, *, now=NOW):
    return start_mixing(campaign_id=campaign.id, clock=lambda: now, enqueue=queued.append)


def busy_after(monkeypatch, steps):
    """The database fails after this number of steps."""
    take_step, taken = mixing._take_step, []

    def take_or_wait(*step):
        if len(taken) == steps:
            raise Busy("The database is busy.")
        taken.append(take_step(*step))
        return taken[-1]

    monkeypatch.setattr(mixing, "_take_step", take_or_wait)


@pytest.mark.usefixtures("_small_steps")
def test_a_busy_database_leaves_the_others_to_the_background(campaign, sorted_file, monkeypatch):
    queued, before = [], times()
    with monkeypatch.context() as patch:
        busy_after(patch, 3)
        mixed = start(campaign, queued)
    assert (queued, wish()) == ([campaign.id], NOW)
    assert 30 <= mixed.moved < 40
    assert mixed.left > 60
    assert "more are getting one" in mixed.sentence
    assert times() == before
    finish_mixing(campaign_id=campaign.id, clock=lambda: NOW)
    assert wish() is None
    assert mix(campaign).moved == 0


def test_a_database_that_is_busy_from_the_start_leaves_nothing(campaign, sorted_file, monkeypatch):
    queued, before = [], schedule()
    busy_after(monkeypatch, 0)
    with pytest.raises(Busy):
        start(campaign, queued)
    assert (queued, wish(), schedule()) == ([], None, before)


@pytest.mark.usefixtures("_small_steps")
def test_the_sweep_resumes_what_the_background_could_not_finish(campaign, sorted_file, monkeypatch):
    queued = []
    with monkeypatch.context() as patch:
        busy_after(patch, 2)
        start(campaign, [])
        finish_mixing(campaign_id=campaign.id, clock=lambda: NOW)
    for minutes, expected in ((4, []), (5, [campaign.id]), (9, [campaign.id])):
        resume_mixings(now=NOW + minutes * MINUTE, enqueue=queued.append)
        assert queued == expected
    finish_mixing(campaign_id=campaign.id, clock=lambda: NOW)
    resume_mixings(now=NOW + DAY, enqueue=queued.append)
    assert (queued, wish()) == ([campaign.id], None)
    assert mix(campaign).moved == 0


def test_a_mixing_whose_process_dies_is_resumed(campaign, sorted_file, monkeypatch):
    def die(*step):
        raise SystemExit

    monkeypatch.setattr(mixing, "_take_step", die)
    with pytest.raises(SystemExit):
        start(campaign, [])
    queued = []
    resume_mixings(now=NOW + DAY, enqueue=queued.append)
    assert queued == [campaign.id]


@pytest.mark.usefixtures("_small_steps")
def test_a_mixing_that_can_not_be_queued_is_left_to_the_sweep(campaign, sorted_file, monkeypatch):
    def refuse(campaign_id):
        raise OperationalError("database is locked")

    busy_after(monkeypatch, 2)
    mixed = start_mixing(campaign_id=campaign.id, clock=lambda: NOW, enqueue=refuse)
    assert mixed.moved
    assert wish() == NOW


def test_very_many_are_left_to_the_background_from_the_start(campaign, sorted_file, monkeypatch):
    monkeypatch.setattr(mixing, "MOST_AT_ONCE", 159)
    queued, before = [], schedule()
    mixed = start(campaign, queued)
    assert (mixed.moved, mixed.left, queued, wish()) == (0, 160, [campaign.id], NOW)
    assert mixed.sentence == "Began to mix the schedule in the background: 160 contacts."
    assert schedule() == before
    finish_mixing(campaign_id=campaign.id, clock=lambda: NOW)
    assert wish() is None
    assert mix(campaign).moved == 0


def test_very_many_are_refused_as_few_are(campaign, groups, monkeypatch):
    monkeypatch.setattr(mixing, "MOST_AT_ONCE", 0)
    make_contacts(groups[0], [START])
    with pytest.raises(InvalidInput) as refusal:
        start(campaign, [])
    assert (refusal.value.code, wish()) == ("nothing_to_mix", None)


def test_a_mixing_that_moves_nobody_is_not_in_the_history(campaign, sorted_file):
    start(campaign, [])
    assert start(campaign, []).sentence == ""
    assert wish() is None


def test_the_background_stops_where_there_is_nothing_to_mix_any_more(campaign):
    Campaign.objects.update(mixing_since=NOW)
    finish_mixing(campaign_id=campaign.id, clock=lambda: NOW)
    assert wish() is None


def test_the_background_mixes_nothing_without_a_request(campaign, sorted_file):
    before = schedule()
    finish_mixing(campaign_id=campaign.id, clock=lambda: NOW)
    assert schedule() == before


def test_only_groups_that_are_compared_are_mixed():
    campaign = make_campaign(groups=4, start=NOW)
    groups = list(campaign.groups.order_by("number"))
    for group, role in zip(groups[2:], (Role.REST, Role.CONTROL), strict=True):
        group.role = role
        group.save()
    for group in groups:
        make_contacts(group, [START + group.number * HOUR + n * MINUTE for n in range(20)])
    others = times(group__in=groups[2:])
    mix(campaign)
    assert times(group__in=groups[2:]) == others
    assert min(times(group=groups[1])) < START + HOUR + 3 * MINUTE
