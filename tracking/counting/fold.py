"""Calculates what hits change in the counters; pure, only max, min and +.

Every counter is a sum of contributions: each contact's summary and each of its opens (a ten-second
bucket of hits) contributes an amount under a key. A batch changes a counter by the contributions
after it minus those before it. So neither the order of hits nor their division into batches
matters, and recomputing everything gives the same result.

All times are milliseconds since 1970; kinds are `classify.Kind`s or their numbers.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from campaigns.modes import Measured
from tracking.counting.slots import age_bin
from tracking.hits.classify import Kind

BUCKET_MS = 10_000
MINUTE_MS, SLOT_MS, DAY_MS = 60_000, 900_000, 86_400_000

# The counters' names, which `tracking.counting.tables` maps to their tables.
OPENS_BY_MINUTE = "opens_by_minute"  # (group, kind, minute): opens
OPENS_BY_SLOT = "opens_by_slot"  # (group, kind, quarter of an hour): opens
OPENS_BY_CLIENT = "opens_by_client"  # (group, family, kind, quarter): opens
FIRST_BY_MINUTE = "first_opens_by_minute"  # (group, minute): counted, counted or machine only
FIRST_BY_SLOT = "first_opens_by_slot"  # (group, quarter of an hour): the same
FIRST_BY_AGE = "first_opens_by_age"  # (group, slot, age bin): counted, with machine, left twice
LEFT_BY_AGE = "left_by_age"  # (group, slot, age bin, reason): contacts, unmeasured
CONTACTS_BY_KIND = "contacts_by_kind"  # (group, kind): contacts
# (group, slot, minute): contacts, opened, drawn, removed, unmeasured, drawn unmeasured, lapsed
CONTACTS_BY_DUE = "contacts_by_due_minute"
# (group, due day): contacts, opened, unmeasured, lapsed
CONTACTS_BY_DUE_DAY = "contacts_by_due_day"

# In a key: of no slot, and never due.
NO_SLOT = NEVER = -1

# In a key beside the reasons of marks.
MAILED_AGAIN, CONSENT = "mailed_again", "consent"

COUNTED, WITH_MACHINE = (1, 0), (0, 1)
ONE_CONTACT, ONE_OPENED = (1, 0, 0, 0), (0, 1, 0, 0)
ONE = (1,)


class ContactFacts(NamedTuple):
    """The facts about a contact that counting needs.

    - `due_at`: its first due time, None for one without or erased before
    - `slot`: None for such a one too and before the slots are fixed (`counting.campaign_slots`)
    - `counted`: false for one marked not sent, which leaves every figure but those by age
    - `drawn`: whether it was to be sent to when it fell due, whatever became known later
    - `resent_at`: when it was mailed again, from when on it is compared with nobody
    - `marked_at`, `reason`: when and why it was marked not sent
    - `measured`: what is known of it while it is not opened; whoever is opened is measured
    - `withdrew_in`: the age bin in which the person of a measured one withdrew
    """

    contact_id: UUID
    group_id: int
    due_at: int | None
    slot: int | None
    counted: bool
    drawn: bool
    resent_at: int | None = None
    marked_at: int | None = None
    reason: str | None = None
    measured: Measured = Measured.YES
    withdrew_in: int | None = None


class HitFacts(NamedTuple):
    """A classified hit; `family` is its mail client."""

    contact_id: UUID
    at: int
    kind: int
    family: str


class Summary(NamedTuple):
    """The summary of all hits of one contact; human and proxied hits count."""

    best_kind: int
    first_opened_at: int
    first_counted_at: int | None


class Best(NamedTuple):
    """The best hit of a bucket: the highest kind; of equal ones the first family by name."""

    kind: int
    family: str


Contribution = tuple[str, tuple, tuple[int, ...]]
Buckets = Mapping[tuple[UUID, int], Best]


@dataclass
class Deltas:
    """The change of each counter: name -> key -> one number per column."""

    by_counter: dict[str, dict[tuple, list[int]]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, contributions: Iterable[Contribution], sign: int) -> None:
        for counter, key, amounts in contributions:
            totals = self.by_counter[counter].setdefault(key, [0] * len(amounts))
            for column, amount in enumerate(amounts):
                totals[column] += sign * amount

    def add_contacts(
        self,
        contacts: Mapping[UUID, ContactFacts],
        summaries: Mapping[UUID, Summary],
        buckets: Buckets,
        sign: int,
    ) -> None:
        """Add everything the contacts contribute, opened or not."""
        for contact in contacts.values():
            self.add(contact_contribution(contact), sign)
        self.add_openings(contacts, summaries, buckets, sign)

    def add_openings(
        self,
        contacts: Mapping[UUID, ContactFacts],
        summaries: Mapping[UUID, Summary],
        buckets: Buckets,
        sign: int,
    ) -> None:
        """Add what the contacts contribute because they were opened."""
        for contact_id, summary in summaries.items():
            self.add(summary_contribution(contacts[contact_id], summary), sign)
        for (contact_id, bucket), best in buckets.items():
            self.add(open_contribution(contacts[contact_id], bucket, best), sign)

    def of(self, counter: str) -> dict[tuple, tuple[int, ...]]:
        """The non-zero changes of a counter."""
        moved = self.by_counter.get(counter, {})
        return {key: tuple(amounts) for key, amounts in moved.items() if any(amounts)}


@dataclass
class Fold:
    """The effect of a batch: the counters' deltas and the summaries that became others."""

    deltas: Deltas
    summaries: dict[UUID, Summary]


