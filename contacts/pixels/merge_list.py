"""Reads the contacts of a campaign with their pixels for the mail service.

At most CHUNK contacts are in memory, however many the campaign has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import Contact, Group, NotSentReason
from campaigns.queries import mailed_groups
from consent.journal import require_replayed
from consent.page.visit import consent_url
from consent.queries import read_policies
from contacts.fields import MERGED
from contacts.in_order import facts_in_order, in_full, places
from contacts.pixels.given import SHARED_NUMBER, given_to
from contacts.pixels.links import pixel_html, pixel_url
from contacts.pixels.shared import SharedPixels
from foundation.errors import InvalidInput
from tracking.models import Pixel
from tracking.opened import ContactFacts

CHUNK = 1000
GROUP_COLUMNS = ("group_number", "group")
# Which of a chunk of contacts are in a list, in their order.
Pick = Callable[[Sequence[ContactFacts]], Sequence[UUID]]
# Of the rest's contacts: the group whose e-mail they get.
WINNER_COLUMNS = ("winner_number", "winner")
NOT_MAILED = "No e-mail goes to the group “{}”, or none yet."


@dataclass(frozen=True)
class MergeRow:
    """A contact with the uuids of the pixels for its e-mail by number, none where it gets none."""

    contact: Contact
    pixels: dict[int, UUID]


def merge_table(
    *,
    campaign_id: int,
    base: str,
    group_id: int | None = None,
    pick: Pick | None = None,
    with_pages: bool = False,
) -> Iterator[list[object]]:
    """A header row, then each contact's fields, its page's address, its pixels' URLs and tags.

    Times are in the project's zone. `base` is the server's URL, as in `pixel_url`. Only contacts of
    the group, and those that `pick` leaves of each chunk. Where a rest was given the winner,
    columns name it. Without `with_pages` nobody's page is given away. Raises
    `consent.journal.NotReplayed` at once.
    """
    require_replayed()
    return _table(campaign_id, base, group_id, pick, with_pages)


def _table(
    campaign_id: int, base: str, group_id: int | None, pick: Pick | None, with_pages: bool
) -> Iterator[list[object]]:
    groups = _listed_groups(campaign_id, group_id)
    numbers = pixel_numbers(campaign_id)
    tags = [f"pixel_{number}_{what}" for number in numbers for what in ("url", "html")]
    winners = WINNER_COLUMNS if any(group.winner for group in groups) else ()
    yield [*_headings(), "not_sent", *winners, "consent_url", *tags]
    for row in merge_rows(campaign_id, group_id=group_id, pick=pick):
        winner = _winner(row.contact) if winners else ()
        page = _page(row.contact, base) if with_pages else None
        yield [*_fields(row.contact), *winner, page, *_tags(row, numbers, base)]


def _page(contact: Contact, base: str) -> str | None:
    return consent_url(campaign_id=contact.campaign_id, contact_id=contact.uuid, base=base)


def merge_file(campaign_id: int, what: str = "contacts") -> str:
    return f"{what}-{campaign_id}.csv"


def refuse_unlisted(group: Group | None) -> None:
    """Raise InvalidInput where a group alone is asked for that gets no mail, or none yet."""
    if group is not None and not group.is_mailed:
        raise InvalidInput.field("group", NOT_MAILED.format(group), code="not_mailed")


def _listed_groups(campaign_id: int, group_id: int | None) -> Sequence[Group]:
    mailed, one = mailed_groups(campaign_id), Group.objects.filter(id=group_id or 0)
    return list((mailed if group_id is None else one).select_related("winner"))


def _winner(contact: Contact) -> tuple[object, ...]:
    winner = contact.group.winner
    return (None, None) if winner is None else (winner.number, winner.name)


def _headings() -> Iterator[str]:
    for field in MERGED:
        yield from GROUP_COLUMNS if field.name == "group" else [field.name]


def _fields(contact: Contact) -> Iterator[object]:
    for field in MERGED:
        value = getattr(contact, field.name)
        if isinstance(value, Group):
            yield from (value.number, value.name)
        else:
            yield timezone.localtime(value).isoformat() if isinstance(value, datetime) else value
    yield contact.not_sent_reason


def _tags(row: MergeRow, numbers: Sequence[int], base: str) -> Iterator[str | None]:
    for number in numbers:
        pixel_id = row.pixels.get(number)
        yield None if pixel_id is None else pixel_url(pixel_id, base=base)
        yield None if pixel_id is None else pixel_html(pixel_id, base=base)


def pixel_numbers(campaign_id: int) -> list[int]:
    """The distinct pixel numbers of a campaign, in order, and that of shared pixels."""
    numbers = Pixel.objects.filter(contact__campaign_id=campaign_id).order_by("number")
    own = list(numbers.values_list("number", flat=True).distinct())
    return sorted({*own, SHARED_NUMBER}) if _shares(campaign_id) else own


def _shares(campaign_id: int) -> bool:
    return any(policy.may_share() for policy in read_policies([campaign_id]).values())


def merge_rows(
    campaign_id: int, *, group_id: int | None = None, pick: Pick | None = None
) -> Iterator[MergeRow]:
    """All contacts of groups that get mail except erased and test ones, in order of creation.

    Those of one group alone if it is named; none where it gets no mail.
    Read in chunks with short queries, so that memory use stays flat and nobody is blocked.
    """
    contacts = Contact.objects.filter(campaign_id=campaign_id, erased_at__isnull=True)
    contacts = contacts.exclude(not_sent_reason=NotSentReason.TEST)
    contacts = contacts.filter(group_id__in=mailed_groups(campaign_id).order_by())
    walked = {"campaign_id": campaign_id} if group_id is None else {"group_id": group_id}
    shared = SharedPixels()
    for ids in _chunks(Contact.objects.filter(**walked)):
        chosen = ids if pick is None else pick(facts_in_order(contacts, ids))
        chunk = in_full(contacts.select_related("group__winner"), chosen)
        yield from _with_pixels(chunk, shared)


def _chunks(contacts: QuerySet[Contact]) -> Iterator[list[UUID]]:
    chunk = places(contacts, None, most=CHUNK)
    while chunk:
        yield [place.contact_id for place in chunk]
        # Behind a short one there was nothing.
        chunk = places(contacts, chunk[-1], most=CHUNK) if len(chunk) == CHUNK else []


def _with_pixels(contacts: Sequence[Contact], shared: SharedPixels) -> Iterator[MergeRow]:
    if not contacts:
        return
    pixels: dict[UUID, dict[int, UUID]] = defaultdict(dict)
    owned = Pixel.objects.filter(contact_id__in=[contact.uuid for contact in contacts]).order_by()
    for contact_id, number, pixel_id in owned.values_list("contact_id", "number", "uuid"):
        pixels[contact_id][number] = pixel_id
    given = given_to(contacts, shared=shared)
    for contact in contacts:
        yield MergeRow(contact, given.pixels(contact.uuid, pixels[contact.uuid]))
