"""Which planned shares are a valid split."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest

from campaigns.planned_split import (
    planned_since,
    planned_weights_of,
    split_in_words,
    split_problem,
)


def shares(*given):
    return {name: share and Decimal(share) for name, share in zip("ABC", given, strict=False)}


@pytest.mark.parametrize(
    "given",
    [
        (),
        (None,),
        (None, None),
        ("50", "50"),
        ("33.33", "33.33", "33.34"),
        ("33.3", "33.3", "33.3"),
        ("20", None),
        ("99.99", None),
    ],
)
def test_shares_that_add_up_to_the_whole_are_valid(given):
    assert split_problem(shares(*given)) == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("50",), "add up to 50%"),
        (("50", "30"), "add up to 80%: make it 100%"),
        (("60", "60"), "add up to 120%"),
        (("100", None), "add up to 100%, which leaves nothing for B"),
        (("120", None, None), "leaves nothing for B and C"),
    ],
)
def test_other_shares_are_refused_with_what_to_do(given, said):
    assert said in split_problem(shares(*given))


def test_the_problem_with_a_split_is_told_in_full():
    assert split_problem(shares("50", "30.50")) == (
        "The planned shares add up to 80.5%: make it 100%, or leave one of them empty to take the "
        "rest."
    )
    assert split_problem(shares("120", None, None)) == (
        "The planned shares add up to 120%, which leaves nothing for B and C: give a share to each "
        "group, or less to the others. With all of them empty the groups share evenly."
    )


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"A": "45", "B": None, "Control": "10"}, "A 45%, B 45%, Control 10%"),
        ({"A": None, "B": None, "C": None}, "A 33.33%, B 33.33%, C 33.33%"),
        ({"A": "12.5", "B": "87.50"}, "A 12.5%, B 87.5%"),
        ({"A": "100", "B": None}, "A 100%, B 0%"),
        ({"A": "10", "B": "30"}, "A 25%, B 75%"),
        ({}, ""),
    ],
)
def test_a_split_in_words(shares, words):
    exact = {name: None if share is None else Decimal(share) for name, share in shares.items()}
    assert split_in_words(exact) == words


class Planned(NamedTuple):
    id: int
    planned_share: Decimal | None = None
    archived_at: datetime | None = None


GONE = datetime(2026, 3, 2, tzinfo=UTC)
TEN, EIGHTY = Decimal(10), Decimal(80)


@pytest.mark.parametrize(
    ("rest", "with_contacts", "weights"),
    [
        (Planned(3, EIGHTY), (), {1: 10, 2: 10, 3: 80}),
        (Planned(3, EIGHTY, GONE), (3,), {1: 10, 2: 10, 3: 80}),
        (Planned(3, EIGHTY, GONE), (1, 2), {1: 10, 2: 90}),
        (Planned(3), (), {1: 10, 2: 45, 3: 45}),
    ],
)
def test_an_archived_group_counts_where_it_has_contacts(rest, with_contacts, weights):
    groups = [Planned(1, TEN), Planned(2), rest]
    assert planned_weights_of(groups, with_contacts=with_contacts) == weights
    assert planned_weights_of([], with_contacts=()) == {}


def test_a_stored_plan_stays_whatever_happens_to_its_groups():
    plan = {1: 10.0, 2: 10.0, 3: 80.0}
    groups = [Planned(1, EIGHTY), Planned(2), Planned(3, EIGHTY, GONE), Planned(4)]
    assert planned_since(groups, plan, compared={1, 2}) == plan
    late = planned_since([*groups, Planned(5, TEN)], {1: 50.0, 2: 50.0}, compared={1, 2, 5})
    assert late == {1: 45, 2: 45, 5: 10}
