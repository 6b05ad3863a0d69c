"""Records what is given out of contacts, and tells which lists people withdrew from since."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns.models import Campaign, Contact, Export, ExportKind, Group
from consent.journal import last_committed
from consent.models import ConsentState, PersonConsent
from consent.modes import Answer
from foundation import dates

REPLAY = "manage.py replay_consent"
Row = TypeVar("Row", bound=Sequence[object])


@dataclass(frozen=True)
class GivenOut:
    """What somebody takes of a campaign, or of all, narrowed to a group or to who was opened so."""

    campaign: Campaign | None
    kind: ExportKind
    by: User
    group: Group | None = None
    opened: str = ""


class StaleList(NamedTuple):
    """A campaign's last list, and how many people withdrew since.

    None where that is not known: the journal has decisions that a restored database lacks.
    """

    campaign: Campaign
    made_at: datetime
    people: int | None


def recorded(table: Iterator[Row], given: GivenOut) -> Iterator[Row]:
    """The same rows, the first of which is a header.

    That they are given out is stored at once, and how many at the end, of a list that is cut off
    too.
    """
    export = _store(given)
    return _counted(table, export)


def record_answer(campaign_ids: Iterable[int], *, by: User) -> None:
    """Store that an answer holds the pixels of new contacts, one id for each contact."""
    now = timezone.now()
    Export.objects.bulk_create(
        Export(
            campaign_id=campaign_id,
            kind=ExportKind.BULK_ANSWER,
            rows=rows,
            made_at=now,
            by=by,
        )
        for campaign_id, rows in sorted(Counter(campaign_ids).items())
    )


def record_pixels(contacts: Iterable[Contact], *, by: User) -> None:
    """Store that a page of a list of pixels was given out, one contact for each pixel in it.

    Once for each campaign, narrowed to a group that all of its contacts are in.
    """
    groups = defaultdict(list)
    for contact in contacts:
        groups[contact.campaign_id].append(contact.group_id)
    now = timezone.now()
    Export.objects.bulk_create(
        Export(
            campaign_id=campaign_id,
            group_id=own[0] if len(set(own)) == 1 else None,
            kind=ExportKind.PIXELS,
            rows=len(own),
            made_at=now,
            by=by,
        )
        for campaign_id, own in sorted(groups.items())
    )


def record_page(given: GivenOut, *, rows: int) -> None:
    """Store that a page of a list was given out; none without rows."""
    if rows:
        _store(given, rows=rows)


def _store(given: GivenOut, *, rows: int = 0) -> Export:
    return Export.objects.create(
        rows=rows,
        campaign=given.campaign,
        kind=given.kind,
        group=given.group,
        opened=given.opened,
        made_at=timezone.now(),
        by=given.by,
    )


def _counted(table: Iterator[Row], export: Export) -> Iterator[Row]:
    given = -1
    try:
        for row in table:
            yield row
            given += 1
    finally:
        Export.objects.filter(pk=export.pk).update(rows=max(given, 0))


# --- Withdrawals since --------------------------------------------------------------------------


def stale_lists(campaigns: QuerySet[Campaign]) -> Iterator[StaleList]:
    """Those of the campaigns whose last merge list has somebody in it who withdrew since, or may.

    The last whole list counts, or the last of any sort. In one query; it looks at who withdrew
    since then, however many contacts there are.
    """
    # The journal first: the database may get ahead meanwhile, and never falls behind.
    committed = last_committed()
    lists = Export.objects.filter(campaign=OuterRef("id"), kind=ExportKind.MERGE_LIST)
    whole = lists.filter(group__isnull=True, opened="")
    found = campaigns.annotate(list_at=Coalesce(_last(whole), _last(lists)))
    number = ConsentState.objects.filter(id=1).values("number")
    counted = found.annotate(
        withdrew=Coalesce(Subquery(_withdrawals()), 0), known=Coalesce(Subquery(number), 0)
    )
    for campaign in counted.filter(list_at__isnull=False):
        if campaign.known < committed:
            yield StaleList(campaign, campaign.list_at, None)
        elif campaign.withdrew:
            yield StaleList(campaign, campaign.list_at, campaign.withdrew)


def _last(exports: QuerySet[Export]) -> Subquery:
    return Subquery(exports.order_by("-made_at").values("made_at")[:1])


def _withdrawals() -> QuerySet[Any, Any]:
    """How many people of the outer campaign withdrew after its list."""
    in_list = Contact.objects.filter(
        campaign=OuterRef(OuterRef("id")), created_at__lte=OuterRef(OuterRef("list_at"))
    )
    is_in_list = Exists(in_list.filter(email_hash=OuterRef("person"))) | Exists(
        in_list.filter(uuid=OuterRef("contact_id"))
    )
    people = PersonConsent.objects.filter(
        is_in_list, opens=Answer.DENIED.value, since__gt=OuterRef("list_at")
    )
    counted = people.order_by().annotate(one=Value(1)).values("one")
    return counted.annotate(count=Count("person")).values("count")


def stale_in_words(people: int | None, made_at: datetime) -> str:
    """As a person says it."""
    who = "1 person" if people == 1 else f"{people:,} people" if people else "Nobody knows who"
    made = timezone.localtime(made_at, timezone.get_default_timezone())
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    day = dates.near_day(made, today=today)
    ask = "download it again" if people else f"send to nobody on it before {REPLAY} has run"
    return f"{who} withdrew since the list of {day}: {ask}."
