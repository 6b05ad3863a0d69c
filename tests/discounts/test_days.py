"""Today is the day of the campaign's time zone, through midnights, clock changes and edits."""

from datetime import date, datetime, timedelta

import pytest

from discounts.models import DiscountUsage, UsagesByDay
from foundation.errors import InvalidInput
from tests.discounts.factories import DAY, NOW, apply, cancel, make_campaign, update

pytestmark = pytest.mark.django_db
YEAR = {"start_date": NOW - 9 * DAY, "end_date": NOW + 365 * DAY}
SECOND = timedelta(seconds=1)


def at(text):
    return datetime.fromisoformat(text)


def may_use(campaign, customer, now):
    try:
        apply(campaign, customer, now=now)
    except InvalidInput as error:
        assert error.code == "daily_limit"
        return False
    return True


@pytest.mark.parametrize(
    ("zone", "first", "midnight"),
    [
        ("UTC", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"),
        ("Asia/Kolkata", "2026-03-02T00:00:00+05:30", "2026-03-03T00:00:00+05:30"),
        # The day on which clocks go forward has 23 hours, the one on which they go back 25.
        ("Europe/Berlin", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("Europe/Berlin", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
        ("America/New_York", "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00"),
        ("America/New_York", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"),
        # Here the clocks go forward at midnight itself.
        ("Africa/Cairo", "2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"),
    ],
)
def test_a_day_lasts_from_midnight_to_midnight(customer, zone, first, midnight):
    campaign = make_campaign(timezone=zone, **YEAR)
    assert may_use(campaign, customer, at(first) - SECOND)
    assert may_use(campaign, customer, at(first))
    assert not may_use(campaign, customer, at(midnight) - SECOND)
    assert may_use(campaign, customer, at(midnight))
    days = DiscountUsage.objects.order_by("used_at").values_list("local_day", flat=True)
    assert list(days) == [at(first).date() - DAY, at(first).date(), at(midnight).date()]


def test_a_repeated_hour_belongs_to_one_day(customer):
    campaign = make_campaign(timezone="Europe/Berlin", **YEAR)
    assert may_use(campaign, customer, at("2026-10-25T02:30:00+02:00"))
    assert not may_use(campaign, customer, at("2026-10-25T02:30:00+01:00"))


def test_cancelling_yesterdays_usage_frees_yesterday_only(customer):
    campaign = make_campaign(**YEAR)
    yesterday = apply(campaign, customer, now=NOW - DAY)
    apply(campaign, customer, now=NOW)
    cancel(yesterday, now=NOW)
    assert not may_use(campaign, customer, NOW)
    live = dict(UsagesByDay.objects.values_list("local_day", "live"))
    assert live == {NOW.date() - DAY: 0, NOW.date(): 1}
    campaign.refresh_from_db()
    assert campaign.used_budget_minor == 1000


def test_a_usage_counts_for_the_day_it_was_used_on_whatever_the_zone_becomes(customer):
    campaign = make_campaign(timezone="Asia/Kolkata", **YEAR)
    late = at("2026-03-02T20:00:00Z")
    usage = apply(campaign, customer, now=late)
    assert usage.local_day == date(2026, 3, 3)
    update(campaign, timezone="UTC")
    # In the new zone it is still the second, which has no usages.
    assert may_use(campaign, customer, late)
    # The third has a usage already, from the old zone.
    assert not may_use(campaign, customer, at("2026-03-03T12:00:00Z"))
    cancel(usage, now=late)
    assert may_use(campaign, customer, at("2026-03-03T12:00:00Z"))


def test_cancelling_after_an_edit_of_the_zone_frees_the_usages_own_day(customer):
    campaign = make_campaign(timezone="Pacific/Kiritimati", **YEAR)
    usage = apply(campaign, customer, now=NOW)
    update(campaign, timezone="Etc/GMT+12")
    cancel(usage, now=NOW)
    rows = UsagesByDay.objects.values_list("local_day", "live")
    assert list(rows) == [(date(2026, 3, 3), 0)]
    update(campaign, timezone="Pacific/Kiritimati")
    assert may_use(campaign, customer, NOW)


def test_a_lowered_limit_holds_at_once_and_takes_nothing_back(customer):
    campaign = make_campaign(max_usage_per_customer_per_day=3)
    used = [apply(campaign, customer) for _ in range(2)]
    update(campaign, max_usage_per_customer_per_day=1)
    assert not may_use(campaign, customer, NOW)
    cancel(used[0])
    assert not may_use(campaign, customer, NOW)
    cancel(used[1])
    assert may_use(campaign, customer, NOW)
    update(campaign, max_usage_per_customer_per_day=2)
    assert may_use(campaign, customer, NOW)
