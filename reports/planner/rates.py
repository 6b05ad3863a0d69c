"""The rate that a mailing is expected to reach by its decision age, from past ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When

from campaigns.models import DECISION_AGES, Campaign, Group
from reports.planner.at_age import due_before, opened_at_age
from reports.planner.expected import ExpectedRate, RateFrom
from tracking.counting.slots import Slots
from tracking.models import CampaignSlots, VerdictDecision

ASSUMED = 0.2
# How many of the latest mailings are put together.
LATEST = 10
# How many are looked at for them: some decided on nothing.
READ = 30


def expected_rate(campaign: Campaign, *, now: datetime) -> ExpectedRate:
    """Of the latest mailings that were decided on: of the same age where there are any, else of
    the nearest; where none was decided on, of the latest whose contacts are all older than that.
    """
    age = campaign.decision_age
    found = _decided(campaign) or _counted(campaign, now=now)
    return found or ExpectedRate(ASSUMED, RateFrom.ASSUMED, age)


def _decided(campaign: Campaign) -> ExpectedRate | None:
    """In one query."""
    ages = Campaign.objects.filter(id=OuterRef("campaign_id")).values("decision_age")
    decisions = (
        VerdictDecision.objects.exclude(campaign_id=campaign.id)
        .annotate(age=Subquery(ages[:1]))
        .annotate(distance=_distance(campaign.decision_age))
        .order_by("distance", "-decided_at", "-campaign_id")
    )
    rows = decisions.values_list("age", "figures")[:READ]
    # Those that decided on nothing have no figures.
    return _pooled([(age, figures["rates"]) for age, figures in rows if figures["rates"]])


def _distance(decision_age: int) -> Case:
    """Without subtracting: MySQL's unsigned numbers know no difference below 0."""
    ages = (age for age, _ in DECISION_AGES)
    return Case(
        *(When(age=age, then=Value(abs(age - decision_age))) for age in ages),
        output_field=IntegerField(),
    )


def _pooled(rows: Sequence[tuple[int, dict[str, tuple[int, int]]]]) -> ExpectedRate | None:
    """Of the rows with the age of the first."""
    of_age = [rates.values() for age, rates in rows if age == rows[0][0]][:LATEST]
    counts = [(sum(x for x, _ in rates), sum(n for _, n in rates)) for rates in of_age]
    return _rate_of(counts, age=rows[0][0]) if rows else None


def _rate_of(counts: Iterable[tuple[int, int]], *, age: int) -> ExpectedRate | None:
    """From the events and the contacts of each mailing."""
    some = [(events, contacts) for events, contacts in counts if contacts]
    if not some:
        return None
    share = sum(events for events, _ in some) / sum(contacts for _, contacts in some)
    # More digits would say more than the past can.
    return ExpectedRate(float(f"{share:.3g}"), RateFrom.PAST, age, len(some))


# --- Mailings without a decision ----------------------------------------------------------------


def _counted(campaign: Campaign, *, now: datetime) -> ExpectedRate | None:
    """From counters by age, in four queries."""
    over = due_before(campaign.decision_age, now=now)
    slots = _slots_of_the_latest(campaign.id, over)
    if not slots:
        return None
    of_group = dict(Group.objects.filter(campaign_id__in=slots).values_list("id", "campaign_id"))
    counts = opened_at_age(slots, of_group, age=campaign.decision_age)
    return _rate_of(counts.values(), age=campaign.decision_age)


def _slots_of_the_latest(campaign_id: int, over: int) -> dict[int, Slots]:
    """Of the latest campaigns whose last contacts were due by a minute."""
    rows = CampaignSlots.objects.filter(filled_before__isnull=True, cut_off__lte=over)
    latest = rows.exclude(campaign_id=campaign_id).order_by("-cut_off", "-campaign_id")
    columns = ("campaign_id", "first_due", "width", "cut_off")
    return {row[0]: Slots(*row[1:]) for row in latest.values_list(*columns)[:LATEST]}
