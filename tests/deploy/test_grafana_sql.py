"""The dashboards' SQL gives the figures of the report by whole hours, to a user who reads no more.

Small groups and clients are in `test_grafana_small`.
"""

import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, product
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from campaigns.models import Campaign, Contact
from campaigns.modes import Measured
from demo import baskets, mail
from demo.clients import APPLE_PRIVACY, GMAIL, OUTLOOK, OUTLOOK_IOS, THUNDERBIRD
from reports.periods import Window
from tests.deploy import grafana
from tests.deploy.grafana import fill_in, questions, settle_as, sql_of
from tests.reporting import campaign_report
from tests.tracking.factories import make_contact
from tracking.counting import record
from tracking.hits.classify import Kind
from tracking.hits.event_log import Hit
from tracking.hits.mail_clients import OTHER
from tracking.models import ContactOpens, IngestLock

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct-horse-battery-staple"
# An hour in India spans two hours in UTC.
ZONE, OFFSET = ZoneInfo("Asia/Kolkata"), "+05:30"
HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)
# Until then everything is counted, and then an hour ends in India.
UNTIL = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
COUNTED_ONLY, WITH_MACHINE = 1, 0


@pytest.fixture(autouse=True)
def _by_day():
    """People of the demo open few mails at night."""
    with time_machine.travel(UNTIL - timedelta(minutes=23)):
        yield


@pytest.fixture
def reader(vendor, settings, monkeypatch):
    """Grafana's user, in a database with demo data and opens of just now."""
    if vendor != "mysql":
        pytest.skip("the dashboards read MySQL and MariaDB")
    name = grafana.account_name()
    settings.GRAFANA_DB_USER, settings.GRAFANA_DB_PASSWORD = name, PASSWORD
    settings.TIME_ZONE = ZONE.key
    make_demo_small(monkeypatch)
    call_command("seed_demo", stdout=io.StringIO())
    open_some(timezone.now())
    leave_some_unmeasured()
    # A contact that is never due.
    make_contact(the_campaign().groups.first(), scheduled_at=None)
    IngestLock.objects.update(complete_until=UNTIL)
    call_command("dashboard_user", stdout=io.StringIO())
    with grafana.reading_as(name, PASSWORD) as reader:
        reader.rows(f"SET time_zone = '{OFFSET}'")
        yield reader
    grafana.drop_account(name)


def make_demo_small(monkeypatch):
    [sale] = [plan for plan in mail.CAMPAIGNS if plan.key == "sale"]
    groups = tuple(replace(group, contacts=200) for group in sale.groups)
    half_sent = {"sent_ago": timedelta(days=2), "sending": timedelta(days=4)}
    monkeypatch.setattr(mail, "CAMPAIGNS", (replace(sale, groups=groups, **half_sent),))
    monkeypatch.setattr(baskets, "CAMPAIGNS", baskets.CAMPAIGNS[2:3])


def open_some(now):
    """By several clients: now, at the edges of the windows, and before the due time."""
    agents = (THUNDERBIRD, GMAIL, APPLE_PRIVACY, OUTLOOK, OUTLOOK_IOS)
    moments = [now - timedelta(minutes=n) for n in range(5)]
    for since, _ in windows().values():
        moments += [hour_of(since), hour_of(since) - timedelta(seconds=1)]
    sent_to = Contact.objects.filter(campaign=the_campaign(), not_sent_at__isnull=True)
    closed = sent_to.exclude(uuid__in=ContactOpens.objects.values("contact_id"))
    due = list(closed.filter(scheduled_at__lte=now)[: len(agents) * len(moments)])
    ahead = list(closed.filter(scheduled_at__gt=now)[: len(agents)])
    opened = zip(due + ahead, cycle(product(moments, agents)), strict=False)
    record.record(
        [
            Hit(uuid4(), at, contact.pixels.first().uuid, user_agent=agent)
            for contact, (at, agent) in opened
        ]
    )


def leave_some_unmeasured():
    """Of those who are due, and of those who are not yet."""
    closed = Contact.objects.exclude(uuid__in=ContactOpens.objects.values("contact_id"))
    now = timezone.now()
    due, later = closed.filter(due_at__lte=now), closed.filter(due_at__gt=now)
    settle_as(Measured.NO, (*due[:20], *later[:20]))


def the_campaign():
    """A campaign that is being sent: some contacts are due, some not yet, some bounced."""
    return Campaign.objects.get()


def windows():
    """None begins with an hour; they end in one that is not over."""
    end = UNTIL + timedelta(minutes=4)
    return {
        "short": (end - timedelta(hours=2, minutes=17), end),
        "long": (end - timedelta(days=7, minutes=5), end),
    }


def hour_of(moment):
    """When its hour began in India."""
    return (moment - HALF).replace(minute=0, second=0, microsecond=0) + HALF


def ask(reader, text, *, window, least_kind, step=HOUR):
    since, until = window
    return reader.rows(
        fill_in(
            text,
            window=(since.timestamp(), until.timestamp()),
            step_seconds=int(step.total_seconds()),
            campaign=the_campaign().id,
            least_kind=least_kind,
        )
    )


