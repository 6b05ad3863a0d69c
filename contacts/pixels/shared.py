"""The pixels that recipients of a group have in common, for groups with enough of them.

A group has one for each audience, made when it is first given out. Only one of them is given out
at a time, since the modes in force say who the audience is.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Campaign, Contact
from campaigns.modes import Mode
from consent.models import PersonConsent
from consent.modes import Answer, Audience
from consent.queries import modes_of, widest_mode
from contacts.in_order import Position, behind
from tracking.models import SharedPixel

# With fewer recipients a group gets no shared pixel at all.
FEWEST = 10
CHUNK = 500
COLUMNS = (
    *("uuid", "campaign_id", "group_id", "email_hash", "external_id"),
    *("created_at", "forgotten_at"),
)


class SharedPixels:
    """Looks up each group's pixel once, so that all contacts of a list get the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, Audience], UUID | None] = {}

    def of(self, group_id: int, audience: Audience) -> UUID | None:
        """The pixel of a group, None where too few would share it."""
        key = (group_id, audience)
        if key not in self._known:
            self._known[key] = _pixel(*key) if has_enough(*key) else None
        return self._known[key]


def _pixel(group_id: int, audience: Audience) -> UUID:
    pixel, _ = SharedPixel.objects.get_or_create(group_id=group_id, audience=audience.value)
    return pixel.uuid


def has_enough(group_id: int, audience: Audience) -> bool:
    """Whether FEWEST contacts of a group that are mailed are in the mode `shared` now."""
    contacts = Contact.objects.filter(
        group_id=group_id,
        erased_at__isnull=True,
        forgotten_at__isnull=True,
        not_sent_at__isnull=True,
    )
    found, belongs = 0, _may_belong_to(audience, widest=_widest(group_id))
    for chunk in _chunks(contacts.filter(belongs).only(*COLUMNS)):
        found += list(modes_of(chunk).values()).count(Mode.SHARED)
        if found >= FEWEST:
            return True
    return False


def _widest(group_id: int) -> Mode:
    """The mode of those of the group who agreed."""
    return widest_mode(Campaign.objects.get(groups__id=group_id))


def _may_belong_to(audience: Audience, *, widest: Mode) -> Q:
    """Leaves out most of who does not, for groups in which few do."""
    answers = PersonConsent.objects.filter(person=OuterRef("email_hash"))
    granted = PersonConsent.objects.filter(opens=Answer.GRANTED.value)
    agreed = Q(Exists(answers.filter(opens=Answer.GRANTED.value)))
    agreed |= Q(Exists(granted.filter(contact_id=OuterRef("uuid"))))
    if audience == Audience.AGREED:
        return agreed
    refused = Q(Exists(answers.filter(opens=Answer.DENIED.value)))
    # Who agreed has a pixel of its own there.
    return ~refused if widest == Mode.SHARED else ~refused & ~agreed


def _chunks(contacts: QuerySet[Contact]) -> Iterator[Sequence[Contact]]:
    chunk = list(behind(contacts, None)[:CHUNK])
    while chunk:
        yield chunk
        last = Position(chunk[-1].created_at, chunk[-1].uuid)
        chunk = list(behind(contacts, last)[:CHUNK])
