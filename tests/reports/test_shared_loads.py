"""Loads of shared pixels stand beside the figures, by whole days that are over."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.data import Scope
from reports.describe import describe
from reports.periods import ALWAYS, Window, whole_days
from reports.report import report_on, report_subject
from reports.tables import groups_table
from tests.tracking.factories import GMAIL, SCANNER, START, make_campaign
from tests.tracking.sharing import load, shared_pixel, sharing_group
from tracking.counting.record import record
from tracking.hits.classify import Kind

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture
def group():
    return sharing_group(make_campaign())


@pytest.fixture
def loaded(group):
    """Twelve loads by people on the first day, and one by a machine; two on the second."""
    pixel = shared_pixel(group)
    record([load(pixel, after=HOUR, agent=GMAIL) for _ in range(12)])
    record([load(pixel, after=2 * HOUR, agent=SCANNER)])
    record([load(pixel, after=DAY) for _ in range(2)])
    return group


def report(group, *, now, window=ALWAYS, zone=UTC, machine=False):
    subject = report_subject(group.campaign_id)
    return report_on(subject, now=now, zone=zone, scope=Scope(window, machine))


def loads(group, **question):
    by_kind = report(group, **question).shared.by_group[group.id]
    return by_kind[Kind.HUMAN], by_kind[Kind.PROXIED], by_kind[Kind.MACHINE]


def test_without_a_shared_pixel_nothing_is_said():
    group = make_campaign().groups.first()
    assert report(group, now=START).shared is None


def test_today_is_not_told(loaded):
    assert loads(loaded, now=MIDNIGHT - HOUR) == (0, 0, 0)
    assert loads(loaded, now=MIDNIGHT) == (0, 12, 1)
    assert loads(loaded, now=MIDNIGHT + DAY - HOUR) == (0, 12, 1)
    assert loads(loaded, now=MIDNIGHT + DAY) == (2, 12, 1)


def test_they_are_added_to_nothing(loaded):
    for machine in (False, True):
        found = report(loaded, now=MIDNIGHT + DAY, machine=machine)
        assert (found.totals.opens, found.totals.unique_opens) == (0, 0)
        assert found.panels.clients == []


def test_clients_are_of_the_kinds_that_count(loaded):
    now = MIDNIGHT + DAY
    assert report(loaded, now=now).shared.clients == [("Gmail", 12), ("Other", 2)]
    assert report(loaded, now=now, machine=True).shared.clients == [("Gmail", 12), ("Other", 3)]


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (None, None, (2, 12, 1)),
        (MIDNIGHT, None, (2, 0, 0)),
        (MIDNIGHT - DAY, MIDNIGHT, (0, 12, 1)),
        (MIDNIGHT - DAY, MIDNIGHT + DAY - HOUR, (0, 12, 1)),
        # Neither of its two days lies in it.
        (START, MIDNIGHT + DAY - HOUR, (0, 0, 0)),
        (START, START + HOUR, (0, 0, 0)),
    ],
)
def test_a_window_counts_by_the_whole_days_in_it(loaded, since, until, told):
    assert loads(loaded, now=MIDNIGHT + DAY, window=Window(since, until)) == told


def test_days_are_those_of_the_zone(loaded):
    """At six in the evening it is midnight already where the clock is six hours ahead."""
    ahead = ZoneInfo("Asia/Dhaka")
    assert loads(loaded, now=MIDNIGHT - 7 * HOUR, zone=ahead) == (0, 0, 0)
    assert loads(loaded, now=MIDNIGHT - 6 * HOUR, zone=ahead) == (0, 12, 1)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"])
def test_no_window_shorter_than_a_day_is_told(zone):
    zone, now = ZoneInfo(zone), MIDNIGHT + 40 * DAY
    for hours in range(24):
        since = START + hours * HOUR
        for length in range(1, 24):
            window = Window(since, since + length * HOUR)
            found = whole_days(window, now=now, zone=zone)
            # The day on which clocks go forward has 23 hours.
            assert found is None or length == 23
        days = whole_days(Window(since, since + 2 * DAY), now=now, zone=zone)
        assert since <= days.since < days.until <= since + 2 * DAY


def test_the_file_has_them_in_columns_of_their_own(loaded):
    header, first, second, totals = groups_table(describe(report(loaded, now=MIDNIGHT)))
    assert header[-6:-3] == ("shared_human", "shared_proxied", "shared_machine")
    assert first[-6:-3] == (0, 12, 1)
    assert second[-6:-3] == totals[-6:-3] == (None, None, None)


def test_the_file_says_nothing_before_a_day_is_over(loaded):
    _, first, *_ = groups_table(describe(report(loaded, now=START, window=Window(START, None))))
    assert first[-6:-3] == (None, None, None)
