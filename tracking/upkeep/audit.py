"""Compares the counters with the raw opens and corrects differences.

Covers the time after the pruning horizon: for a contact first opened before it, the stored summary
is taken as correct.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, Min, Model, OuterRef

from campaigns.models import Contact, Group
from foundation.database import bulk_sql
from foundation.database.snapshot import consistent_snapshot
from foundation.database.transactions import in_transaction
from foundation.timestamps import from_ms, to_ms
from tracking.counting import facts, fold, record, tables
from tracking.counting.fold import ContactFacts, Summary
from tracking.counting.lock import hold_ingest_lock
from tracking.models import ContactOpens, CounterAudit, GroupVersion, IngestLock, Open
from tracking.upkeep import stored_hits

CHUNK = 2000


class Expected(NamedTuple):
    """The summary of a contact's hits, None if it has none, and the group it counts in."""

    group_id: int
    summary: Summary | None


@dataclass
class Difference:
    """The differences of the counters, and of the rows between them and the hits.

    `counters` holds what must be added to each; `expected` is for contacts with a wrong summary,
    `rows` for opens with a wrong group, bucket or kind; `without_version` are the groups with
    counters but without a version.
    """

    counters: fold.Deltas = field(default_factory=fold.Deltas)
    expected: dict[UUID, Expected] = field(default_factory=dict)
    rows: dict[UUID, stored_hits.Wrong] = field(default_factory=dict)
    without_version: set[int] = field(default_factory=set)

    def lines(self) -> Iterator[str]:
        """A sentence for each difference."""
        for name in tables.TABLES:
            for key, amounts in sorted(self.counters.of(name).items()):
                yield f"{name} {key}: off by {', '.join(str(-amount) for amount in amounts)}"
        for contact_id in self.expected:
            yield f"contact {contact_id}: its summary is not what its hits amount to"
        for event_id, (stored, right) in self.rows.items():
            wrong = [
                name for name in right._fields if getattr(stored, name) != getattr(right, name)
            ]
            yield f"open {event_id}: {', '.join(wrong)} should be otherwise"
        for group_id in sorted(self.without_version):
            yield f"group {group_id}: the number of its version is gone"

    def __bool__(self) -> bool:
        return next(self.lines(), None) is not None


def find_differences(group_ids: Iterable[int] | None = None) -> Difference:
    """Recompute some or all groups from raw opens and compare; ingest may run meanwhile."""
    difference = Difference()
    with consistent_snapshot():
        pruned_before = IngestLock.objects.get(id=1).pruned_before
        horizon = to_ms(pruned_before) if pruned_before else None
        for group_id in _all_groups() if group_ids is None else group_ids:
            _compare_group(group_id, horizon, difference)
    return difference


def note_outcome(*, differences: int, now: datetime) -> None:
    """Store the number of differences an audit left, for the admin's home."""
    CounterAudit.objects.update_or_create(
        id=1, defaults={"finished_at": now, "differences": differences}
    )


@in_transaction
def repair(difference: Difference, *, now: datetime) -> None:
    """Correct what `find_differences` found, in one short transaction.

    Counters are corrected by adding, so what ingest counted meanwhile stays. A wrong contact that
    was hit meanwhile may leave another difference: audit again afterwards.
    """
    hold_ingest_lock()
    _begin_versions(difference.without_version, now)
    tables.move(difference.counters)
    # Who followed what opens came to knows nothing of what was wrong: it is read anew.
    moved = difference.counters
    tables.renew({key[0] for counter in moved.by_counter for key in moved.of(counter)})
    stored_hits.put_right(difference.rows)
    expected = difference.expected
    gone = [contact_id for contact_id, right in expected.items() if right.summary is None]
    ContactOpens.objects.filter(contact_id__in=gone).delete()
    record.write_summaries(
        {contact_id: right.summary for contact_id, right in expected.items() if right.summary},
        {
            contact_id: _unknown(contact_id, right.group_id)
            for contact_id, right in expected.items()
        },
    )


def _begin_versions(group_ids: Iterable[int], now: datetime) -> None:
    """With a number that no earlier version can have had, so that no cached report stays valid."""
    version = to_ms(now)
    rows = [(group_id, version) for group_id in sorted(group_ids)]
    columns = ("group_id", "version")
    bulk_sql.upsert(GroupVersion, columns, rows, key=("group_id",), adding=True)


def _unknown(contact_id: UUID, group_id: int) -> ContactFacts:
    """A contact of which no more is known: history outlives its row."""
    return ContactFacts(contact_id, group_id, None, None, counted=True, drawn=False)


