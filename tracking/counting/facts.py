"""Reads the input of counting: contacts, their summaries and their buckets.

The caller holds the ingest lock, so the data stays valid until the end of its transaction.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from campaigns.models import Contact
from foundation.timestamps import to_ms
from tracking.counting import fold, user_agents
from tracking.counting.fold import Best, ContactFacts, HitFacts, Summary
from tracking.counting.strata import Key, stratum_of
from tracking.models import CampaignLaunch, ContactOpens, Open, Pixel, StratumCut

EVER = datetime.max.replace(tzinfo=UTC)
SUMMARY_COLUMNS = ("best_kind", "first_opened_at", "first_counted_at")
CONTACT_COLUMNS = (
    "uuid",
    "group_id",
    "campaign_id",
    "created_at",
    "scheduled_at",
    "not_sent_at",
    "erased_at",
)


class Owner(NamedTuple):
    """The contact of a pixel, when it was created and whether it was erased."""

    contact: ContactFacts
    created_at: datetime
    erased: bool


def owners(pixel_ids: Collection[UUID]) -> dict[UUID, Owner]:
    """The contact of each existing pixel."""
    columns = [f"contact__{column}" for column in CONTACT_COLUMNS]
    rows = list(Pixel.objects.filter(uuid__in=pixel_ids).values_list("uuid", *columns))
    facts = _facts(row[1:] for row in rows)
    created = 1 + CONTACT_COLUMNS.index("created_at")
    return {row[0]: Owner(facts[row[1]], row[created], row[-1] is not None) for row in rows}


def contacts(contact_ids: Collection[UUID]) -> dict[UUID, ContactFacts]:
    return _facts(Contact.objects.filter(uuid__in=contact_ids).values_list(*CONTACT_COLUMNS))


def summaries(contact_ids: Iterable[UUID]) -> dict[UUID, Summary]:
    rows = ContactOpens.objects.filter(contact_id__in=list(contact_ids))
    return {
        contact_id: Summary(kind, to_ms(first), counted and to_ms(counted))
        for contact_id, kind, first, counted in rows.values_list("contact_id", *SUMMARY_COLUMNS)
    }


def buckets(
    contact_ids: Iterable[UUID], *, first: int | None = None, last: int | None = None
) -> dict[tuple[UUID, int], Best]:
    """The best hit of each bucket of these contacts, optionally between two bucket numbers."""
    rows = Open.objects.filter(contact_id__in=list(contact_ids)).order_by()
    if first is not None and last is not None:
        rows = rows.filter(bucket__range=(first, last))
    distinct = list(rows.values_list("contact_id", "bucket", "kind", "user_agent_id").distinct())
    families = user_agents.families(row[3] for row in distinct)
    best: dict[tuple[UUID, int], Best] = {}
    for contact_id, bucket, kind, agent_id in distinct:
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


def sending_key(scheduled_at: datetime, contact_id: UUID) -> Key:
    """A contact's sort key in the order of sending, as `tracking.counting.strata` compares it."""
    return to_ms(scheduled_at), contact_id.int


def _facts(rows: Iterable[tuple]) -> dict[UUID, ContactFacts]:
    rows = list(rows)
    launches = _launches({row[2] for row in rows})
    cuts = _cuts({row[1] for row in rows if row[2] in launches})
    facts = {}
    for contact_id, group_id, campaign_id, created_at, scheduled_at, not_sent_at, erased_at in rows:
        due_at = stratum = None
        if scheduled_at and not (erased_at and erased_at < scheduled_at):
            due_at = to_ms(scheduled_at)
            if created_at < launches.get(campaign_id, created_at):
                stratum = stratum_of(sending_key(scheduled_at, contact_id), cuts.get(group_id, ()))
        facts[contact_id] = ContactFacts(
            contact_id, group_id, due_at, stratum, counted=not_sent_at is None
        )
    return facts


def _launches(campaign_ids: Collection[int]) -> dict[int, datetime]:
    """The moment before which contacts of launched campaigns must have been created to be in
    strata.
    """
    launches = CampaignLaunch.objects.filter(campaign_id__in=campaign_ids)
    pairs = launches.values_list("campaign_id", "strata_before")
    return {campaign_id: before or EVER for campaign_id, before in pairs}


def _cuts(group_ids: Collection[int]) -> dict[int, list[Key]]:
    rows = StratumCut.objects.filter(group_id__in=group_ids).order_by("group_id", "stratum")
    cuts: dict[int, list[Key]] = {}
    for group_id, scheduled_at, contact_id in rows.values_list(
        "group_id", "scheduled_at", "contact_id"
    ):
        cuts.setdefault(group_id, []).append(sending_key(scheduled_at, contact_id))
    return cuts
