"""Pages of who opened or who did not, each at a bounded cost, and where to go on.

Who opened is found in an index of opens where nothing but groups narrows the list; whatever else is
looked for among contacts in the order of creation, about LOOKED_AT of them a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from campaigns.models import Contact
from campaigns.roles import Role
from contacts.in_order import Position, facts_in_order, in_full, places
from contacts.opened.openers import OpenerPosition, openers_of
from tracking.models import ContactOpens
from tracking.opened import ContactFacts, Opened, those_opened

CHUNK = 1000
# Of a first chunk, for each contact of a page: enough where an eighth of all are in the list.
FIRST = 8
LOOKED_AT = 5 * CHUNK


@dataclass(frozen=True)
class Page:
    """Contacts, how many were looked at for them, and from where on to look for more.

    `further` is None at the end. A page may be short, or empty, before it. `opens` are theirs, None
    where these were not read.
    """

    contacts: list[Contact]
    looked_at: int
    further: Position | OpenerPosition | None
    opens: Mapping[UUID, ContactOpens] | None = None


def read_page(
    contacts: QuerySet[Contact],
    opened: Opened,
    *,
    groups: Sequence[int] | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Page:
    """The page behind a cursor, the first without one; raises BadCursor.

    `groups` are those whose contacts `contacts` are, None where something else narrows them too.
    """
    if groups is None or opened is Opened.NO:
        after = Position.of_cursor(cursor) if cursor else None
        return page_of(contacts, opened, after=after, limit=limit, now=now)
    behind = OpenerPosition.of_cursor(cursor) if cursor else None
    found = openers_of(groups, opened, after=behind, limit=limit)
    return Page(found.contacts, len(found.contacts), found.further, found.opens)


def page_of(
    contacts: QuerySet[Contact],
    opened: Opened,
    *,
    after: Position | None,
    limit: int,
    now: datetime,
) -> Page:
    """At most `limit` of some contacts that were opened so, behind a position; reads in chunks.

    Whatever else narrows `contacts` must be an index's to find.
    """
    found: list[ContactFacts] = []
    looked_at, further, size = 0, after, min(CHUNK, FIRST * limit)
    while looked_at < LOOKED_AT and len(found) <= limit:
        chunk = places(contacts, further, most=size)
        facts = facts_in_order(Contact.objects.all(), [place.contact_id for place in chunk])
        found += _counted(those_opened(facts, opened, now=now), opened)
        looked_at += len(chunk)
        if len(chunk) < size:
            further = None
            break
        further, size = chunk[-1], CHUNK
    if len(found) > limit:
        found, further = found[:limit], _position(found[limit - 1])
    ids = [contact.contact_id for contact in found]
    # Who did not open has none.
    opens: Mapping[UUID, ContactOpens] | None = {} if opened is Opened.NO else None
    return Page(in_full(Contact.objects.all(), ids), looked_at, further, opens)


def _counted(found: list[ContactFacts], opened: Opened) -> list[ContactFacts]:
    """Without those of control groups, who are never due."""
    if opened is Opened.NO or not found:
        return found
    own = Contact.objects.filter(uuid__in=[contact.contact_id for contact in found])
    control = own.filter(group__role=Role.CONTROL).order_by()
    left_out = set(control.values_list("uuid", flat=True))
    return [contact for contact in found if contact.contact_id not in left_out]


def _position(contact: ContactFacts) -> Position:
    return Position(contact.created_at, contact.contact_id)
