"""Compares the counters with the raw rows they stand for, and mends what differs.

Covers what follows the pruning horizon: of a contact first opened before it, the stored
summary is taken as true.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from campaigns.models import Contact, Group
from pixeltrack.transactions import in_transaction
from tracking import counters, counting, ingest, state
from tracking.counting import Summary
from tracking.locking import hold_ingest_lock
from tracking.models import ContactOpens, CounterAudit, IngestLock, Open
from tracking.snapshot import consistent_snapshot
from tracking.timestamps import from_ms, to_ms

CHUNK = 2000


@dataclass
class Difference:
    """What is wrong: by how much counters are off, and whose summaries are not as their hits say.

    `counters` holds what must be added to each; `expected` what each wrong contact's hits
    amount to, None where it has no hit at all.
    """

    counters: counting.Deltas = field(default_factory=counting.Deltas)
    expected: dict[UUID, Summary | None] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """One sentence for each difference."""
        for name in counters.TABLES:
            for key, amounts in sorted(self.counters.of(name).items()):
                yield f"{name} {key}: off by {', '.join(str(-amount) for amount in amounts)}"
        for contact_id in self.expected:
            yield f"contact {contact_id}: its summary is not what its hits amount to"

    def __bool__(self) -> bool:
        return next(self.lines(), None) is not None


def find_differences(group_ids: Iterable[int] | None = None) -> Difference:
    """Recompute some groups (or all) from raw rows and compare; ingest may run meanwhile."""
    difference = Difference()
    with consistent_snapshot():
        pruned_before = IngestLock.objects.get(id=1).pruned_before
        horizon = to_ms(pruned_before) if pruned_before else None
        for group_id in _all_groups() if group_ids is None else group_ids:
            _compare_group(group_id, horizon, difference)
    return difference


def note_outcome(*, differences: int, now: datetime) -> None:
    """Keep how many differences an audit left, for the admin's home."""
    CounterAudit.objects.update_or_create(
        id=1, defaults={"finished_at": now, "differences": differences}
    )


@in_transaction
def repair(difference: Difference) -> None:
    """Put right what `find_differences` found, in one short transaction.

    Counters are mended by adding, so what ingest counted meanwhile stays. A wrong contact that
    was hit meanwhile may leave another difference: look again afterwards.
    """
    hold_ingest_lock()
    counters.move(difference.counters)
    expected = difference.expected
    gone = [contact_id for contact_id, summary in expected.items() if summary is None]
    ContactOpens.objects.filter(contact_id__in=gone).delete()
    contacts = state.contacts(expected)
    right = {contact_id: s for contact_id, s in expected.items() if s and contact_id in contacts}
    ingest.write_summaries(right, contacts)


def _all_groups() -> list[int]:
    """Every group there is, or that any counter or raw row speaks of."""
    found = set(Group.objects.values_list("id", flat=True))
    for model in (Open, ContactOpens, *(table.model for table in counters.TABLES.values())):
        found.update(model.objects.order_by().values_list("group_id", flat=True).distinct())
    return sorted(found)


def _compare_group(group_id: int, horizon: int | None, difference: Difference) -> None:
    truth = counting.Deltas()
    contacts = Contact.objects.filter(group_id=group_id).order_by().values_list("uuid", flat=True)
    for chunk in _chunks(contacts.iterator()):
        truth.add_contacts(state.contacts(chunk), {}, {}, +1)
    for chunk in _chunks(_opened_contacts(group_id)):
        _recount(group_id, chunk, horizon, truth, difference)
    for name in counters.TABLES:
        stored = counters.stored(name, [group_id])
        if horizon is not None:
            stored = {key: n for key, n in stored.items() if not _is_pruned(name, key, horizon)}
        difference.counters.add(((name, key, n) for key, n in truth.of(name).items()), +1)
        difference.counters.add(((name, key, n) for key, n in stored.items()), -1)


def _opened_contacts(group_id: int) -> list[UUID]:
    with_hits = (
        Open.objects.filter(group_id=group_id).order_by().values_list("contact_id").distinct()
    )
    with_summary = ContactOpens.objects.filter(group_id=group_id).values_list("contact_id")
    return sorted({row[0] for rows in (with_hits, with_summary) for row in rows.iterator()})


def _chunks(contact_ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    remaining = iter(contact_ids)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _recount(
    group_id: int,
    contact_ids: list[UUID],
    horizon: int | None,
    truth: counting.Deltas,
    difference: Difference,
) -> None:
    # A contact whose row is gone still counts: history outlives it.
    gone = {c: counting.ContactFacts(c, group_id, None, None, True) for c in contact_ids}
    contacts, stored = gone | state.contacts(contact_ids), state.summaries(contact_ids)
    # Pruning may still be at work behind the horizon.
    hits = state.hits(contact_ids, since=from_ms(horizon) if horizon else None)
    summaries = {}
    for contact_id, own in hits.items():
        before = stored.get(contact_id)
        known = before if horizon and before and before.first_opened_at < horizon else None
        summary = counting.amount_to(own, known=known)
        if summary != before:
            difference.expected[contact_id] = summary
        if summary is not None:
            summaries[contact_id] = summary
    buckets = counting.best_of_buckets(hit for own in hits.values() for hit in own)
    truth.add_openings(contacts, summaries, buckets, +1)


def _is_pruned(name: str, key: tuple, horizon: int) -> bool:
    """Whether a counter speaks of opens whose raw rows are gone."""
    # The last part of these keys is a time; the horizon is the start of a day.
    units = {
        counting.OPENS_BY_MINUTE: counting.MINUTE_MS,
        counting.OPENS_BY_SLOT: counting.SLOT_MS,
        counting.OPENS_BY_CLIENT: counting.HOUR_MS,
    }
    return name in units and key[-1] * units[name] < horizon
