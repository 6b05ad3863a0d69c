"""Reads the input of counting: contacts, their summaries and their buckets.

The caller holds the ingest lock, so the data stays valid until the end of its transaction.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from campaigns.models import Contact
from campaigns.modes import Measured
from consent.people import Subject
from foundation.database.bulk_read import rows_with, rows_with_keys
from foundation.timestamps import to_ms
from tracking.counting import fold, user_agents
from tracking.counting.fold import Best, ContactFacts, HitFacts, Summary
from tracking.counting.slots import Slots
from tracking.models import CampaignSlots, ContactOpens, Open, Pixel

EVER = datetime.max.replace(tzinfo=UTC)
SUMMARY_COLUMNS = ("best_kind", "first_opened_at", "first_counted_at")
BUCKET_COLUMNS = ("contact_id", "bucket", "kind", "user_agent_id")
CONTACT_COLUMNS = (
    "uuid",
    "group_id",
    "campaign_id",
    "created_at",
    "due_at",
    "not_sent_at",
    "not_sent_reason",
    "measured",
    "withdrew_in",
    "resent_at",
    "erased_at",
)


# Who a contact is, beside its uuid and campaign, and when it was forgotten.
WHO = ("email_hash", "external_id", "forgotten_at")


class Person(NamedTuple):
    """Whose a pixel is, when the first mail was due, and whether that is measured.

    `forgotten` is whether what was measured of the contact was removed.
    """

    subject: Subject
    due_at: datetime | None
    measured: Measured
    forgotten: bool


class Owner(NamedTuple):
    """The contact of a pixel, who that is, when it was created and whether it was erased."""

    contact: ContactFacts
    created_at: datetime
    erased: bool
    person: Person


def owners(pixel_ids: Collection[UUID]) -> dict[UUID, Owner]:
    """The contact of each existing pixel."""
    pixels = rows_with(Pixel, ("uuid", "contact_id"), key="uuid", values=pixel_ids)
    columns = (*CONTACT_COLUMNS, *WHO)
    contact_ids = {contact_id for _, contact_id in pixels}
    rows = rows_with(Contact, columns, key="uuid", values=contact_ids)
    facts = _facts([row[: -len(WHO)] for row in rows])
    owned = {row[0]: _owner(facts[row[0]], row) for row in rows}
    return {pixel_id: owned[contact_id] for pixel_id, contact_id in pixels if contact_id in owned}


def _owner(contact: ContactFacts, row: Sequence[Any]) -> Owner:
    contact_id, _, campaign_id, created_at, due_at, *_, erased_at = row[: -len(WHO)]
    email_hash, external_id, forgotten_at = row[-len(WHO) :]
    subject = Subject(campaign_id, contact_id, email_hash, external_id)
    person = Person(subject, due_at, contact.measured, forgotten_at is not None)
    return Owner(contact, created_at, erased_at is not None, person)


def people(pixel_ids: Collection[UUID]) -> dict[UUID, Person]:
    """Whose each pixel is, but for those of erased contacts; holds only for a moment."""
    contact = ("due_at", "measured", "campaign_id", "uuid", *WHO)
    columns = [f"contact__{column}" for column in contact]
    known = Pixel.objects.filter(uuid__in=pixel_ids, contact__erased_at__isnull=True)
    rows = known.values_list("uuid", *columns)
    return {
        pixel_id: Person(Subject(*who), due_at, Measured(measured), forgotten is not None)
        for pixel_id, due_at, measured, *who, forgotten in rows
    }


def contacts(contact_ids: Collection[UUID]) -> dict[UUID, ContactFacts]:
    return _facts(rows_with(Contact, CONTACT_COLUMNS, key="uuid", values=contact_ids))


def summaries(contact_ids: Iterable[UUID]) -> dict[UUID, Summary]:
    columns = ("contact_id", *SUMMARY_COLUMNS)
    rows = rows_with(ContactOpens, columns, key="contact_id", values=set(contact_ids))
    return {
        contact_id: Summary(kind, to_ms(first), counted and to_ms(counted))
        for contact_id, kind, first, counted in rows
    }


def buckets(contact_ids: Iterable[UUID]) -> dict[tuple[UUID, int], Best]:
    """The best hit of each bucket of these contacts."""
    ids = set(contact_ids)
    return _best(rows_with(Open, BUCKET_COLUMNS, key="contact_id", values=ids, distinct=True))


def some_buckets(keys: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], Best]:
    """The best hit of each of these buckets that had one; by contact and number."""
    key = ("contact_id", "bucket")
    return _best(rows_with_keys(Open, BUCKET_COLUMNS, key=key, values=keys, distinct=True))


def _best(opens: Sequence[Sequence[Any]]) -> dict[tuple[UUID, int], Best]:
    families = user_agents.families(row[3] for row in opens)
    best: dict[tuple[UUID, int], Best] = {}
    for contact_id, bucket, kind, agent_id in opens:
        key = (contact_id, bucket)
        best[key] = fold.better(best.get(key), Best(kind, families[agent_id]))
    return best


def hits(
    contact_ids: Iterable[UUID], *, since: datetime | None = None
) -> dict[UUID, list[HitFacts]]:
    """The stored hits of each of these contacts, optionally from a time on; an empty list without
    hits.
    """
    contact_ids = list(contact_ids)
    rows = Open.objects.filter(contact_id__in=contact_ids).order_by()
    if since is not None:
        rows = rows.filter(opened_at__gte=since)
    columns = ("contact_id", "opened_at", "kind", "user_agent_id")
    found = list(rows.values_list(*columns))
    families = user_agents.families(row[3] for row in found)
    hits: dict[UUID, list[HitFacts]] = {contact_id: [] for contact_id in contact_ids}
    for contact_id, at, kind, agent_id in found:
        hits[contact_id].append(HitFacts(contact_id, to_ms(at), kind, families[agent_id]))
    return hits


def _facts(rows: Iterable[tuple]) -> dict[UUID, ContactFacts]:
    rows = list(rows)
    fixed = _slots({row[2] for row in rows})
    facts = {}
    for contact_id, group_id, campaign_id, created_at, due, *marks, resent, erased in rows:
        not_sent, reason, measured, withdrew_in = marks
        due_at = slot = None
        if due and not (erased and erased < due):
            due_at = to_ms(due)
            slots, filled_before = fixed.get(campaign_id, (None, EVER))
            if slots and created_at < filled_before:
                slot = _slot_of(due_at, slots)
        facts[contact_id] = ContactFacts(
            contact_id,
            group_id,
            due_at,
            slot,
            counted=not_sent is None,
            drawn=due_at is not None and not (not_sent and not_sent < due),
            resent_at=resent and to_ms(resent),
            marked_at=not_sent and to_ms(not_sent),
            reason=reason,
            measured=Measured(measured),
            withdrew_in=withdrew_in,
        )
    return facts


def _slot_of(due_at: int, slots: Slots) -> int | None:
    """None for one who would have been the first, had it not been removed before."""
    minute = fold.due_minute(due_at)
    return None if minute < slots.first_due else slots.number(minute)


def _slots(campaign_ids: Collection[int]) -> dict[int, tuple[Slots, datetime]]:
    """The slots of campaigns that have them, and before when who counts in them was created."""
    rows = CampaignSlots.objects.filter(campaign_id__in=campaign_ids)
    columns = ("campaign_id", "first_due", "width", "cut_off", "filled_before")
    return {row[0]: (Slots(*row[1:4]), row[4] or EVER) for row in rows.values_list(*columns)}
