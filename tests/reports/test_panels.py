"""Every panel agrees with the raw rows in any window, with and without machine opens."""

import itertools
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.periods import MAX_POINTS, Step, Window
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
from tracking.hits.classify import classify
from tracking.hits.mail_clients import client_of, describe, device_of

pytestmark = pytest.mark.django_db
AGENTS = [THUNDERBIRD, GMAIL, APPLE_PRIVACY, SCANNER, "Outlook-iOS/2.0", "MacOutlook/15 (Mac OS X)"]
ZONE = ZoneInfo("Asia/Kolkata")
NOW = START + timedelta(days=30)


@pytest.fixture
def hits(campaign):
    """Random hits over four days, as (contact, moment, kind, family)."""
    source = random.Random(7)
    contacts = [make_contact(group) for group in campaign.groups.all() for _ in range(6)]
    batch, made = [], []
    for days, contact in enumerate(contacts[::3]):
        after = timedelta(days=days, hours=1)
        hit = make_hit(contact, agent=SCANNER, after=-after)
        batch.append(hit)
        made.append((contact, hit.at, classify(SCANNER).kind, describe(SCANNER).family))
    for _ in range(150):
        contact = source.choice(contacts)
        agent = source.choice(AGENTS)
        after = timedelta(seconds=source.randrange(4 * 24 * 3600))
        if source.random() < 0.4:
            after = timedelta(seconds=source.randrange(60))
        hit = make_hit(contact, agent=agent, after=after)
        batch.append(hit)
        made.append((contact, hit.at, classify(agent).kind, describe(agent).family))
    for start in range(0, len(batch), 30):
        record(batch[start : start + 30])
    return made


def raw_opens(hits, window, machine):
    """(group, minute, family, kind) of every open, from the hits themselves."""
    buckets = defaultdict(list)
    for contact, at, kind, family in hits:
        buckets[contact, int(at.timestamp()) // 10].append((kind, family))
    opens = []
    for (contact, bucket), inside in buckets.items():
        best = max(kind for kind, _ in inside)
        family = min(family for kind, family in inside if kind == best)
        if (best > 0 or machine) and inside_window(bucket * 10, window):
            opens.append((contact.group_id, bucket // 6, family, best))
    return opens


def raw_firsts(hits, window, machine):
    """Each contact's first hit by a person, or else by a machine: one counts as opened once."""
    first = {}
    for contact in {hit[0] for hit in hits}:
        own = [hit for hit in hits if hit[0] == contact]
        counted = [at for _, at, kind, _ in own if kind > 0]
        if counted or machine:
            first[contact] = min(counted or [at for _, at, *_ in own])
    return [
        (contact.group_id, int(at.timestamp()) // 60)
        for contact, at in first.items()
        if inside_window(at.timestamp(), window)
    ]


def inside_window(seconds, window):
    since = window.since.timestamp() if window.since else float("-inf")
    until = window.until.timestamp() if window.until else float("inf")
    return since <= seconds < until


WINDOWS = [
    Window(),
    Window(None, START),
    Window(START + timedelta(days=1), None),
    Window(None, START + timedelta(hours=1)),
    Window(START + timedelta(hours=5), START + timedelta(days=3)),
    Window(START + timedelta(days=20), None),
]


@pytest.mark.parametrize("machine", [False, True])
@pytest.mark.parametrize("window", WINDOWS)
def test_every_figure_agrees_with_the_raw_rows(campaign, hits, window, machine):
    report = campaign_report(
        campaign_id=campaign.id, now=NOW, zone=ZONE, window=window, machine=machine
    )
    opens, firsts = raw_opens(hits, window, machine), raw_firsts(hits, window, machine)
    for part in report.groups:
        assert part.figures.opens == sum(group == part.group.id for group, *_ in opens)
        assert part.figures.unique_opens == sum(group == part.group.id for group, _ in firsts)
    assert (report.totals.opens, report.totals.unique_opens) == (len(opens), len(firsts))
    assert dict(report.panels.clients) == Counter(client_of(family) for _, _, family, _ in opens)
    devices = Counter(device_of(family, kind) for _, _, family, kind in opens)
    assert dict(report.panels.devices) == devices
    kinds = Counter(best for *_, best in raw_opens(hits, window, machine=True))
    assert +Counter(report.panels.kinds) == kinds
    assert _heatmap(report) == Counter(_weekday_and_hour(minute) for _, minute, *_ in opens)
    assert _series(report, "opens") == Counter(group for group, *_ in opens)
    assert _series(report, "unique_opens") == Counter(group for group, _ in firsts)


def _heatmap(report):
    rows = enumerate(report.panels.heatmap)
    return +Counter({(day, hour): n for day, row in rows for hour, n in enumerate(row)})


def _weekday_and_hour(minute):
    at = (START.fromtimestamp(0, UTC) + timedelta(minutes=minute)).astimezone(ZONE)
    return at.weekday(), at.hour


def _series(report, what):
    total = Counter()
    for point in report.panels.series.points:
        total.update(getattr(point, what))
    return total


def test_the_series_has_no_gaps(campaign):
    contact = make_contact(campaign.groups.get(number=1))
    record([make_hit(contact), make_hit(contact, after=timedelta(hours=30))])
    series = campaign_report(campaign_id=campaign.id, now=NOW).panels.series
    assert series.step is Step.HOUR
    assert [point.at - series.points[0].at for point in series.points] == [
        timedelta(hours=n) for n in range(30)
    ]


def test_a_campaign_without_opens_has_empty_panels(campaign):
    panels = campaign_report(campaign_id=campaign.id, now=NOW).panels
    assert (panels.series.points, panels.clients, panels.devices) == ([], [], [])
    assert panels.heatmap == [[0] * 24] * 7


@pytest.mark.parametrize("machine", [False, True])
@pytest.mark.parametrize("years", [(2000,), (2030,), (2000, 2199), (2026, 2130)])
def test_a_series_is_bounded_whatever_times_hits_have_and_keeps_its_sums(campaign, years, machine):
    contacts = [make_contact(group) for group in campaign.groups.all() for _ in range(2)]
    moments = [START, *(datetime(year, 12, 31, 23, 59, tzinfo=UTC) for year in years)]
    record(
        [
            make_hit(contact, after=moment - START, agent=agent)
            for contact, moment in zip(itertools.cycle(contacts), moments * 4, strict=False)
            for agent in (THUNDERBIRD, APPLE_PRIVACY)
        ]
    )
    report = campaign_report(campaign_id=campaign.id, now=START, zone=ZONE, machine=machine)
    points = report.panels.series.points
    assert len(points) <= MAX_POINTS
    for row in report.groups:
        figures, group = row.figures, row.group.id
        assert sum(point.opens.get(group, 0) for point in points) == figures.opens
        assert sum(p.unique_opens.get(group, 0) for p in points) == figures.unique_opens
