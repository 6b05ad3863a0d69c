"""The state of a campaign by its dates."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.lifecycle import State, state_of

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (START - MOMENT, State.PLANNED),
        (START, State.SENDING),
        (END, State.SENDING),
        (END + MOMENT, State.ENDED),
    ],
)
def test_a_campaign_sends_between_its_dates(now, state):
    assert state_of(start_at=START, end_at=END, archived_at=None, now=now) == state


def test_an_archived_campaign_is_archived_whatever_its_dates():
    assert state_of(start_at=START, end_at=END, archived_at=START, now=START) == State.ARCHIVED


def test_states_have_these_names():
    assert [*State] == ["planned", "sending", "ended", "archived"]
