"""Reads of opens and of the counters; reports never read raw opens."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from campaigns.models import Campaign, Contact, Group
from pixeltrack.errors import NotFound
from tracking.classify import COUNTED_KINDS, Kind
from tracking.models import ContactOpens, ContactsByKind, FirstOpensByMinute, OpensByMinute

RATE_DIGITS = 6


@dataclass
class Figures:
    """The headline numbers of a group or of a campaign.

    Contacts marked not sent are in none of them. `sent` are the contacts due by now or
    opened; `unique_opens` the contacts with a counted open, `opened_at_all` those with any.
    """

    contacts: int = 0
    sent: int = 0
    opens: int = 0
    unique_opens: int = 0
    opened_at_all: int = 0
    unique_by_kind: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))

    @property
    def open_rate(self) -> float | None:
        """Unique opens per contact sent to, None while nothing was sent."""
        return _rate(self.unique_opens, self.sent)

    @property
    def open_rate_with_machine(self) -> float | None:
        return _rate(self.opened_at_all, self.sent)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            contacts=self.contacts + other.contacts,
            sent=self.sent + other.sent,
            opens=self.opens + other.opens,
            unique_opens=self.unique_opens + other.unique_opens,
            opened_at_all=self.opened_at_all + other.opened_at_all,
            unique_by_kind={k: self.unique_by_kind[k] + other.unique_by_kind[k] for k in Kind},
        )


@dataclass(frozen=True)
class GroupFigures:
    group: Group
    figures: Figures


@dataclass(frozen=True)
class Report:
    campaign: Campaign
    totals: Figures
    groups: list[GroupFigures]


def campaign_report(*, campaign_id: int, now: datetime) -> Report:
    """A campaign's figures and those of its groups, archived ones included; raises NotFound."""
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    groups = list(Group.objects.filter(campaign_id=campaign_id).order_by("number"))
    figures = figures_of_groups([group.id for group in groups], now=now)
    return Report(
        campaign=campaign,
        totals=sum((figures[group.id] for group in groups), Figures()),
        groups=[GroupFigures(group, figures[group.id]) for group in groups],
    )


def figures_of_groups(group_ids: Collection[int], *, now: datetime) -> dict[int, Figures]:
    """The figures of some groups, in a fixed number of queries."""
    figures: dict[int, Figures] = defaultdict(Figures)
    for group_id, contacts, sent in _contacts_and_sent(group_ids, now):
        figures[group_id].contacts, figures[group_id].sent = contacts, sent
    for group_id, opened in _opened_ahead(group_ids, now):
        figures[group_id].sent += opened
    for group_id, opens in _opens(group_ids):
        figures[group_id].opens = opens
    for group_id, counted, with_machine in _firsts(group_ids):
        figures[group_id].unique_opens = counted
        figures[group_id].opened_at_all = with_machine
    for group_id, kind, contacts in _contacts_by_kind(group_ids):
        figures[group_id].unique_by_kind[Kind(kind)] = contacts
    return figures


def opened_contact_ids(contact_ids: Collection[UUID]) -> set[UUID]:
    """Those of some contacts that were opened, by whatever kind of hit."""
    opened = ContactOpens.objects.filter(contact_id__in=contact_ids)
    return set(opened.values_list("contact_id", flat=True))


def _is_due(now: datetime) -> Q:
    """Due: the schedule has passed, and the contact was not erased before it did."""
    not_erased_before = Q(erased_at__isnull=True) | Q(erased_at__gte=F("scheduled_at"))
    return Q(scheduled_at__lte=now) & not_erased_before


def _reached(group_ids: Collection[int]):
    return Contact.objects.filter(group_id__in=group_ids, not_sent_at__isnull=True).order_by()


def _contacts_and_sent(group_ids: Collection[int], now: datetime) -> list[tuple[int, int, int]]:
    rows = _reached(group_ids).values("group_id")
    rows = rows.annotate(contacts=Count("*"), due=Count("uuid", filter=_is_due(now)))
    return list(rows.values_list("group_id", "contacts", "due"))


def _opened_ahead(group_ids: Collection[int], now: datetime) -> list[tuple[int, int]]:
    """Contacts that are not due and were opened all the same, by group."""
    opened = ContactOpens.objects.filter(group_id__in=group_ids).values("contact_id")
    # Not `exclude(due)`: that would need every contact; these few come from the index.
    ahead = (
        Q(scheduled_at__isnull=True)
        | Q(scheduled_at__gt=now)
        | Q(scheduled_at__lte=now, erased_at__lt=F("scheduled_at"))
    )
    rows = _reached(group_ids).filter(ahead, uuid__in=opened).values("group_id")
    return list(rows.annotate(contacts=Count("*")).values_list("group_id", "contacts"))


def _opens(group_ids: Collection[int]):
    rows = OpensByMinute.objects.filter(group_id__in=group_ids, kind__in=COUNTED_KINDS)
    rows = rows.values("group_id").annotate(total=Sum("opens"))
    return rows.values_list("group_id", "total")


def _firsts(group_ids: Collection[int]):
    rows = FirstOpensByMinute.objects.filter(group_id__in=group_ids).values("group_id")
    rows = rows.annotate(all_counted=Sum("counted"), all_with_machine=Sum("with_machine"))
    return rows.values_list("group_id", "all_counted", "all_with_machine")


def _contacts_by_kind(group_ids: Collection[int]):
    rows = ContactsByKind.objects.filter(group_id__in=group_ids)
    return rows.values_list("group_id", "kind", "contacts")


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, RATE_DIGITS) if whole else None