def bucket_of(at: int) -> int:
    return at // BUCKET_MS


def fold(
    hits: Iterable[HitFacts],
    *,
    contacts: Mapping[UUID, ContactFacts],
    summaries: Mapping[UUID, Summary],
    buckets: Buckets,
) -> Fold:
    """The effect of new hits, given the contacts' state so far.

    `summaries` and `buckets` hold the state before; a contact or bucket missing from them has had
    no hit.
    """
    new_summaries: dict[UUID, Summary] = {}
    new_buckets: dict[tuple[UUID, int], Best] = {}
    for hit in hits:
        known = new_summaries.get(hit.contact_id) or summaries.get(hit.contact_id)
        new_summaries[hit.contact_id] = summarise(known, hit)
        bucket = (hit.contact_id, bucket_of(hit.at))
        best = new_buckets.get(bucket) or buckets.get(bucket)
        new_buckets[bucket] = better(best, Best(hit.kind, hit.family))
    deltas = Deltas()
    changed = {
        contact_id: after
        for contact_id, after in new_summaries.items()
        if after != summaries.get(contact_id)
    }
    for contact_id, after in changed.items():
        contact, before = contacts[contact_id], summaries.get(contact_id)
        if before is not None:
            deltas.add(summary_contribution(contact, before), -1)
        deltas.add(summary_contribution(contact, after), +1)
    for (contact_id, number), best_now in new_buckets.items():
        contact, best_before = contacts[contact_id], buckets.get((contact_id, number))
        if best_before == best_now:
            continue
        if best_before is not None:
            deltas.add(open_contribution(contact, number, best_before), -1)
        deltas.add(open_contribution(contact, number, best_now), +1)
    return Fold(deltas, changed)


def summarise(known: Summary | None, hit: HitFacts) -> Summary:
    counted_at = hit.at if hit.kind > Kind.MACHINE else None
    if known is None:
        return Summary(hit.kind, hit.at, counted_at)
    return Summary(
        max(known.best_kind, hit.kind),
        min(known.first_opened_at, hit.at),
        _earliest(known.first_counted_at, counted_at),
    )


def amount_to(hits: Iterable[HitFacts], *, known: Summary | None) -> Summary | None:
    """The summary of one contact's hits, added to what is known of it."""
    for hit in hits:
        known = summarise(known, hit)
    return known


def best_of_buckets(hits: Iterable[HitFacts]) -> dict[tuple[UUID, int], Best]:
    best: dict[tuple[UUID, int], Best] = {}
    for hit in hits:
        key = (hit.contact_id, bucket_of(hit.at))
        best[key] = better(best.get(key), Best(hit.kind, hit.family))
    return best


def better(known: Best | None, new: Best) -> Best:
    if known is None or new.kind > known.kind:
        return new
    if new.kind == known.kind and new.family < known.family:
        return new
    return known


def due_minute(due_at: int | None) -> int:
    """The minute (since 1970) in which a contact is due, NEVER for None."""
    return NEVER if due_at is None else due_at // MINUTE_MS


def contact_contribution(contact: ContactFacts) -> Iterator[Contribution]:
    """What a contact contributes whether it was opened or not."""
    removed = contact.due_at is not None and not contact.drawn
    amounts = (int(contact.counted), 0, int(contact.drawn), int(removed), 0, 0, 0)
    if any(amounts):
        yield CONTACTS_BY_DUE, _due_key(contact), amounts
    if contact.counted:
        yield CONTACTS_BY_DUE_DAY, _due_day_key(contact), ONE_CONTACT
    left = _left_in(contact)
    if left is not None:
        yield FIRST_BY_AGE, _age_key(contact, left), (0, 0, 1, 1)
    yield from _not_known(contact, 1)
    leaving = _leaving(contact)
    if leaving is not None:
        yield LEFT_BY_AGE, _leaving_key(contact, leaving), (1, 0)


