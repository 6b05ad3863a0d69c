"""Grafana's user learns nothing of fewer than ten people, whatever it asks."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from campaigns.models import Group
from campaigns.modes import Measured
from campaigns.roles import Role
from tests.deploy import grafana
from tests.deploy.grafana import fill_in, questions, settle_as, sql_of
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contacts,
    open_contacts,
)
from tracking.hits.mail_clients import OTHER
from tracking.models import IngestLock

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct-horse-battery-staple"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# Four hours after the first e-mails everything is counted.
UNTIL = START + 4 * HOUR
OF_OPENS = ("opens_by_hour", "first_opens_by_hour", "opens_by_client")
NOTHING = {None, 0}
# Those that the views read.
TABLES = (
    *("campaigns_campaign", "campaigns_group", "tracking_contactsbydueminute"),
    *("tracking_opensbyslot", "tracking_firstopensbyslot", "tracking_opensbyclientslot"),
)


@pytest.fixture(autouse=True)
def name(vendor, settings):
    if vendor != "mysql":
        pytest.skip("the dashboards read MySQL and MariaDB")
    settings.GRAFANA_DB_USER, settings.GRAFANA_DB_PASSWORD = grafana.account_name(), PASSWORD
    call_command("dashboard_user", stdout=io.StringIO())
    count_until(UNTIL)
    yield grafana.account_name()
    grafana.drop_account(grafana.account_name())


@pytest.fixture
def reader(name):
    with grafana.reading_as(name, PASSWORD) as reader:
        yield reader


def count_until(moment):
    IngestLock.objects.update(complete_until=moment)


def opened_group(group, *, measured, unmeasured=0):
    """Everybody who may be measured opened after half an hour; each other mail client once."""
    contacts = make_contacts(group, [START] * (measured + unmeasured))
    settle_as(Measured.NO, contacts[measured:])
    for n, contact in enumerate(contacts[:measured]):
        agent = (THUNDERBIRD, GMAIL, APPLE_PRIVACY)[n % 3]
        open_contacts([contact], after=HOUR / 2, agent=agent)
    return contacts


def shown(reader, campaign):
    """What the panels of the campaign say, by their place."""
    told = {}
    for question in questions("mysql"):
        if "${campaign:" in question.text:
            for least_kind in (0, 1):
                text = fill_in(
                    question.text,
                    window=(START.timestamp(), UNTIL.timestamp()),
                    step_seconds=60,
                    campaign=campaign.id,
                    least_kind=least_kind,
                )
                told[question.place, least_kind] = reader.rows(text)
    return told


def numbers(rows):
    return [value for row in rows for value in row.values() if not isinstance(value, str)]


def everything(reader):
    """All that the views hold, in their order."""
    views = reader.rows("SHOW TABLES")
    names = sorted(name for row in views for name in row.values())
    return {name: reader.rows(f"SELECT * FROM {name}") for name in names}


def by_columns(rows):
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)


def rows_of(reader, view):
    return reader.rows(f"SELECT * FROM {view}")


@pytest.mark.parametrize("unmeasured", [0, 30])
def test_a_group_of_nine_measured_people_shows_nothing_of_opens(reader, unmeasured):
    campaign = make_campaign(groups=1)
    opened_group(campaign.groups.get(), measured=9, unmeasured=unmeasured)

    said = {number for rows in shown(reader, campaign).values() for number in numbers(rows)}
    assert said <= NOTHING | {9 + unmeasured if unmeasured else None}
    assert [row for view in OF_OPENS for row in rows_of(reader, view)] == []
    [group] = rows_of(reader, "campaign_groups")
    assert group["measured"] is None
    assert group["contacts"] == group["sent"] == (39 if unmeasured else None)


@pytest.mark.parametrize("unmeasured", [0, 30])
def test_a_group_of_ten_measured_people_is_shown(reader, unmeasured):
    campaign = make_campaign(groups=1)
    opened_group(campaign.groups.get(), measured=10, unmeasured=unmeasured)

    told = shown(reader, campaign)
    assert [place for place, rows in told.items() if not set(numbers(rows)) - NOTHING] == []
    [group] = rows_of(reader, "campaign_groups")
    assert (group["contacts"], group["measured"]) == (10 + unmeasured, 10)
    [firsts] = rows_of(reader, "first_opens_by_hour")
    assert (firsts["counted"], firsts["with_machine"]) == (7, 10)


def test_the_sums_of_a_campaign_are_of_the_groups_that_are_shown(reader):
    """Otherwise the small one would be what is left."""
    campaign = make_campaign(groups=2)
    small, large = campaign.groups.order_by("number")
    opened_group(large, measured=10)
    alone = shown(reader, campaign)
    opened_group(small, measured=9)

    told = shown(reader, campaign)
    groups = {place for place in told if ": Groups " in place[0]}
    assert {place: told[place] for place in told.keys() - groups} == {
        place: alone[place] for place in alone.keys() - groups
    }
    for place in groups:
        assert by_columns(told[place]) == by_columns(alone[place])


def test_ten_people_who_are_not_due_yet_are_not_ten(reader):
    [group] = make_campaign(groups=1).groups.all()
    opened_group(group, measured=9)
    make_contacts(group, [UNTIL + MINUTE])

    assert rows_of(reader, "opens_by_hour") == []
    count_until(UNTIL + HOUR + MINUTE)
    assert len(rows_of(reader, "opens_by_hour")) == 3


def test_the_control_group_is_in_no_view(reader):
    campaign = make_campaign(groups=1)
    opened_group(campaign.groups.get(), measured=20)
    Group.objects.update(role=Role.CONTROL)

    assert [row for view in (*OF_OPENS, "campaign_groups") for row in rows_of(reader, view)] == []


def test_a_mail_client_is_named_from_ten_opens_of_a_kind_in_an_hour(reader):
    campaign = make_campaign(groups=2)
    first, second = (
        make_contacts(group, [START] * 40) for group in campaign.groups.order_by("number")
    )
    open_contacts(first[:9], after=MINUTE)
    open_contacts(first[9:15], after=MINUTE, agent=GMAIL)
    open_contacts(second[:4], after=50 * MINUTE, agent=GMAIL)
    open_contacts(first[20:29], after=HOUR)
    open_contacts(first[29:], after=HOUR, agent=APPLE_PRIVACY)

    [*rows] = rows_of(reader, "opens_by_client")
    hours = [(row["start"] - START.timestamp()) / 3600 for row in rows]
    found = {(h, row["client"], row["opens"]) for h, row in zip(hours, rows, strict=True)}
    assert found == {(0, "Gmail", 10), (0, OTHER, 9), (1, OTHER, 9), (1, "Apple Mail", 11)}


def test_nothing_is_told_of_an_hour_before_it_is_over_and_counted(reader):
    """Who asks all the time must not see one more person open."""
    [group] = make_campaign(groups=1).groups.all()
    contacts = make_contacts(group, [START] * 20)
    open_contacts(contacts[:12], after=HOUR + MINUTE)
    count_until(START + 2 * HOUR - MINUTE)
    before = everything(reader)
    open_contacts(contacts[12:], after=HOUR + 2 * MINUTE)
    assert everything(reader) == before

    count_until(START + 2 * HOUR)
    [row] = rows_of(reader, "opens_by_hour")
    assert (row["start"], row["opens"]) == ((START + HOUR).timestamp(), 20)


def test_as_long_as_nothing_was_counted_there_is_nothing_of_opens(reader):
    [group] = make_campaign(groups=1).groups.all()
    opened_group(group, measured=20)
    count_until(None)

    assert [row for view in OF_OPENS for row in rows_of(reader, view)] == []


@pytest.mark.parametrize(
    "trick",
    [
        "SET time_zone = '+00:15'",
        "SET time_zone = '-11:45'",
        "SET timestamp = 4000000000",
        "SET timestamp = 1000000000",
        "SET sql_mode = 'ANSI,HIGH_NOT_PRECEDENCE'",
    ],
)
def test_what_a_connection_sets_opens_nothing(reader, trick):
    [group] = make_campaign(groups=1).groups.all()
    contacts = opened_group(group, measured=20)
    make_contacts(group, [START + n * MINUTE for n in range(1, 600, 7)])
    open_contacts(contacts, after=5 * HOUR)
    before = everything(reader)
    reader.rows(trick)
    after = everything(reader)

    assert {name: by_columns(rows) for name, rows in after.items()} == {
        name: by_columns(rows) for name, rows in before.items()
    }


def test_hours_are_those_of_the_time_zone(name, settings):
    settings.TIME_ZONE = "Asia/Kathmandu"
    call_command("dashboard_user", stdout=io.StringIO())
    [group] = make_campaign(groups=1).groups.all()
    contacts = make_contacts(group, [START] * 20)
    open_contacts(contacts[:10], after=14 * MINUTE)
    open_contacts(contacts[10:], after=15 * MINUTE)

    with grafana.reading_as(name, PASSWORD) as reader:
        rows = rows_of(reader, "first_opens_by_hour")
    quarter = (START + 15 * MINUTE).timestamp()
    assert {row["start"]: row["counted"] for row in rows} == {quarter - 3600: 10, quarter: 10}


def rows_read(reader):
    status = reader.rows("SHOW SESSION STATUS LIKE 'Handler_read%'")
    return sum(int(row["Value"]) for row in status)


@pytest.mark.parametrize(
    "title", ["Opens by kind", "Mail clients", "Groups", "First opens so far", "Opens over time"]
)
def test_what_other_campaigns_hold_is_not_read(reader, title):
    """The views are narrowed to the campaign before they are summed up."""
    [asked, *others] = [make_campaign(f"No {n}", groups=1) for n in range(30)]
    opened_group(asked.groups.get(), measured=10)
    text = fill_in(
        sql_of(title),
        window=(START.timestamp(), UNTIL.timestamp()),
        step_seconds=60,
        campaign=asked.id,
        least_kind=0,
    )

    def reads():
        before = rows_read(reader)
        assert reader.rows(text)
        return rows_read(reader) - before

    alone = reads()
    for campaign in others:
        contacts = make_contacts(campaign.groups.get(), [START] * 12)
        for hours in range(3):
            open_contacts(contacts, after=hours * HOUR)
    # What the database knows of its tables comes late on a busy machine.
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE TABLE {', '.join(TABLES)}")
    assert reads() <= alone + 40
