"""Ranges in time windows: the lower end is never above the upper one, and windows add up."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.cache import caches
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.periods import Window
from tests.reporting import campaign_report
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    SCANNER,
    START,
    THUNDERBIRD,
    make_contact,
    make_hit,
)
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = START + 30 * DAY
QUARTER = timedelta(minutes=15)
# Contact, minutes since START, and what opened it.
HISTORIES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(0, 3 * 24 * 60),
        st.sampled_from([THUNDERBIRD, GMAIL, APPLE_PRIVACY, SCANNER]),
    ),
    max_size=20,
)
CUTS = st.lists(st.integers(0, 3 * 24 * 4), max_size=5, unique=True).map(sorted)


def totals(campaign, *window, machine=False):
    return campaign_report(
        campaign_id=campaign.id, now=NOW, window=Window(*window), machine=machine
    ).totals


@pytest.fixture
def opened_by_both(campaign, group):
    """Ten contacts: seven opened by a machine two days ago, and by a person today."""
    contacts = [make_contact(group) for _ in range(10)]
    hits = ((APPLE_PRIVACY, NOW - 2 * DAY), (THUNDERBIRD, NOW - HOUR))
    for agent, at in hits:
        record([make_hit(contact, agent=agent, after=at - START) for contact in contacts[:7]])
    return campaign


def test_a_person_after_a_machine_counts_in_the_persons_window_alone(opened_by_both):
    today = totals(opened_by_both, NOW - DAY)
    assert (today.open_rate, today.open_rate_with_machine) == (0.7, 0.7)
    before = totals(opened_by_both, None, NOW - DAY)
    assert (before.open_rate, before.open_rate_with_machine) == (0, 0)


def test_until_a_person_opens_it_the_machine_counts_in_its_window(campaign, group):
    contact = make_contact(group)
    make_contact(group)
    record([make_hit(contact, agent=APPLE_PRIVACY)])
    first_day = (START, START + DAY)
    assert totals(campaign, *first_day).open_rate_with_machine == 0.5
    record([make_hit(contact, after=2 * DAY)])
    assert totals(campaign, *first_day).open_rate_with_machine == 0


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=HISTORIES, cuts=CUTS)
def test_windows_of_a_partition_add_up_and_no_range_is_reversed(campaign, history, cuts):
    # What is rolled back below would count its versions anew.
    caches["reports"].clear()
    with transaction.atomic():
        groups = list(campaign.groups.all())
        contacts = [make_contact(groups[number % 2]) for number in range(5)]
        for number, minutes, agent in history:
            record([make_hit(contacts[number], after=timedelta(minutes=minutes), agent=agent)])
        ends = [None, *(START + cut * QUARTER for cut in cuts), None]
        parts = [totals(campaign, *window) for window in pairwise(ends)]
        assert all(part.first_counted <= part.first_of_any_kind for part in parts)
        whole = totals(campaign)
        assert sum(part.first_counted for part in parts) == whole.first_counted
        assert sum(part.first_of_any_kind for part in parts) == whole.first_of_any_kind
        with_machine = [totals(campaign, *window, machine=True) for window in pairwise(ends)]
        unique = [part.unique_opens for part in with_machine]
        assert unique == [part.first_of_any_kind for part in parts]
        transaction.set_rollback(True)