def test_windows_that_meet_at_an_hour_add_up(reader):
    middle, hours = hour_of(windows()["short"][0]), timedelta(hours=2)
    parts = [(middle - hours, middle), (middle, middle + hours)]
    opened = partial(opened_in, reader)
    assert 0 < opened(parts[1]) < opened((middle - hours, middle + hours))
    assert sum(map(opened, parts)) == opened((middle - hours, middle + hours))


def opened_in(reader, window):
    return only_value(show(reader, "Unique opens", window=window, least_kind=WITH_MACHINE))


def test_every_query_has_a_result(reader):
    empty = [
        (question.place, length, least_kind)
        for question in questions("mysql")
        for length, window in windows().items()
        for least_kind in (COUNTED_ONLY, WITH_MACHINE)
        if not has_figures(ask(reader, question.text, window=window, least_kind=least_kind))
    ]

    assert empty == []
    # Grafana takes such a number for a string.
    assert reader.unsigned == []


def has_figures(rows):
    """Whether there is any number but 0, beside the columns that only name something."""
    return any(
        value for row in rows for value in row.values() if value and not isinstance(value, str)
    )


def test_the_figures_are_those_of_the_report(reader):
    for window, least_kind in product(windows().values(), (COUNTED_ONLY, WITH_MACHINE)):
        report = partial(
            campaign_report,
            campaign_id=the_campaign().id,
            now=UNTIL,
            window=Window(hour_of(window[0]), UNTIL),
            machine=least_kind == WITH_MACHINE,
        )
        shown = partial(show, reader, window=window, least_kind=least_kind)

        check_totals(report(), shown)
        check_groups(report(), shown)
        check_panels(report(zone=ZONE), shown)
        check_series(report(zone=ZONE), shown)


def show(reader, title, **asked):
    return ask(reader, sql_of(title), **asked)


def check_totals(report, shown):
    totals = report.totals
    assert 0 < totals.mailed.measured < totals.sent < totals.contacts
    assert 0 < totals.first_counted < totals.first_of_any_kind
    assert shown("Sent to") == [{"Sent to": totals.sent}]
    assert shown("Unique opens") == [{"Unique opens": totals.unique_opens}]
    assert only_value(shown("Open rate without machines")) == pytest.approx(totals.open_rate)
    assert only_value(shown("Open rate with machines")) == pytest.approx(
        totals.open_rate_with_machine
    )
    kinds = report.panels.kinds
    share = kinds[Kind.MACHINE] / sum(kinds.values())
    assert only_value(shown("Machine share")) == pytest.approx(share)


def only_value(rows):
    [row] = rows
    [value] = row.values()
    return value


def check_groups(report, shown):
    def rates(row):
        return pytest.approx((row.figures.open_rate, row.figures.open_rate_with_machine))

    table = [tuple(row.values()) for row in shown("Groups")]
    bars = [tuple(row.values()) for row in shown("Open rate by group")]
    kinds = [tuple(row.values()) for row in shown("Opened contacts by their best kind")]
    assert len(table) == len(bars) == len(kinds) == len(report.groups) == 2
    for row, own, bar, by_kind in zip(report.groups, table, bars, kinds, strict=True):
        figures = row.figures
        sent = (figures.sent, figures.mailed.measured)
        counts = (figures.contacts, *sent, figures.unique_opens, figures.opens)
        assert own[:6] == (str(row.group), *counts)
        assert own[6:] == rates(row)
        assert bar[0] == str(row.group)
        assert bar[1:] == rates(row)
        unique = figures.unique_by_kind
        people = unique[Kind.HUMAN] + unique[Kind.PROXIED]
        assert by_kind == (str(row.group), people, unique[Kind.MACHINE])


def check_panels(report, shown):
    panels = report.panels
    clients, known = dict(row.values() for row in shown("Mail clients")), dict(panels.clients)
    assert sum(clients.values()) == sum(known.values())
    assert not [name for name in clients if name != OTHER and clients[name] > known[name]]
    assert len(clients) > 1
    kinds = panels.kinds
    assert shown("Opens by kind") == [{kind.name.title(): kinds[kind] for kind in kinds}]
    heatmap = [list(row.values()) for row in shown("Weekday and hour")]
    assert [row[1:] for row in heatmap] == panels.heatmap
    assert [row[0] for row in heatmap][::6] == ["Monday", "Sunday"]


def check_series(report, shown):
    """The charts have the report's steps by the hour."""
    opens, new, firsts = Counter(), Counter(), {}
    for row in report.groups:
        so_far = 0
        for point in report.panels.series.points:
            at = (hour_of(point.at.astimezone(UTC)), str(row.group))
            opens[at] += point.opens.get(row.group.id, 0)
            new[at] += point.unique_opens.get(row.group.id, 0)
            so_far += point.unique_opens.get(row.group.id, 0)
            firsts[at] = so_far if new[at] else 0
        assert so_far == row.figures.unique_opens > 0

    assert drawn(shown("Opens over time")) == {at: n for at, n in opens.items() if n}
    assert drawn(shown("First opens so far")) == {at: n for at, n in firsts.items() if n}


def drawn(rows):
    """(time, group) -> value, from rows in the order of time, as charts need them."""
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    return {(datetime.fromtimestamp(row["time"], UTC), row["metric"]): row["value"] for row in rows}
