"""Pages of who opened, from an index of opens: flat, however few of however many opened."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypedDict
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from campaigns.models import Contact
from contacts.in_order import in_full
from foundation.cursors import BadCursor, encode_cursor, read_cursor
from foundation.parsing import read_id, read_uuid
from tracking.hits.classify import COUNTED_KINDS, Kind
from tracking.models import ContactOpens, ContactsByKind
from tracking.opened import Opened

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Marked(TypedDict):
    """What is read besides."""

    is_marked: bool


OpensRow: TypeAlias = "WithAnnotations[ContactOpens, Marked]"
KINDS = {Opened.PERSON: COUNTED_KINDS, Opened.MACHINE: (Kind.MACHINE,)}


class OpenerPosition(NamedTuple):
    """The place of a contact among those that opened: by group, best kind and uuid."""

    group_id: int
    kind: int
    contact_id: UUID

    @classmethod
    def of_cursor(cls, cursor: str) -> "OpenerPosition":
        """Raises BadCursor."""
        return cls(*read_cursor(cursor, read_id, _read_kind, read_uuid))

    @property
    def cursor(self) -> str:
        return encode_cursor(self.group_id, self.kind, str(self.contact_id))


def _read_kind(value: object) -> Kind:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadCursor
    return Kind(value)


class Openers(NamedTuple):
    """Contacts with their opens, and the place of the last of them if there are more."""

    contacts: list[Contact]
    opens: Mapping[UUID, ContactOpens]
    further: OpenerPosition | None


def openers_of(
    group_ids: Sequence[int], opened: Opened, *, after: OpenerPosition | None, limit: int
) -> Openers:
    """At most `limit` contacts of some groups that were opened so, by a person or by machines only.

    Contacts marked not sent are in no list. Reads about as many rows as it gives, and asks only
    groups in which counters know of any.
    """
    found: list[ContactOpens] = []
    for part in _parts(group_ids, opened):
        if after is not None and part < (after.group_id, after.kind):
            continue
        behind = after if after is not None and part == after[:2] else None
        found += _in_part(*part, behind, most=limit + 1 - len(found))
        if len(found) > limit:
            return _openers(found[:limit], _place(found[limit - 1]))
    return _openers(found, None)


def _parts(group_ids: Sequence[int], opened: Opened) -> list[tuple[int, int]]:
    """Groups and kinds that there are contacts of."""
    rows = ContactsByKind.objects.filter(
        group_id__in=group_ids, kind__in=KINDS[opened], contacts__gt=0
    )
    return sorted(rows.values_list("group_id", "kind"))


def _in_part(
    group_id: int, kind: int, after: OpenerPosition | None, *, most: int
) -> list[ContactOpens]:
    opens = ContactOpens.objects.filter(group_id=group_id, best_kind=kind).order_by("contact_id")
    found: list[ContactOpens] = []
    last = after.contact_id if after else None
    for rows in _chunks(opens, last, size=most):
        found += [one for one in rows if not one.is_marked]
        if len(found) >= most:
            break
    return found[:most]


def _chunks(
    opens: QuerySet[ContactOpens], last: UUID | None, *, size: int
) -> Iterator[list["OpensRow"]]:
    """With whether their contacts are marked not sent; a query each."""
    own = Contact.objects.filter(uuid=OuterRef("contact_id"), not_sent_at__isnull=False)
    found = opens.annotate(is_marked=Exists(own))
    while True:
        behind = found if last is None else found.filter(contact_id__gt=last)
        rows = list(behind[:size])
        yield rows
        if len(rows) < size:
            return
        last = rows[-1].contact_id


def _place(opens: ContactOpens) -> OpenerPosition:
    return OpenerPosition(opens.group_id, opens.best_kind, opens.contact_id)


def _openers(found: Sequence[ContactOpens], further: OpenerPosition | None) -> Openers:
    opens = {one.contact_id: one for one in found}
    return Openers(in_full(Contact.objects.all(), list(opens)), opens, further)
