"""Any order of applying, cancelling, editing and switching gives what a simple model gives."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from discounts import reconcile
from discounts.campaigns.services import mark_expired
from discounts.models import UsagesByDay
from foundation.errors import InvalidInput
from tests.discounts.factories import apply, cancel, make_campaign, make_customer, update

pytestmark = pytest.mark.django_db
# Half an hour before midnight in Berlin, the night before its clocks go forward.
START = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONES = ("Europe/Berlin", "UTC", "Pacific/Kiritimati")


@dataclass
class Used:
    customer: int
    day: object
    amount: Decimal
    live: bool = True


@dataclass
class Model:
    """A campaign in its simplest form, in amounts of two decimals."""

    percentage: Decimal | None = Decimal(10)
    flat: Decimal | None = None
    cap: Decimal | None = None
    least: Decimal = Decimal(0)
    total: Decimal = Decimal(25)
    limit: int = 2
    zone: str = "Europe/Berlin"
    end: datetime = START + 30 * HOUR
    off: bool = False
    usages: list[Used] = field(default_factory=list)

    @property
    def spent(self):
        return sum((u.amount for u in self.usages if u.live), Decimal(0))

    def used_on(self, customer, day):
        return sum(1 for u in self.usages if u.live and (u.customer, u.day) == (customer, day))

    def outcome(self, customer, cart, now):
        """The discount, or the code of the refusal."""
        day = now.astimezone(ZoneInfo(self.zone)).date()
        if self.off:
            return "inactive"
        if self.spent == self.total:
            return "budget_exhausted"
        if now >= self.end:
            return "ended"
        if cart < self.least:
            return "min_cart_value"
        if self.used_on(customer, day) >= self.limit:
            return "daily_limit"
        share = self.flat if self.percentage is None else cart * self.percentage / 100
        rounded = share.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        amount = min(rounded, self.cap or rounded, self.total - self.spent, cart)
        return amount or "no_discount"

    def standing(self, now):
        """The status that an edit at that moment leaves."""
        if self.off:
            return "inactive", "manual"
        if self.spent == self.total:
            return "inactive", "budget_exhausted"
        return ("inactive", "expired") if now >= self.end else ("active", None)


def minor(amount):
    return None if amount is None else int(amount * 100)


cents = st.integers(1, 4000).map(lambda n: Decimal(n) / 100)


class Campaign(RuleBasedStateMachine):
    usages = Bundle("usages")

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now, self.paper = START, Model()
        self.customers = [make_customer() for _ in range(2)]
        self.campaign = make_campaign(
            now=START,
            start_date=START,
            end_date=self.paper.end,
            total_budget_minor=minor(self.paper.total),
            max_usage_per_customer_per_day=self.paper.limit,
            timezone=self.paper.zone,
        )
        self.marked = False

    def teardown(self):
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @rule(target=usages, who=st.integers(0, 1), cart=cents)
    def apply(self, who, cart):
        expected = self.paper.outcome(who, cart, self.now)
        try:
            with transaction.atomic():
                usage = apply(self.campaign, self.customers[who], cart=minor(cart), now=self.now)
        except InvalidInput as error:
            assert error.code == expected
            return multiple()
        assert usage.discount_amount_minor == minor(expected)
        assert usage.final_amount_minor == minor(cart - expected)
        self.paper.usages.append(Used(who, usage.local_day, expected))
        return usage, len(self.paper.usages) - 1

    @rule(which=usages)
    def cancel(self, which):
        usage, position = which
        cancel(usage, now=self.now)
        self.paper.usages[position].live = False

    @rule(hours=st.integers(1, 12))
    def wait(self, hours):
        self.now += hours * HOUR

    @rule()
    def sweep(self):
        mark_expired(now=self.now)

    @rule(total=cents)
    def change_budget(self, total):
        self.edit({"total": total}, total_budget_minor=minor(total))

    @rule(more=cents)
    def raise_budget(self, more):
        total = self.paper.total + more
        self.edit({"total": total}, total_budget_minor=minor(total))

    @rule()
    def lower_budget_to_what_is_used(self):
        if self.paper.spent:
            total = self.paper.spent
            self.edit({"total": total}, total_budget_minor=minor(total))

    @rule(hours=st.integers(1, 100))
    def change_end(self, hours):
        end = START + hours * HOUR
        self.edit({"end": end}, end_date=end)

    @rule(limit=st.integers(1, 3), cap=st.none() | cents, least=cents)
    def change_limits(self, limit, cap, least):
        self.edit(
            {"limit": limit, "cap": cap, "least": least},
            max_usage_per_customer_per_day=limit,
            max_discount_amount_minor=minor(cap),
            min_cart_value_minor=minor(least),
        )

    @rule(percentage=st.integers(1, 10_000).map(lambda n: Decimal(n) / 100))
    def change_percentage(self, percentage):
        self.edit(
            {"percentage": percentage, "flat": None},
            discount_percentage_hundredths=minor(percentage),
            discount_flat_minor=None,
        )

    @rule(flat=cents)
    def change_flat(self, flat):
        self.edit(
            {"percentage": None, "flat": flat},
            discount_percentage_hundredths=None,
            discount_flat_minor=minor(flat),
        )

    @rule(zone=st.sampled_from(ZONES))
    def change_zone(self, zone):
        self.edit({"zone": zone}, timezone=zone)

    @rule()
    def switch_off(self):
        self.edit({"off": True}, status="inactive")

    @rule()
    def switch_on(self):
        self.edit({"off": False}, status="active")

    def edit(self, on_paper, **changes):
        """Change both; an edit that must be refused changes neither."""
        before = dict(vars(self.paper))
        vars(self.paper).update(on_paper)
        stays_off = changes.get("status") == "active"
        refused = self.paper.spent > self.paper.total or (
            stays_off and self.paper.standing(self.now)[1] is not None
        )
        try:
            with transaction.atomic():
                update(self.campaign, now=self.now, **changes)
        except InvalidInput:
            assert refused
            vars(self.paper).update(before)
            return
        assert not refused
        self.campaign.refresh_from_db()
        standing = self.campaign.status, self.campaign.inactive_reason
        assert standing == self.paper.standing(self.now)

    @invariant()
    def the_books_agree(self):
        self.campaign.refresh_from_db()
        spent = minor(self.paper.spent)
        assert 0 <= self.campaign.used_budget_minor == spent <= self.campaign.total_budget_minor
        assert not reconcile.find_differences()
        by_customer = {c.id: n for n, c in enumerate(self.customers)}
        for row in UsagesByDay.objects.all():
            live = self.paper.used_on(by_customer[row.customer_id], row.local_day)
            assert row.live == live <= row.allowed

    @invariant()
    def the_status_has_its_reason(self):
        expected = self.paper.standing(self.now)
        standing = self.campaign.status, self.campaign.inactive_reason
        if expected == ("inactive", "expired"):
            # Only the sweep and edits look at the clock.
            assert standing in (expected, ("active", None))
        elif standing == ("inactive", "expired"):
            assert expected == ("inactive", "expired")
        else:
            assert standing == expected


def test_any_order_of_calls_gives_the_same_as_the_model(vendor):
    examples = 15 if vendor == "sqlite" else 8
    run_state_machine_as_test(
        Campaign,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
