"""The headline figures of groups and campaigns, read from counters."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, QuerySet, SmallIntegerField, Sum, Value

from reports.by_age.reading import FirstOpens
from reports.group_opens import Selection
from reports.panels import Totals
from reports.rates import Mailed
from reports.sent import Sent, sent_in, sums_of_sent
from tracking.hits.classify import COUNTED_KINDS, Kind
from tracking.models import ContactsByKind, OpensBySlot


@dataclass
class Figures:
    """The headline figures of a group or campaign.

    Contacts marked not sent are excluded. `sent` are the contacts that are due or were opened, of
    whom `unmeasured` and `lapsed` are told by `reports.rates.Mailed`; `never_due` have no schedule,
    opened or not;
    `opens` are of the selected kinds and window. `first_counted` contacts had their first human or
    proxied open in that window, `first_of_any_kind` their first open. `unique_by_kind` are the
    contacts by their best kind, whatever the window.
    """

    machine: bool = False
    contacts: int = 0
    sent: int = 0
    unmeasured: int = 0
    lapsed: int = 0
    never_due: int = 0
    opens: int = 0
    first_counted: int = 0
    first_of_any_kind: int = 0
    unique_by_kind: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))

    @property
    def unique_opens(self) -> int:
        """Contacts whose first open of the selected kinds is in the window."""
        return self.first_of_any_kind if self.machine else self.first_counted

    @property
    def mailed(self) -> Mailed:
        """What rates are made of."""
        return Mailed(
            sent=self.sent,
            unmeasured=self.unmeasured,
            lapsed=self.lapsed,
            opened=self.first_counted,
            opened_by_any=self.first_of_any_kind,
        )

    @property
    def not_opened(self) -> int:
        """Those of all time of whom it is known that nothing opened their e-mail."""
        return self.sent - sum(self.unique_by_kind.values()) - self.unmeasured - self.lapsed

    @property
    def open_rate(self) -> float | None:
        """The share that a person opened of those sent to who may be measured; None of nobody."""
        return self.mailed.rate

    @property
    def open_rate_with_machine(self) -> float | None:
        return self.mailed.rate_with_machine

    @property
    def without_mail(self) -> "Figures":
        """Those of a control group, to which nothing is sent: its contacts, and nothing else."""
        return Figures(machine=self.machine, contacts=self.contacts)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            machine=self.machine,
            contacts=self.contacts + other.contacts,
            sent=self.sent + other.sent,
            unmeasured=self.unmeasured + other.unmeasured,
            lapsed=self.lapsed + other.lapsed,
            never_due=self.never_due + other.never_due,
            opens=self.opens + other.opens,
            first_counted=self.first_counted + other.first_counted,
            first_of_any_kind=self.first_of_any_kind + other.first_of_any_kind,
            unique_by_kind={k: self.unique_by_kind[k] + other.unique_by_kind[k] for k in Kind},
        )


def figures_of(
    selection: Selection,
    *,
    sent: Iterable[Sent],
    totals: Mapping[int, Totals],
    firsts: Mapping[int, FirstOpens],
) -> dict[int, Figures]:
    """The figures of a report's groups from what was read already."""
    figures = _begun(sent, machine=selection.machine)
    for one, first in firsts.items():
        figures[one].unique_by_kind = dict(first.by_kind)
    for group_id, (opens, counted, of_any_kind) in totals.items():
        figures[group_id].opens = opens
        figures[group_id].first_counted = counted
        figures[group_id].first_of_any_kind = of_any_kind
    return figures


def figures_of_groups(group_ids: Collection[int], *, now: datetime) -> dict[int, Figures]:
    """The all-time figures of a campaign's groups, in one query."""
    opens = OpensBySlot.objects.filter(group_id__in=group_ids, kind__in=COUNTED_KINDS).order_by()
    sums = opens.values("group_id").annotate(part=_part(OPENS), total=Sum("opens"), **_nothing(4))
    rows = sums.values_list("group_id", "part", "total", *_nothing(4))
    return _of_all_time(rows.union(*_contacts(group_ids, now=now), all=True))


def contact_figures(group_ids: Collection[int], *, now: datetime) -> dict[int, Figures]:
    """The same for any number of groups without `opens`, which stay 0: those sums are slow.

    In one query.
    """
    first, *others = _contacts(group_ids, now=now)
    return _of_all_time(first.union(*others, all=True))


# --- Reading --------------------------------------------------------------------------------

# What a row tells of its group: sums of contacts sent to, contacts of a best kind, or opens.
SENT, BY_KIND, OPENS = range(3)


def _contacts(group_ids: Collection[int], *, now: datetime) -> list[QuerySet[Any, Any]]:
    """Rows of a group's id, what they tell, and five numbers."""
    days, minutes = sums_of_sent(group_ids, now=now, part=_part(SENT))
    kinds = ContactsByKind.objects.filter(group_id__in=group_ids).order_by()
    kinds = kinds.annotate(part=_part(BY_KIND), **_nothing(3))
    by_kind = kinds.values_list("group_id", "part", "kind", "contacts", *_nothing(3))
    return [days, minutes, by_kind]


def _part(part: int) -> Value:
    return Value(part, SmallIntegerField())


def _nothing(columns: int) -> dict[str, Value]:
    return {f"none_{n}": Value(0, BigIntegerField()) for n in range(columns)}


def _of_all_time(rows: Iterable[tuple[int, ...]]) -> dict[int, Figures]:
    parts: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for group_id, part, *numbers in rows:
        parts[part].append((group_id, *map(int, numbers)))
    figures = _begun(sent_in(parts[SENT]))
    for group_id, kind, contacts, *_ in parts[BY_KIND]:
        figures[group_id].unique_by_kind[Kind(kind)] = contacts
    for group_id, opens, *_ in parts[OPENS]:
        figures[group_id].opens = opens
    for own in figures.values():
        # Every opened contact has a first open, and its best kind tells which kinds it had.
        own.first_of_any_kind = sum(own.unique_by_kind.values())
        own.first_counted = sum(own.unique_by_kind[kind] for kind in COUNTED_KINDS)
    return figures


def _begun(sent: Iterable[Sent], *, machine: bool = False) -> dict[int, Figures]:
    """What was sent, which does not depend on the window."""
    figures: dict[int, Figures] = defaultdict(lambda: Figures(machine=machine))
    for part in sent:
        figures[part.group_id].contacts += part.contacts
        figures[part.group_id].sent += part.sent
        figures[part.group_id].unmeasured += part.unmeasured
        figures[part.group_id].lapsed += part.lapsed
        figures[part.group_id].never_due += part.never_due
    return figures
