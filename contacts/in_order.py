"""Contacts in the order of creation, from a position on, each part from an index."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from campaigns.models import Contact
from foundation.cursors import encode_cursor, read_cursor
from foundation.parsing import read_uuid
from foundation.project_time import project_moment
from tracking.opened import ContactFacts, facts_of

IN_ORDER = ("created_at", "uuid")


class Position(NamedTuple):
    """The place of a contact, which never changes: several may have been created at once."""

    created_at: datetime
    contact_id: UUID

    @classmethod
    def of_cursor(cls, cursor: str) -> "Position":
        """Raises BadCursor."""
        return cls(*read_cursor(cursor, project_moment, read_uuid))

    @property
    def cursor(self) -> str:
        return encode_cursor(self.created_at.isoformat(), str(self.contact_id))


def behind(contacts: QuerySet[Contact], after: Position | None) -> QuerySet[Contact]:
    """The contacts in order, all or those behind a position."""
    contacts = contacts.order_by(*IN_ORDER)
    if after is None:
        return contacts
    same_moment = Q(created_at=after.created_at, uuid__gt=after.contact_id)
    # The first part lets the database start from an index.
    return contacts.filter(
        Q(created_at__gte=after.created_at) & (Q(created_at__gt=after.created_at) | same_moment)
    )


def places(contacts: QuerySet[Contact], after: Position | None, *, most: int) -> list[Position]:
    """The places of the contacts behind a position, at most so many.

    Reads what the index of the order holds and no more: for anything else MariaDB walks through
    all contacts before the position.
    """
    rows = behind(contacts, after).values_list(*IN_ORDER)[:most]
    return [Position(created_at, contact_id) for created_at, contact_id in rows]


def in_full(contacts: QuerySet[Contact], ids: Sequence[UUID]) -> list[Contact]:
    """The contacts with these ids, in their order.

    Sorted here: asked for an order, a database may walk through all contacts in it.
    """
    found = {contact.uuid: contact for contact in contacts.filter(uuid__in=ids).order_by()}
    return [found[contact_id] for contact_id in ids if contact_id in found]


def facts_in_order(contacts: QuerySet[Contact], ids: Sequence[UUID]) -> list[ContactFacts]:
    """The same, without decrypting anything."""
    known = {facts.contact_id: facts for facts in facts_of(contacts.filter(uuid__in=ids))}
    return [known[contact_id] for contact_id in ids if contact_id in known]
