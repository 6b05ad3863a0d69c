"""What a report says about the rest and the control group."""

from dataclasses import replace

import pytest

from campaigns.roles import Role
from console.report.rest import doubt_in_words, role_in_words
from tests.console.report.test_in_words import GROUP, START

REST = replace(GROUP, id=3, name="Everybody else", role=Role.REST)
GIVEN = replace(REST, winner=2, winner_given_at=START)
NAMES = {2: "B", 3: "Everybody else"}


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (GROUP, ""),
        (replace(GROUP, role=Role.CONTROL), "gets no e-mail"),
        (REST, "waits for the winner"),
        (replace(GIVEN, winner_given_at=None), "is being given B"),
        (GIVEN, "gets B"),
    ],
)
def test_each_role_in_words(group, words):
    assert role_in_words(group, NAMES) == words


@pytest.mark.parametrize(
    ("preliminary", "confirmed", "age", "words"),
    [
        (False, None, 4320, ""),
        (True, None, 240, "preliminary"),
        (True, True, 4320, ""),
        (True, False, 4320, "Not confirmed at 72 h"),
        (True, False, 10_080, "Not confirmed at 7 days"),
        (True, False, None, "Not confirmed"),
    ],
)
def test_a_doubt_is_shown_beside_it(preliminary, confirmed, age, words):
    group = replace(GIVEN, winner_preliminary=preliminary, winner_confirmed=confirmed)
    assert doubt_in_words(group, age) == words