def _all_groups() -> list[int]:
    """Every group that exists, or that a counter or raw open refers to."""
    found = set(Group.objects.values_list("id", flat=True))
    counters = (table.model for table in tables.TABLES.values())
    models: list[type[Model]] = [Open, ContactOpens, *counters]
    for model in models:
        found.update(
            model._default_manager.order_by().values_list("group_id", flat=True).distinct()
        )
    return sorted(found)


def _compare_group(group_id: int, horizon: int | None, difference: Difference) -> None:
    truth = fold.Deltas()
    contacts = Contact.objects.filter(group_id=group_id).order_by().values_list("uuid", flat=True)
    for chunk in _chunks(contacts.iterator()):
        truth.add_contacts(facts.contacts(chunk), {}, {}, +1)
    for chunk in _chunks(_opened_contacts(group_id)):
        _recount(group_id, chunk, horizon, truth, difference)
    stored_anything = False
    for name in tables.TABLES:
        stored = tables.stored(name, [group_id])
        stored_anything = stored_anything or bool(stored)
        if horizon is not None:
            stored = {key: n for key, n in stored.items() if not _is_pruned(name, key, horizon)}
        difference.counters.add(((name, key, n) for key, n in truth.of(name).items()), +1)
        difference.counters.add(((name, key, n) for key, n in stored.items()), -1)
    if stored_anything and not GroupVersion.objects.filter(group_id=group_id).exists():
        difference.without_version.add(group_id)


def _opened_contacts(group_id: int) -> list[UUID]:
    """The contacts opened in this group, or assigned to it by an open or a summary only."""
    with_hits = (
        Open.objects.filter(group_id=group_id).order_by().values_list("contact_id").distinct()
    )
    with_summary = ContactOpens.objects.filter(group_id=group_id).values_list("contact_id")
    found = {row[0] for rows in (with_hits, with_summary) for row in rows.iterator()}
    members = Contact.objects.filter(group_id=group_id).order_by()
    for model in (Open, ContactOpens):
        elsewhere = model.objects.filter(contact_id=OuterRef("uuid")).exclude(group_id=group_id)
        found.update(members.filter(Exists(elsewhere)).values_list("uuid", flat=True))
    return sorted(found)


def _chunks(contact_ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(contact_ids)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _own(group_id: int, contact_ids: list[UUID]) -> dict[UUID, ContactFacts]:
    """The contacts that count in this group; each counts in one group only.

    One whose row is gone counts in the group of its hits, or else of its summary.
    """
    known = facts.contacts(contact_ids)
    lost = [contact_id for contact_id in contact_ids if contact_id not in known]
    groups = dict(
        ContactOpens.objects.filter(contact_id__in=lost).values_list("contact_id", "group_id")
    )
    hits = Open.objects.filter(contact_id__in=lost).order_by().values("contact_id")
    groups |= dict(hits.annotate(group=Min("group_id")).values_list("contact_id", "group"))
    every = known | {c: _unknown(c, groups[c]) for c in lost}
    return {c: own for c, own in every.items() if own.group_id == group_id}


def _recount(
    group_id: int,
    contact_ids: list[UUID],
    horizon: int | None,
    truth: fold.Deltas,
    difference: Difference,
) -> None:
    contacts = _own(group_id, contact_ids)
    stored, named = facts.summaries(contacts), _groups_of_summaries(contacts)
    # Pruning may still be running behind the horizon.
    found = stored_hits.read(
        contacts,
        groups=dict.fromkeys(contacts, group_id),
        since=from_ms(horizon) if horizon else None,
    )
    difference.rows.update(found.wrong)
    summaries = {}
    for contact_id, own in found.hits.items():
        before = stored.get(contact_id)
        known = before if horizon and before and before.first_opened_at < horizon else None
        summary = fold.amount_to(own, known=known)
        if summary != before or named.get(contact_id, group_id) != group_id:
            difference.expected[contact_id] = Expected(group_id, summary)
        if summary is not None:
            summaries[contact_id] = summary
    buckets = fold.best_of_buckets(hit for own in found.hits.values() for hit in own)
    truth.add_openings(contacts, summaries, buckets, +1)


def _groups_of_summaries(contact_ids: Iterable[UUID]) -> dict[UUID, int]:
    rows = ContactOpens.objects.filter(contact_id__in=list(contact_ids))
    return dict(rows.values_list("contact_id", "group_id"))


def _is_pruned(name: str, key: tuple, horizon: int) -> bool:
    """Whether a counter covers opens whose raw rows are deleted."""
    # The last part of these keys is a time; the horizon is the start of a day.
    units = {
        fold.OPENS_BY_MINUTE: fold.MINUTE_MS,
        fold.OPENS_BY_SLOT: fold.SLOT_MS,
        fold.OPENS_BY_CLIENT: fold.SLOT_MS,
    }
    return name in units and key[-1] * units[name] < horizon
