"""Whom contacts were before their address changed: their word counts for the mails they got.

Nobody is counted under another person's consent. Whoever got no mail yet is the new person alone.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Q

from consent.models import FormerPerson

# An erased person, who has decided nothing.
NOBODY = ""


class Former(NamedTuple):
    """A person, and until when a contact was that person."""

    person: str
    until: datetime


def note_former(person: str, *, contact_id: UUID, due_at: datetime | None, until: datetime) -> None:
    """Note whom a contact was, in the transaction that changes it."""
    if due_at is None or due_at < until:
        FormerPerson.objects.create(contact_id=contact_id, person=person, until=until)


def forget_former(contact_id: UUID) -> None:
    """Of an erased contact nothing is counted."""
    FormerPerson.objects.filter(contact_id=contact_id).delete()


def unname_former(person: str) -> bool:
    """Of an erased person nothing is known but that contacts were somebody else; if any was."""
    return bool(FormerPerson.objects.filter(person=person).update(person=NOBODY))


def read_former(contact_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Former]]:
    """Of each contact that was somebody else since its first mail was due, in order."""
    was_due = Q(contact__due_at__isnull=True) | Q(until__gt=F("contact__due_at"))
    rows = FormerPerson.objects.filter(was_due, contact_id__in=contact_ids).order_by("id")
    former: dict[UUID, list[Former]] = defaultdict(list)
    for contact_id, person, until in rows.values_list("contact_id", "person", "until"):
        former[contact_id].append(Former(person, until))
    return former


def contacts_formerly(people: Collection[str]) -> list[tuple[str, UUID]]:
    """The people with the contacts that were theirs."""
    rows = FormerPerson.objects.filter(person__in=people)
    return list(rows.values_list("person", "contact_id"))
