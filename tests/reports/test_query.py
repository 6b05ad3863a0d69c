"""The query of a report."""

from datetime import UTC, datetime

import pytest

from foundation.errors import InvalidInput
from reports.periods import ALWAYS, Window
from reports.query import Query, read_query

SINCE, UNTIL = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC)
LATER, EARLIER = "2026-03-03T09:00:00Z", "2026-03-02T09:00:00Z"


@pytest.mark.parametrize(
    ("texts", "query"),
    [
        ({}, Query(None, None, False)),
        ({"since": "", "until": "", "machine": ""}, Query(None, None, False)),
        ({"since": EARLIER, "until": LATER}, Query(SINCE, UNTIL, False)),
        # Without a zone it is the project's; an unescaped plus sign arrives as a blank.
        ({"since": "2026-03-02T09:00"}, Query(SINCE, None, False)),
        ({"since": " 2026-03-02T10:00:00 01:00 "}, Query(SINCE, None, False)),
        ({"machine": "true"}, Query(None, None, True)),
        ({"machine": "false"}, Query(None, None, False)),
    ],
)
def test_a_query_is_read_from_texts(texts, query):
    assert read_query(texts) == query


@pytest.mark.parametrize(
    ("texts", "fields"),
    [
        ({"since": "yesterday"}, ["since"]),
        ({"since": " "}, ["since"]),
        ({"machine": "True"}, ["machine"]),
        ({"since": LATER, "until": EARLIER}, ["until"]),
        ({"since": EARLIER, "until": EARLIER}, ["until"]),
        ({"since": "x", "until": EARLIER, "machine": "1"}, ["since", "machine"]),
    ],
)
def test_every_bad_field_is_named(texts, fields):
    with pytest.raises(InvalidInput) as refusal:
        read_query(texts)
    assert list(refusal.value.errors) == fields


def test_a_window_is_of_whole_quarters():
    query = read_query({"since": "2026-03-02T09:07:00Z", "until": "2026-03-03T08:50:00Z"})
    assert query.window == Window(SINCE, UNTIL)
    assert read_query({}).window == ALWAYS
