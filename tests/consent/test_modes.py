"""How far a person may be measured: the narrowest counts, and nothing widens."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.modes import Mode, is_wider, narrowest
from consent.courses import limit_of_hits
from consent.modes import (
    CLOCKS,
    Answer,
    Audience,
    Dropped,
    Level,
    Levels,
    Policy,
    Purpose,
    Standing,
)
from tests.consent.worlds import DUE, EVENTS, NAMES, TELLING, World

T = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OPEN = Levels()
OFF = Levels(tracking=Level(Mode.OFF))
ASK_FIRST = Levels(never_asked=Level(Mode.OFF))
YES, NO = Standing(Answer.GRANTED, T), Standing(Answer.DENIED, T)


def test_modes_are_ordered_from_narrow_to_wide():
    assert list(Mode) == [Mode.OFF, Mode.SHARED, Mode.LAST_DAY, Mode.INDIVIDUAL]
    assert narrowest(Mode.INDIVIDUAL, Mode.LAST_DAY, Mode.SHARED) == Mode.SHARED
    assert narrowest(Mode.INDIVIDUAL, Mode.OFF, Mode.INDIVIDUAL) == Mode.OFF
    assert narrowest(Mode.INDIVIDUAL) == Mode.INDIVIDUAL


@pytest.mark.parametrize(
    ("mode", "than", "wider"),
    [
        ("individual", "off", True),
        (None, "off", True),
        ("off", "individual", False),
        ("off", None, False),
        (None, "individual", False),
        (None, None, False),
    ],
)
def test_without_a_mode_a_campaign_sets_no_limit(mode, than, wider):
    assert is_wider(mode, than) is wider


@pytest.mark.parametrize(
    ("installation", "campaign", "standing", "mode"),
    [
        (OPEN, OPEN, None, Mode.INDIVIDUAL),
        (OPEN, OPEN, YES, Mode.INDIVIDUAL),
        (OPEN, OPEN, NO, Mode.OFF),
        (ASK_FIRST, OPEN, None, Mode.OFF),
        (OPEN, ASK_FIRST, None, Mode.OFF),
        (ASK_FIRST, ASK_FIRST, YES, Mode.INDIVIDUAL),
        (ASK_FIRST, OPEN, NO, Mode.OFF),
        (OFF, OPEN, None, Mode.OFF),
        (OFF, OPEN, YES, Mode.OFF),
        (OPEN, OFF, YES, Mode.OFF),
    ],
)
def test_the_narrowest_limit_counts(installation, campaign, standing, mode):
    assert Policy(installation, campaign).current(standing) == mode


@pytest.mark.parametrize(
    ("policy", "standing", "after", "dropped"),
    [
        (Policy(OPEN, OPEN), None, SECOND, None),
        (Policy(OPEN, OPEN), NO, SECOND, Dropped.WITHDRAWN),
        (Policy(OPEN, OPEN), NO, -SECOND, Dropped.WITHDRAWN_MEANWHILE),
        # A yes never reaches back, nor to where clocks may differ.
        (Policy(ASK_FIRST, OPEN), YES, -SECOND, Dropped.NOT_MEASURED),
        (Policy(ASK_FIRST, OPEN), YES, CLOCKS - SECOND, Dropped.NOT_MEASURED),
        (Policy(ASK_FIRST, OPEN), YES, CLOCKS, None),
        (Policy(OPEN, OPEN), YES, -SECOND, None),
        (Policy(OPEN, OPEN), YES._replace(after_refusal=True), -SECOND, Dropped.NOT_MEASURED),
        (Policy(OPEN, OPEN), YES._replace(after_refusal=True), CLOCKS, None),
        (Policy(ASK_FIRST, OPEN), None, SECOND, Dropped.NOT_MEASURED),
        (Policy(OFF, OPEN), YES, CLOCKS, Dropped.NOT_MEASURED),
        # Nor does a setting that became wider.
        (Policy(OPEN, Levels(Level(since=T))), None, -SECOND, Dropped.NOT_MEASURED),
        (Policy(OPEN, Levels(Level(since=T))), None, CLOCKS, None),
        (Policy(Levels(never_asked=Level(since=T)), OPEN), None, 0 * T.resolution, "not_measured"),
        (Policy(Levels(never_asked=Level(since=T)), OPEN), YES, CLOCKS, None),
    ],
)
def test_a_hit_gets_the_narrower_of_its_own_moment_and_of_now(policy, standing, after, dropped):
    assert policy.why_dropped(T + after, standing) == dropped


@pytest.mark.parametrize("after", [-SECOND, 0 * SECOND, SECOND])
def test_at_no_moment_anything_is_known_to_be_allowed_of_who_refused(after):
    assert Policy(OPEN, OPEN).at(T + after, NO) == Mode.OFF


# --- One pixel for a group ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("never_asked", "tracking", "may_share", "audience"),
    [
        ("individual", "shared", True, Audience.ANYBODY),
        ("shared", "individual", True, Audience.ANYBODY),
        ("off", "shared", True, Audience.AGREED),
        ("off", "individual", False, Audience.AGREED),
        ("shared", "off", False, Audience.AGREED),
        ("last_day", "last_day", False, Audience.AGREED),
    ],
)
def test_the_modes_say_who_shares_a_pixel(never_asked, tracking, may_share, audience):
    policy = Policy(OPEN, Levels(Level(Mode(tracking)), Level(Mode(never_asked))))
    assert policy.may_share() is may_share
    assert policy.audience() == audience


@pytest.mark.parametrize("mode", list(Mode))
def test_only_in_the_mode_individual_a_hit_is_an_open(mode):
    why = Policy(OPEN, Levels(Level(mode))).why_dropped(T, None)
    assert why == (None if mode == Mode.INDIVIDUAL else Dropped.NOT_MEASURED)


# --- Over random sequences ----------------------------------------------------------------------


def _never_wider(events, due_at):
    world = World(due_at=due_at)
    for what, number, value in events:
        if what != "hit":
            world.happen(what, number, value)
            continue
        at = world.now - timedelta(seconds=number)
        policy = Policy(*world.levels)
        standings = [world.standings[person] for person in world.mailed]
        limit = limit_of_hits(due_at, world.course(), now=world.now)
        mode = narrowest(limit, *(policy.of_hit(at, standing) for standing in standings))
        moments = (at - CLOCKS, world.now)
        assert not is_wider(mode, narrowest(*map(world.allowed_to_all, moments)))
        assert not is_wider(mode, world.allowed_when_due())
        for standing in standings:
            if policy.of_hit(at, standing) != Mode.INDIVIDUAL:
                assert policy.why_dropped(at, standing) is not None
        if policy.keeps_shared(at, Audience.ANYBODY):
            assert narrowest(*map(world.allowed_unanswered, moments)) != Mode.OFF
        if policy.keeps_shared(at, Audience.AGREED):
            agreed = [world.allowed(moment, word=Answer.GRANTED) for moment in moments]
            assert narrowest(*agreed) != Mode.OFF


@pytest.mark.parametrize(("events", "due_at"), TELLING)
def test_nothing_widens_where_chance_seldom_leads(events, due_at):
    _never_wider(events, due_at)


@given(EVENTS, DUE)
@settings(max_examples=300, deadline=None)
def test_nothing_ever_widens(events, due_at):
    _never_wider(events, due_at)


@pytest.mark.soak
@given(EVENTS, DUE)
@settings(max_examples=10_000, deadline=None)
def test_nothing_ever_widens_in_ten_thousand_histories(events, due_at):
    _never_wider(events, due_at)


@given(EVENTS, st.sampled_from(Mode))
@settings(max_examples=300, deadline=None)
def test_whoever_was_always_allowed_is_measured_as_far(events, least):
    """Limits that were never narrower than a mode, and nobody who ever refused."""
    world = World()
    for what, number, value in events:
        is_no = value == Answer.DENIED or (what == "import" and value[0] == Answer.DENIED)
        is_narrow = what in NAMES and is_wider(least, value)
        if what != "hit" and not is_no and not is_narrow:
            world.happen(what, number, value)
    mode = Policy(*world.levels).of_hit(world.now + CLOCKS, world.standing)
    assert not is_wider(least, mode)


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (Answer, ["granted", "denied"]),
        (Purpose, ["opens", "clicks"]),
        (Audience, ["anybody", "agreed"]),
        (Dropped, ["withdrawn", "withdrawn_meanwhile", "not_measured", "forgotten"]),
    ],
)
def test_they_are_stored_by_these_words(kind, stored):
    assert list(kind) == stored


def test_clocks_may_differ_by_five_seconds():
    assert timedelta(seconds=5) == CLOCKS


@pytest.mark.parametrize(
    ("policy", "allows_all"),
    [
        (Policy(OPEN, OPEN), True),
        (Policy(OFF, OPEN), False),
        (Policy(OPEN, ASK_FIRST), False),
        (Policy(OPEN, Levels(tracking=Level(since=T))), False),
    ],
)
def test_who_did_not_refuse_is_measured_where_nothing_narrows(policy, allows_all):
    assert policy.allows_all() is allows_all


def test_a_load_at_the_moment_of_the_withdrawal_came_after_it():
    assert Policy(OPEN, OPEN).why_dropped(T, NO) is Dropped.WITHDRAWN


@pytest.mark.parametrize(
    ("policy", "widest"),
    [(Policy(ASK_FIRST, OPEN), Mode.INDIVIDUAL), (Policy(OFF, OPEN), Mode.OFF)],
)
def test_nobodys_mode_is_wider_than_of_who_agreed(policy, widest):
    assert policy.widest() == widest


@pytest.mark.parametrize(
    ("policy", "audience", "kept"),
    [
        (Policy(OPEN, OPEN), Audience.ANYBODY, True),
        (Policy(OFF, OPEN), Audience.ANYBODY, False),
        (Policy(ASK_FIRST, OPEN), Audience.ANYBODY, False),
        (Policy(ASK_FIRST, OPEN), Audience.AGREED, True),
    ],
)
def test_a_shared_load_is_kept_if_it_may_be_of_its_whole_audience(policy, audience, kept):
    assert policy.keeps_shared(T, audience) is kept
