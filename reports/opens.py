"""Lists recorded opens, newest first, page by page, each from an index."""

import heapq
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypedDict
from uuid import UUID

from django.db.models import Q, QuerySet

from campaigns.models import Group
from foundation.cursors import encode_cursor, read_cursor
from foundation.errors import InvalidInput
from foundation.parsing import read_id, read_uuid
from foundation.project_time import project_moment
from tracking.hits.classify import Kind, wording_of
from tracking.models import Open, Pixel, UserAgent

NEWEST_FIRST = ("-opened_at", "-event_id")
NO_PIXEL = "There is no such pixel. For the opens of one that was deleted give its contact too."


class Position(NamedTuple):
    """The position of an open in a list; several opens may have the same time."""

    opened_at: datetime
    group_id: int
    event_id: UUID

    @classmethod
    def of_cursor(cls, cursor: str) -> "Position":
        """Raises BadCursor."""
        return cls(*read_cursor(cursor, project_moment, read_id, read_uuid))

    @property
    def cursor(self) -> str:
        return encode_cursor(self.opened_at.isoformat(), self.group_id, str(self.event_id))


@dataclass(frozen=True)
class ListedOpen:
    """An open for display; `reason` is the rule's, `client` the mail client's name."""

    event_id: UUID
    contact: UUID
    pixel: UUID
    group: int
    opened_at: datetime
    kind: str
    rule: str
    rule_version: int
    reason: str
    user_agent: str
    client: str

    @property
    def position(self) -> Position:
        return Position(self.opened_at, self.group, self.event_id)


class WantedOpens(TypedDict, total=False):
    """Filters for opens; all given ones must match."""

    campaign: int | None
    group: int | None
    contact: UUID | None
    pixel: UUID | None
    kind: Kind | None
    since: datetime | None
    until: datetime | None


def newest_opens(*, wanted: WantedOpens, after: Position | None, limit: int) -> list[ListedOpen]:
    """The newest opens, or those after a position in the same list.

    Raises InvalidInput for a pixel that does not exist, unless its contact is given.
    """
    opens = _wanted_opens(wanted)
    campaign_id = wanted.get("campaign")
    if campaign_id is None:
        return _describe(_first(opens, after and _follows(after), limit))
    groups = list(_groups(campaign_id))
    if any(wanted.get(name) for name in ("contact", "pixel", "group")):
        opens = opens.filter(group_id__in=groups)
        return _describe(_first(opens, after and _follows(after), limit))
    return _describe(_merged(opens, groups, after, limit))


def opens_of_contacts(contact_ids: Collection[UUID], *, limit: int) -> list[ListedOpen]:
    """The newest opens of a few contacts."""
    return _describe(_first(Open.objects.filter(contact_id__in=contact_ids), None, limit))


def _merged(
    opens: QuerySet[Open], groups: Sequence[int], after: Position | None, limit: int
) -> list[Open]:
    """The newest of several groups: each is read from its index without sorting.

    Opens of the same moment are ordered by group, then as the database orders their ids (which
    differs from Python's order on some databases).
    """
    found = [
        _first(opens.filter(group_id=group), after and _follows_in(after, group), limit)
        for group in groups
    ]
    newest = heapq.merge(*found, key=lambda o: (o.opened_at, o.group_id), reverse=True)
    return list(islice(newest, limit))


def _follows(after: Position) -> Q:
    # The first part lets the database start from an index.
    same_moment = Q(opened_at=after.opened_at, event_id__lt=after.event_id)
    return Q(opened_at__lte=after.opened_at) & (Q(opened_at__lt=after.opened_at) | same_moment)


def _follows_in(after: Position, group: int) -> Q:
    if group == after.group_id:
        return _follows(after)
    if group < after.group_id:
        return Q(opened_at__lte=after.opened_at)
    return Q(opened_at__lt=after.opened_at)


def _first(opens: QuerySet[Open], follows: Q | None, limit: int) -> list[Open]:
    return list((opens.filter(follows) if follows else opens).order_by(*NEWEST_FIRST)[:limit])


def _wanted_opens(wanted: WantedOpens) -> QuerySet[Open]:
    columns = {
        "group_id": wanted.get("group"),
        "contact_id": wanted.get("contact") or _owner(wanted.get("pixel")),
        "pixel_id": wanted.get("pixel"),
        "kind": wanted.get("kind"),
        "opened_at__gte": wanted.get("since"),
        "opened_at__lt": wanted.get("until"),
    }
    return Open.objects.filter(**{name: v for name, v in columns.items() if v is not None})


def _owner(pixel_id: UUID | None) -> UUID | None:
    """The contact of a pixel; opens are indexed by contact, not by pixel."""
    if pixel_id is None:
        return None
    pixel = Pixel.objects.filter(uuid=pixel_id).only("contact_id").first()
    if pixel is None:
        raise InvalidInput.field("pixel", NO_PIXEL)
    return pixel.contact_id


def _groups(campaign_id: int) -> Iterable[int]:
    groups = Group.objects.filter(campaign_id=campaign_id).order_by("id")
    return groups.values_list("id", flat=True)


def _describe(opens: Sequence[Open]) -> list[ListedOpen]:
    if not opens:
        return []
    agents = UserAgent.objects.in_bulk({opened.user_agent_id for opened in opens})
    return [_in_words(opened, agents[opened.user_agent_id]) for opened in opens]


def _in_words(opened: Open, agent: UserAgent) -> ListedOpen:
    rule = wording_of(opened.rule)
    return ListedOpen(
        event_id=opened.event_id,
        contact=opened.contact_id,
        pixel=opened.pixel_id,
        group=opened.group_id,
        opened_at=opened.opened_at,
        kind=Kind(opened.kind).name.lower(),
        rule=rule.name,
        rule_version=rule.version,
        reason=rule.reason,
        user_agent=agent.value,
        client=agent.family,
    )
