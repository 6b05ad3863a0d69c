"""What a report's page says it is narrowed by."""

from datetime import UTC, datetime

import pytest

from console.report.asked import Question
from console.report.filters import chips_of, time_in_words
from reports.periods import ALWAYS, Window

SINCE, UNTIL = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC)
WHOLE = Question("all", since=None, until=None, machine=False, window=ALWAYS)
OF_A_DAY = Question(
    "own", SINCE, UNTIL, machine=True, window=Window(SINCE, UNTIL), group=7, client="Gmail"
)


def test_each_filter_has_a_link_that_takes_only_it_away():
    group, client, time = chips_of(OF_A_DAY, group="Short subject", zone=UTC)
    assert (group.title, group.words) == ("Group", "Short subject")
    assert "group=" not in group.without and "client=Gmail" in group.without
    assert (client.title, client.words) == ("Mail client", "Gmail")
    assert "client=" not in client.without and "group=7" in client.without
    assert (time.title, time.without) == ("Time", "?machine=true&group=7&client=Gmail")
    assert OF_A_DAY.of_everything == "?machine=true"
    assert chips_of(WHOLE, group=None, zone=UTC) == []


@pytest.mark.parametrize(
    ("period", "window", "words"),
    [
        ("all", ALWAYS, "All time"),
        ("7d", Window(SINCE), "Last 7 days"),
        ("own", Window(SINCE), "From 2 March 2026, 09:00"),
        ("own", Window(None, UNTIL), "Until 3 March 2026, 09:00"),
        ("own", Window(SINCE, UNTIL), "From 2 March 2026, 09:00 until 3 March 2026, 09:00"),
        ("own", ALWAYS, "All time, no dates are chosen"),
    ],
)
def test_a_time_is_said_in_words_also_where_none_was_chosen(period, window, words):
    question = Question(period, window.since, window.until, machine=False, window=window)
    assert time_in_words(question, UTC) == words
