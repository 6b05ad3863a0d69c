"""The dashboards' SQL gives the figures of the report, to a user who may read nothing else."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, product
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign, Contact
from campaigns.modes import Measured
from contacts.measured.settling import Settled, store
from demo import baskets, mail
from demo.clients import APPLE_PRIVACY, GMAIL, OUTLOOK, OUTLOOK_IOS, THUNDERBIRD
from reports.periods import Step, Window
from tests.deploy import grafana
from tests.deploy.grafana import fill_in, questions, sql_of
from tests.reporting import campaign_report
from tests.tracking.factories import make_contact
from tracking.counting import record
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.hits.classify import Kind
from tracking.hits.event_log import Hit
from tracking.models import ContactOpens

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct-horse-battery-staple"
# An hour in India spans two hours in UTC.
ZONE, OFFSET = ZoneInfo("Asia/Kolkata"), "+05:30"
COUNTED_ONLY, WITH_MACHINE = 1, 0


@pytest.fixture(autouse=True)
def _by_day():
    """People of the demo open few mails at night."""
    with time_machine.travel(datetime(2026, 11, 27, 15, 7, tzinfo=UTC)):
        yield


@pytest.fixture
def reader(vendor, settings, monkeypatch):
    """Grafana's user, in a database with demo data and opens of just now."""
    if vendor != "mysql":
        pytest.skip("the dashboards read MySQL and MariaDB")
    name = grafana.account_name()
    settings.GRAFANA_DB_USER, settings.GRAFANA_DB_PASSWORD = name, PASSWORD
    make_demo_small(monkeypatch)
    call_command("seed_demo", stdout=io.StringIO())
    open_some(timezone.now())
    leave_some_unmeasured()
    # A contact that is never due.
    make_contact(the_campaign().groups.first(), scheduled_at=None)
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
    for since, _ in windows(now).values():
        hour = since.replace(minute=0, second=0, microsecond=0)
        moments += [hour, hour - timedelta(seconds=1)]
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
    ids = [contact.uuid for contact in (*due[:20], *later[:20])]
    with transaction.atomic():
        hold_ingest_lock()
        with recounted(ids):
            store(dict.fromkeys(ids, Settled(Measured.NO)))


def the_campaign():
    """A campaign that is being sent: some contacts are due, some not yet, some bounced."""
    return Campaign.objects.get()


def windows(now):
    """One by the minute and one by the quarter of an hour, neither of whole hours."""
    return {
        "short": (now - timedelta(hours=2, minutes=17), now),
        "long": (now - timedelta(days=7, minutes=5), now),
    }


def ask(reader, text, *, window, least_kind, step=timedelta(minutes=1)):
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


def test_every_query_has_a_result(reader):
    now = timezone.now()
    empty = [
        (question.place, length, least_kind)
        for question in questions("mysql")
        for length, window in windows(now).items()
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
    now = timezone.now()
    reader.rows(f"SET timestamp = {now.timestamp()}")
    for window, least_kind in product(windows(now).values(), (COUNTED_ONLY, WITH_MACHINE)):
        report = partial(
            campaign_report,
            campaign_id=the_campaign().id,
            now=now,
            window=Window.covering(*window),
            machine=least_kind == WITH_MACHINE,
        )
        shown = partial(show, reader, window=window, least_kind=least_kind)

        check_totals(report(), shown)
        check_groups(report(), shown)
        check_panels(report(zone=ZONE), shown)
        check_series(report(), shown)


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
        order = (Kind.HUMAN, Kind.PROXIED, Kind.MACHINE)
        assert by_kind == (str(row.group), *(unique[kind] for kind in order))


def check_panels(report, shown):
    panels = report.panels
    clients = [tuple(row.values()) for row in shown("Mail clients")]
    assert sorted(clients) == sorted(panels.clients)
    assert {"Gmail", "Outlook", "Thunderbird"} <= {name for name, _ in clients}
    kinds = panels.kinds
    assert shown("Opens by kind") == [{kind.name.title(): kinds[kind] for kind in kinds}]
    heatmap = [list(row.values()) for row in shown("Weekday and hour")]
    assert [row[1:] for row in heatmap] == panels.heatmap
    assert [row[0] for row in heatmap][::6] == ["Monday", "Sunday"]


def check_series(report, shown):
    """The charts have the same steps as a report in UTC."""
    step = {Step.MINUTE: timedelta(minutes=1), Step.HOUR: timedelta(hours=1)}
    series = report.panels.series
    opens, firsts = {}, {}
    for row in report.groups:
        so_far = 0
        for point in series.points:
            at = (point.at.astimezone(UTC), str(row.group))
            opens[at] = point.opens.get(row.group.id, 0)
            new = point.unique_opens.get(row.group.id, 0)
            so_far += new
            firsts[at] = so_far if new else 0
        assert so_far == row.figures.unique_opens > 0

    shown = partial(shown, step=step[series.step])
    assert drawn(shown("Opens over time")) == {at: n for at, n in opens.items() if n}
    assert drawn(shown("First opens so far")) == {at: n for at, n in firsts.items() if n}


def drawn(rows):
    """(time, group) -> value, from rows in the order of time, as charts need them."""
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    return {(datetime.fromtimestamp(row["time"], UTC), row["metric"]): row["value"] for row in rows}
