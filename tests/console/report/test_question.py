"""The query of a report's page."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from console.report.asked import PERIODS
from console.report.question import read_question
from foundation.errors import InvalidInput
from reports.periods import ALWAYS, Window

NOW = datetime(2026, 3, 9, 12, 34, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC)
OWN = {"since": "2026-03-02T09:00", "until": "2026-03-03T09:00"}


def ask(query, now=NOW):
    return read_question(QueryDict(urlencode(query)), now=now)


@pytest.mark.parametrize(
    ("query", "period", "window"),
    [
        ({}, "all", ALWAYS),
        ({"period": "all", **OWN}, "all", ALWAYS),
        ({"period": "24h"}, "24h", Window(datetime(2026, 3, 8, 12, 30, tzinfo=UTC))),
        ({"period": "7d", **OWN}, "7d", Window(datetime(2026, 3, 2, 12, 30, tzinfo=UTC))),
        (OWN, "own", Window(SINCE, UNTIL)),
        ({"period": "own", **OWN}, "own", Window(SINCE, UNTIL)),
        ({"period": "own"}, "own", ALWAYS),
        ({"until": OWN["until"]}, "own", Window(None, UNTIL)),
    ],
)
def test_a_period_chooses_the_window(query, period, window):
    question = ask(query)
    assert (question.period, question.window, question.machine) == (period, window, False)


def test_a_relative_period_moves_with_the_clock():
    later = ask({"period": "24h"}, NOW + timedelta(hours=1))
    assert later.window.since == datetime(2026, 3, 8, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize("query", [{}, OWN, {"period": "7d", "machine": "true"}, {"period": "own"}])
def test_a_question_is_the_same_when_read_from_its_own_query(query):
    question = ask(query)
    assert read_question(QueryDict(question.query), now=NOW) == question


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "year"}, "period"),
        ({"machine": "perhaps"}, "machine"),
        ({"since": "yesterday"}, "since"),
        ({"since": OWN["until"], "until": OWN["since"]}, "until"),
    ],
)
def test_a_bad_question_is_refused_with_its_field(query, field):
    with pytest.raises(InvalidInput) as refusal:
        ask(query)
    assert list(refusal.value.errors) == [field]


def test_every_period_can_be_chosen():
    assert [ask({"period": period}).period for period in PERIODS] == [*PERIODS]


def test_one_of_the_groups_can_be_asked_for():
    question = read_question(QueryDict("group=7&period=24h"), now=NOW, groups=[3, 7])
    assert (question.group, question.of_group(3)) == (7, "?period=24h&group=3")
    assert (question.of_group(None), question.of_all_time) == ("?period=24h", "?group=7")
    assert question.of_time(SINCE, UNTIL).startswith("?period=own&since=2026-03-02T09%3A00")


@pytest.mark.parametrize("text", ["8", "-1", "x", "9" * 40])
def test_a_group_of_another_campaign_is_refused(text):
    with pytest.raises(InvalidInput):
        read_question(QueryDict(f"group={text}"), now=NOW, groups=[3, 7])
