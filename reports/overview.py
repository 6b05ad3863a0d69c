"""The figures on the admin's home, from counters only, in as few queries as possible."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import SupportsInt

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce

from campaigns.models import Campaign, Group
from campaigns.queries import counted_groups
from campaigns.roles import Role
from foundation.timestamps import EPOCH
from reports.outcomes.stops import has_marks
from reports.periods import SLOT_MINUTES, Step, start_of
from reports.rates import Mailed
from reports.sent import Today
from tracking.hits.classify import COUNTED_KINDS
from tracking.models import (
    ContactsByDueDay,
    ContactsByDueMinute,
    ContactsByKind,
    CounterAudit,
    IngestLock,
    OpensBySlot,
)

SLOT = timedelta(minutes=SLOT_MINUTES)


@dataclass(frozen=True)
class Reach:
    """The reach of a campaign or of all; contacts marked not sent are excluded.

    - `sent`: contacts that are due or were opened
    - `opened`: contacts that a person opened, `opened_by_any` that anything opened
    - `unmeasured`, `lapsed`: as in `reports.rates.Mailed`
    """

    contacts: int
    sent: int
    opened: int
    opened_by_any: int
    unmeasured: int = 0
    lapsed: int = 0

    @property
    def mailed(self) -> Mailed:
        """What rates are made of."""
        return Mailed(self.sent, self.unmeasured, self.lapsed, self.opened, self.opened_by_any)

    @property
    def rate(self) -> float | None:
        return self.mailed.rate

    @property
    def rate_with_machine(self) -> float | None:
        return self.mailed.rate_with_machine


@dataclass(frozen=True)
class System:
    """The state of the whole system, including archived campaigns.

    Every open from before `counted_until` has been counted; None if counting never ran.
    `newest_campaign` is the id of the newest that is not archived, `newest_mode` its own limit of
    what may be measured. The last audit of the counters was at `audited_at` (None if there was
    none) and left `differences`. `has_marks` is whether a guard rail may have something to say
    (`reports.outcomes.stops`).
    """

    reach: Reach
    counted_until: datetime | None
    has_campaign_with_groups: bool
    newest_campaign: int | None
    newest_mode: str | None
    audited_at: datetime | None
    differences: int
    has_marks: bool


@dataclass(frozen=True)
class Sending:
    """A campaign that is being sent."""

    campaign_id: int
    name: str
    reach: Reach


def read_system(*, now: datetime) -> System:
    """In one query."""
    several = Group.objects.order_by().values("campaign_id").annotate(groups=Count("id"))
    newest = Campaign.objects.filter(archived_at__isnull=True).order_by("-id").values("id")
    audit = CounterAudit.objects.filter(id=1)
    row = (
        IngestLock.objects.annotate(
            **_reach(now),
            audited_at=Subquery(audit.values("finished_at")),
            differences=Subquery(audit.values("differences")),
            has_groups=Exists(several.filter(groups__gt=1)),
            newest=Subquery(newest[:1]),
            newest_mode=Subquery(newest.values("tracking_mode")[:1]),
            has_marks=Exists(has_marks(now=now)),
        )
        .values(
            "complete_until",
            "has_groups",
            "newest",
            "newest_mode",
            "audited_at",
            "differences",
            "has_marks",
            *COLUMNS,
        )
        .get(id=1)
    )
    return System(
        reach=_reach_of(row),
        counted_until=row["complete_until"],
        has_campaign_with_groups=bool(row["has_groups"]),
        newest_campaign=row["newest"],
        newest_mode=row["newest_mode"],
        audited_at=row["audited_at"],
        differences=row["differences"] or 0,
        has_marks=bool(row["has_marks"]),
    )


def sending_campaigns(*, now: datetime, limit: int) -> list[Sending]:
    """The campaigns that are being sent, the latest first; in one query."""
    rows = Campaign.objects.filter(archived_at__isnull=True, start_at__lte=now, end_at__gte=now)
    latest = rows.order_by("-start_at", "-id")[:limit]
    return [Sending(*row) for row in with_reach(latest, now=now)]


def with_reach(campaigns: QuerySet[Campaign], *, now: datetime) -> list[tuple[int, str, Reach]]:
    """The id, name and reach of each campaign; in one query."""
    own_groups = Group.objects.order_by().filter(campaign_id=OuterRef(OuterRef("id"))).values("id")
    rows = campaigns.annotate(**_reach(now, group_id__in=own_groups))
    return [(row["id"], row["name"], _reach_of(row)) for row in rows.values("id", "name", *COLUMNS)]


def opens_by_day(*, now: datetime, days: int, zone: tzinfo) -> list[tuple[date, int]]:
    """The opens by people on each of the last days in the zone, up to today; in two queries.

    Those of control groups are left out.
    """
    today = now.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    opens = dict.fromkeys((first + timedelta(days=n) for n in range(days)), 0)
    midnight = datetime(first.year, first.month, first.day, tzinfo=zone)
    # Listed explicitly, so that every database uses the index on each group's latest slots.
    groups = list(counted_groups().order_by().values_list("id", flat=True))
    rows = OpensBySlot.objects.filter(
        group_id__in=groups, kind__in=COUNTED_KINDS, slot__gte=(midnight - EPOCH) // SLOT
    )
    sums = rows.order_by().values("slot").annotate(total=Sum("opens"))
    for slot, total in sums.values_list("slot", "total"):
        day = start_of(slot * SLOT_MINUTES, Step.DAY, zone).date()
        # Times come from our own hosts, but this machine's clock may have been set back.
        if day in opens:
            opens[day] += total
    return list(opens.items())


# --- The sums ---------------------------------------------------------------------------------

# No model has columns of these names.
COLUMNS = (
    *("reach_contacts", "reach_sent", "reach_opened", "reach_opened_by_any"),
    *("reach_unmeasured", "reach_lapsed"),
)


def _reach(now: datetime, **groups: object) -> Mapping[str, Coalesce | CombinedExpression]:
    """The COLUMNS for another query with the sums of the selected groups, control groups aside."""
    today = Today(now)
    control = Group.objects.order_by().filter(role=Role.CONTROL).values("id")
    contacts = ContactsByDueDay.objects.filter(**groups).exclude(group_id__in=control)
    minutes = ContactsByDueMinute.objects.filter(today.minutes, **groups)
    minutes = minutes.exclude(group_id__in=control)
    openers = ContactsByKind.objects.filter(**groups).exclude(group_id__in=control)
    sums: tuple[Coalesce | CombinedExpression, ...] = (
        _sum(contacts, Sum("contacts")),
        _sum(contacts, today.sent_on_other_days) + _sum(minutes, today.sent_today),
        _sum(openers.filter(kind__in=COUNTED_KINDS), Sum("contacts")),
        _sum(openers, Sum("contacts")),
        *(
            _sum(contacts, today.due_on_other_days(column)) + _sum(minutes, today.due_today(column))
            for column in ("unmeasured", "lapsed")
        ),
    )
    return dict(zip(COLUMNS, sums, strict=True))


def _sum(rows: QuerySet, total: Sum | CombinedExpression) -> Coalesce:
    # Grouped by a constant, so that the sum can be a subquery.
    grouped = rows.order_by().annotate(all=Value(1)).values("all").annotate(total=total)
    return Coalesce(Subquery(grouped.values("total")), 0)


def _reach_of(row: Mapping[str, SupportsInt]) -> Reach:
    return Reach(*(int(row[name]) for name in COLUMNS))