def summary_contribution(contact: ContactFacts, summary: Summary) -> Iterator[Contribution]:
    yield from _not_known(contact, -1)
    yield from _by_age(contact, summary)
    if not contact.counted:
        return
    yield CONTACTS_BY_DUE, _due_key(contact), (0, 1, 0, 0, 0, 0, 0)
    yield CONTACTS_BY_DUE_DAY, _due_day_key(contact), ONE_OPENED
    yield CONTACTS_BY_KIND, (contact.group_id, summary.best_kind), ONE
    at, amounts = _opened(summary)
    yield FIRST_BY_MINUTE, (contact.group_id, at // MINUTE_MS), amounts
    yield FIRST_BY_SLOT, (contact.group_id, at // SLOT_MS), amounts


def _not_known(contact: ContactFacts, sign: int) -> Iterator[Contribution]:
    """What of a contact nobody knows; once it is opened, the same taken back."""
    if contact.measured is Measured.YES:
        return
    counted, drawn = sign * contact.counted, sign * contact.drawn
    if contact.measured is Measured.LAPSED:
        yield CONTACTS_BY_DUE, _due_key(contact), (0, 0, 0, 0, 0, 0, counted)
        yield CONTACTS_BY_DUE_DAY, _due_day_key(contact), (0, 0, 0, counted)
        return
    yield CONTACTS_BY_DUE, _due_key(contact), (0, 0, 0, 0, counted, drawn, 0)
    yield CONTACTS_BY_DUE_DAY, _due_day_key(contact), (0, 0, counted, 0)
    left = _left_in(contact)
    if left is not None:
        yield FIRST_BY_AGE, _age_key(contact, left), (0, 0, -sign, -sign)
    leaving = _leaving(contact)
    if leaving is not None:
        yield LEFT_BY_AGE, _leaving_key(contact, leaving), (0, sign)


def _opened(summary: Summary) -> tuple[int, tuple[int, int]]:
    """When a contact counts as opened, once whatever the window: by a person, else by a machine.

    So no window's floor is above its ceiling, and those of a partition add up (docs/verdict.md).
    """
    if summary.first_counted_at is not None:
        return summary.first_counted_at, (1, 1)
    return summary.first_opened_at, (0, 1)


def _by_age(contact: ContactFacts, summary: Summary) -> Iterator[Contribution]:
    """Each sort of first open by age, of contacts as drawn; none from the bin of a resend on.

    Whoever was opened before did not leave: this takes back what `contact_contribution` said.
    """
    if contact.slot is None or contact.due_at is None or not contact.drawn:
        return
    left = _left_in(contact)
    for at, (counted, with_machine) in _firsts(summary):
        age = age_bin(at - contact.due_at)
        if left is None:
            yield FIRST_BY_AGE, _age_key(contact, age), (counted, with_machine, 0, 0)
        elif age < left:
            yield FIRST_BY_AGE, _age_key(contact, age), (counted, with_machine, 0, 0)
            yield FIRST_BY_AGE, _age_key(contact, left), (0, 0, -counted, -with_machine)


def _left_in(contact: ContactFacts) -> int | None:
    """The age bin from which on a contact that was mailed again is compared with nobody."""
    if contact.resent_at is None or contact.due_at is None:
        return None
    if contact.slot is None or not contact.drawn:
        return None
    return age_bin(contact.resent_at - contact.due_at)


class Leaving(NamedTuple):
    """The age bin in which a contact leaves what guard rails watch, and why."""

    age: int
    reason: str


def _leaving(contact: ContactFacts) -> Leaving | None:
    """What came first: a second mail, a mark or a withdrawal.

    In the same bin a mark or a withdrawal may be of either mail, and who unsubscribes and withdraws
    at once is marked.
    """
    if contact.slot is None or contact.due_at is None or not contact.drawn:
        return None
    leavings = [
        Leaving(age_bin(at - contact.due_at), reason)
        for at, reason in (
            (contact.resent_at, MAILED_AGAIN),
            (contact.marked_at, contact.reason),
        )
        if at is not None and reason is not None
    ]
    if contact.withdrew_in is not None:
        leavings.append(Leaving(contact.withdrew_in, CONSENT))
    return min(leavings, key=lambda one: one.age, default=None)


def open_contribution(contact: ContactFacts, bucket: int, best: Best) -> Iterator[Contribution]:
    if not contact.counted:
        return
    group, at = contact.group_id, bucket * BUCKET_MS
    yield OPENS_BY_MINUTE, (group, best.kind, at // MINUTE_MS), ONE
    yield OPENS_BY_SLOT, (group, best.kind, at // SLOT_MS), ONE
    yield OPENS_BY_CLIENT, (group, best.family, best.kind, at // SLOT_MS), ONE


def _due_key(contact: ContactFacts) -> tuple[int, int, int]:
    slot = NO_SLOT if contact.slot is None else contact.slot
    return contact.group_id, slot, due_minute(contact.due_at)


def _age_key(contact: ContactFacts, age: int) -> tuple[int, int | None, int]:
    return contact.group_id, contact.slot, age


def _leaving_key(contact: ContactFacts, leaving: Leaving) -> tuple[int, int | None, int, str]:
    return (*_age_key(contact, leaving.age), leaving.reason)


def _due_day_key(contact: ContactFacts) -> tuple[int, int]:
    return contact.group_id, NEVER if contact.due_at is None else contact.due_at // DAY_MS


def _firsts(summary: Summary) -> Iterator[tuple[int, tuple[int, int]]]:
    yield summary.first_opened_at, WITH_MACHINE
    if summary.first_counted_at is not None:
        yield summary.first_counted_at, COUNTED


def _earliest(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
