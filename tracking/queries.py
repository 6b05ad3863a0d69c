"""Reads of opens and of the counters; reports never read raw opens."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from campaigns.models import Campaign, Contact, Group
from pixeltrack.errors import NotFound
from tracking.classify import Kind
from tracking.models import ContactOpens, ContactsByKind
from tracking.panels import (
    Panels,
    Selection,
    first_opens_by_minute,
    opens_by_minute,
    read_panels,
)
from tracking.periods import ALWAYS, Window

RATE_DIGITS = 6


@dataclass
class Figures:
    """The headline numbers of a group or of a campaign.

    Contacts marked not sent are in none of them. `sent` are the contacts due by now or
    opened; `opens` are of the selected kinds and window. In that window lie the first opens of
    `first_counted` contacts (human or proxied) and of `first_of_any_kind`. `unique_by_kind`
    are the contacts by their best kind, whatever the window.
    """

    machine: bool = False
    contacts: int = 0
    sent: int = 0
    opens: int = 0
    first_counted: int = 0
    first_of_any_kind: int = 0
    unique_by_kind: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))

    @property
    def unique_opens(self) -> int:
        """Contacts whose first open of the selected kinds falls in the window."""
        return self.first_of_any_kind if self.machine else self.first_counted

    @property
    def open_rate(self) -> float | None:
        """Contacts first opened by a person per contact sent to, None while nothing was sent."""
        return _rate(self.first_counted, self.sent)

    @property
    def open_rate_with_machine(self) -> float | None:
        return _rate(self.first_of_any_kind, self.sent)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            machine=self.machine,
            contacts=self.contacts + other.contacts,
            sent=self.sent + other.sent,
            opens=self.opens + other.opens,
            first_counted=self.first_counted + other.first_counted,
            first_of_any_kind=self.first_of_any_kind + other.first_of_any_kind,
            unique_by_kind={k: self.unique_by_kind[k] + other.unique_by_kind[k] for k in Kind},
        )


@dataclass(frozen=True)
class GroupFigures:
    group: Group
    figures: Figures


@dataclass(frozen=True)
class Report:
    campaign: Campaign
    window: Window
    totals: Figures
    groups: list[GroupFigures]
    panels: Panels


def campaign_report(
    *,
    campaign_id: int,
    now: datetime,
    zone: tzinfo = UTC,
    window: Window = ALWAYS,
    machine: bool = False,
) -> Report:
    """A campaign's figures, its groups' (archived ones included) and panels; raises NotFound.

    `machine` counts machine opens too; days and the heat map's hours are the zone's.
    """
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    groups = list(Group.objects.filter(campaign_id=campaign_id).order_by("number"))
    selection = Selection(tuple(group.id for group in groups), window, machine)
    figures = _figures(selection, now)
    return Report(
        campaign=campaign,
        window=window,
        totals=sum((figures[group.id] for group in groups), Figures(machine=machine)),
        groups=[GroupFigures(group, figures[group.id]) for group in groups],
        panels=read_panels(selection, zone=zone),
    )


def figures_of_groups(group_ids: Collection[int], *, now: datetime) -> dict[int, Figures]:
    """The figures of some groups, in a fixed number of queries."""
    return _figures(Selection(tuple(group_ids)), now)


def _figures(selection: Selection, now: datetime) -> dict[int, Figures]:
    group_ids = selection.group_ids
    figures: dict[int, Figures] = defaultdict(lambda: Figures(machine=selection.machine))
    for group_id, contacts, sent in _contacts_and_sent(group_ids, now):
        figures[group_id].contacts, figures[group_id].sent = contacts, sent
    for group_id, opened in _opened_ahead(group_ids, now):
        figures[group_id].sent += opened
    for group_id, opens in _opens(selection):
        figures[group_id].opens = opens
    for group_id, counted, of_any_kind in _firsts(selection):
        figures[group_id].first_counted = counted
        figures[group_id].first_of_any_kind = of_any_kind
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


def _opens(selection: Selection):
    rows = opens_by_minute(selection).values("group_id").annotate(total=Sum("opens"))
    return rows.values_list("group_id", "total")


def _firsts(selection: Selection):
    rows = first_opens_by_minute(selection).values("group_id")
    rows = rows.annotate(all_counted=Sum("counted"), all_with_machine=Sum("with_machine"))
    return rows.values_list("group_id", "all_counted", "all_with_machine")


def _contacts_by_kind(group_ids: Collection[int]):
    rows = ContactsByKind.objects.filter(group_id__in=group_ids)
    return rows.values_list("group_id", "kind", "contacts")


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, RATE_DIGITS) if whole else None
