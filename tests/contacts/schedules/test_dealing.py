"""Times dealt again: groups are spread evenly over them, each time keeps its number of contacts."""

import random
import uuid
from collections import Counter
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from contacts.schedules.dealing import dealt, exchanged, exchanges, places, turn_of

SIZES = st.dictionaries(st.integers(1, 9), st.integers(0, 60), min_size=1, max_size=8)
# Few different times, so that contacts share them.
TIMES = st.lists(st.integers(0, 9), max_size=60)


def deal(sizes, times):
    """Contacts in the order of their groups, and their times."""
    starts = [0, *accumulate(sizes.values())]
    groups = {
        group: range(start, start + size)
        for (group, size), start in zip(sizes.items(), starts, strict=False)
    }
    owner = {number: group for group, numbers in groups.items() for number in numbers}
    return owner, dealt(groups, times)


@given(SIZES)
def test_every_prefix_has_each_groups_part_within_one_contact(sizes):
    everybody, given_to = sum(sizes.values()), Counter()
    for place, group in enumerate(places(sizes), start=1):
        given_to[group] += 1
        for some, size in sizes.items():
            assert abs(given_to[some] - place * size / everybody) < 1
    assert given_to == Counter({group: size for group, size in sizes.items() if size})


def test_two_equal_groups_take_turns():
    assert list(places({1: 3, 2: 3})) == [1, 2] * 3


def test_a_group_of_a_tenth_comes_once_in_ten():
    tens = list(places({1: 900, 2: 100}))
    assert all(tens[start : start + 10].count(2) == 1 for start in range(0, 1000, 10))


def test_no_group_and_one_group_have_their_places():
    assert list(places({})) == []
    assert list(places({4: 0})) == []
    assert list(places({4: 2})) == [4, 4]


@given(SIZES, st.data())
def test_every_time_stays_and_each_stretch_holds_each_groups_part(sizes, data):
    everybody = sum(sizes.values())
    times = sorted(data.draw(st.lists(st.integers(0, 9), min_size=everybody, max_size=everybody)))
    owner, given_to = deal(sizes, times)
    assert sorted(given_to) == times
    for time in set(times):
        until = [owner[number] for number, own in enumerate(given_to) if own <= time]
        for group, size in sizes.items():
            assert abs(until.count(group) - len(until) * size / everybody) < 1


def test_the_order_depends_on_the_contacts_and_the_campaign_alone():
    contacts = [uuid.UUID(int=n) for n in range(200)]
    in_turn = sorted(contacts, key=lambda one: turn_of(one, seed=1))
    backwards = contacts[::-1]
    again = sorted(backwards, key=lambda one: turn_of(one, seed=1))
    assert in_turn == again != contacts
    assert in_turn != sorted(contacts, key=lambda one: turn_of(one, seed=2))
    # Nothing is left of the original order.
    early = [contact.int for contact in in_turn[:100]]
    assert 70 < sum(early) / 100 < 130


@given(TIMES, st.randoms(), st.integers(1, 20))
def test_steps_lead_from_any_dealing_to_any_other_and_only_exchange(times, chance, size):
    wanted = list(times)
    chance.shuffle(wanted)
    held = list(times)
    for step in exchanges(times, wanted, size=size):
        before = Counter(held[contact] for contact in step)
        assert len(step) <= size + 1
        for contact, time in step.items():
            held[contact] = time
        assert Counter(step.values()) == before
    assert held == wanted


def test_nothing_is_exchanged_where_all_is_as_wanted():
    assert list(exchanges([1, 2, 2], [1, 2, 2], size=10)) == []


def test_most_contacts_are_moved_once():
    chance = random.Random(1)
    times, wanted = list(range(5000)), list(range(5000))
    chance.shuffle(wanted)
    moved = sum(len(step) for step in exchanges(times, wanted, size=100))
    assert moved < 1.02 * 5000 + 5000 / 99


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 9)), st.data())
def test_the_remaining_contacts_share_the_remaining_times(held, data):
    wanted = {owner: data.draw(st.integers(0, 9)) for owner in held}
    found = exchanged(held, wanted)
    assert Counter(found.values()) == Counter(held.values())
    if Counter(wanted.values()) == Counter(held.values()):
        assert found == wanted


def test_a_missing_time_is_replaced_by_the_nearest_one():
    assert exchanged({"a": 1, "b": 5, "c": 9}, {"a": 9, "b": 4, "c": 1}) == {"c": 1, "b": 5, "a": 9}
