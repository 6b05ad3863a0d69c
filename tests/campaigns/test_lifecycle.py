"""The state of a campaign by its progress."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.lifecycle import Progress, State, state_in_words, state_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(), "Draft"),
        (Progress(contacts=10, unscheduled=10), "Draft"),
        (Progress(contacts=10, unscheduled=9), "Scheduled"),
        (Progress(contacts=10, unscheduled=10, sent=1), "Sent"),
        (Progress(contacts=10), "Scheduled"),
        (Progress(contacts=1000, sent=1), "Sending 1%"),
        (Progress(contacts=10, sent=4), "Sending 40%"),
        (Progress(contacts=1000, sent=999), "Sending 99%"),
        (Progress(contacts=20, unscheduled=10, sent=4), "Sending 40%"),
        (Progress(contacts=10, sent=10), "Sent"),
        (Progress(contacts=20, unscheduled=10, sent=10), "Sent"),
        (Progress(contacts=10, sent=10, is_decided=True), "Decided"),
    ],
)
def test_the_state_says_how_far_a_campaign_was_sent(progress, words):
    assert state_in_words(state_of(progress, archived_at=None), progress) == words


def test_an_archived_campaign_is_archived_whatever_was_sent():
    progress = Progress(contacts=10, sent=10, is_decided=True)
    assert state_of(progress, archived_at=NOW) == State.ARCHIVED
    assert state_in_words(State.ARCHIVED, progress) == "Archived"


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_sending_is_neither_nothing_nor_everything(sent, left, unscheduled):
    progress = Progress(contacts=sent + left + unscheduled, sent=sent, unscheduled=unscheduled)
    state = state_of(progress, archived_at=None)
    assert (state == State.SENDING) == (sent > 0 and left > 0)
    if state == State.SENDING:
        percent = int(state_in_words(state, progress).split()[1].rstrip("%"))
        assert 1 <= percent <= 99
