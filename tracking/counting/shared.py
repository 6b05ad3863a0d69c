"""Counts loads of shared pixels, of which nothing is kept that tells two recipients apart.

A load is no open: it never moves another counter. Its event id stays for KEPT_DAYS, so that a
replay counts nothing twice, and older loads are not counted at all. A load with an impossible time
is dropped, since setting it aside would keep who made it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from consent.modes import Audience, Dropped, Policy
from consent.queries import read_policies
from foundation.database import bulk_sql
from foundation.timestamps import horizon_of, to_ms
from tracking.counting import tables
from tracking.hits import small_cells
from tracking.hits.classify import Kind, classify
from tracking.hits.event_log import Hit
from tracking.hits.mail_clients import client_of, describe
from tracking.hits.small_cells import Cell
from tracking.models import IngestLock, SharedLoad, SharedLoadsByHour, SharedPixel

KEPT_DAYS = 7
HOUR_MS = 3_600_000
# Cells that wait in memory; beyond, their loads stay without a name.
MOST_WAITING = 10_000
REPEATED = "repeated"
TOO_OLD = "too_old"
OUT_OF_TIME = "out_of_time"


class Sharing(NamedTuple):
    """Of a shared pixel: its group and campaign, who has it, and since when there is one."""

    group_id: int
    campaign_id: int
    audience: Audience
    created_at: datetime


@dataclass(frozen=True)
class SharedHit:
    """A hit of a shared pixel."""

    hit: Hit
    sharing: Sharing


@dataclass(frozen=True)
class Loads:
    """What became of hits of shared pixels: counted by kind, or dropped by reason."""

    counted: Counter[Kind] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass
class _Memory:
    """What this process has counted without a name."""

    waiting: Counter[Cell] = field(default_factory=Counter)

    def keep(self, waiting: Counter[Cell]) -> None:
        self.waiting = waiting if len(waiting) <= MOST_WAITING else Counter()


MEMORY = _Memory()


def shared_hits(hits: Sequence[Hit]) -> list[SharedHit]:
    """Those of the hits that are of shared pixels; in one query, none without hits."""
    if not hits:
        return []
    columns = ("group_id", "group__campaign_id", "audience", "created_at")
    rows = SharedPixel.objects.filter(uuid__in={hit.pixel_id for hit in hits})
    known = {
        pixel_id: Sharing(group_id, campaign_id, Audience(audience), created_at)
        for pixel_id, group_id, campaign_id, audience, created_at in rows.values_list(
            "uuid", *columns
        )
    }
    return [SharedHit(hit, known[hit.pixel_id]) for hit in hits if hit.pixel_id in known]


def count(
    hits: Sequence[SharedHit], *, lock: IngestLock, now: datetime | None, tolerance: timedelta
) -> Loads:
    """Count each load once; the caller holds the ingest lock. Without `now` any time is possible.

    `tolerance` is how far clocks may differ.
    """
    loads = Loads()
    if not hits:
        return loads
    policies = read_policies({one.sharing.campaign_id for one in hits})
    seen = _seen({one.hit.event_id for one in hits})
    horizon = _horizon(lock, now)
    fresh = []
    for one in hits:
        why = _why_dropped(one, policies) or _out_of_time(one, horizon, now, tolerance)
        if why is None and one.hit.event_id in seen:
            why = REPEATED
        if why is not None:
            loads.dropped[why] += 1
            continue
        seen.add(one.hit.event_id)
        fresh.append(one)
    loads.counted.update(_store(fresh))
    return loads


def _why_dropped(one: SharedHit, policies: Mapping[int, Policy]) -> Dropped | None:
    policy = policies[one.sharing.campaign_id]
    is_kept = policy.keeps_shared(one.hit.at, one.sharing.audience)
    return None if is_kept else Dropped.NOT_MEASURED


def _horizon(lock: IngestLock, now: datetime | None) -> datetime | None:
    """Never before what was deleted, whatever this host's clock says."""
    horizons = [lock.shared_pruned_before, now and horizon_of(now, keep_days=KEPT_DAYS)]
    return max(filter(None, horizons), default=None)


def _out_of_time(
    one: SharedHit, horizon: datetime | None, now: datetime | None, tolerance: timedelta
) -> str | None:
    at = one.hit.at
    if horizon is not None and at < horizon:
        return TOO_OLD
    if now is None:
        return None
    is_possible = one.sharing.created_at - tolerance <= at <= now + tolerance
    return None if is_possible else OUT_OF_TIME


def _seen(event_ids: Collection[UUID]) -> set[UUID]:
    stored = SharedLoad.objects.filter(event_id__in=event_ids)
    return set(stored.values_list("event_id", flat=True))


def _store(fresh: Sequence[SharedHit]) -> Counter[Kind]:
    if not fresh:
        return Counter()
    found = [_cell(one) for one in fresh]
    counted = small_cells.count(found, stored=_stored(found), waiting=MEMORY.waiting)
    rows = [(*cell, loads) for cell, loads in sorted(counted.sums.items())]
    bulk_sql.upsert(
        SharedLoadsByHour, (*Cell._fields, "loads"), rows, key=Cell._fields, adding=False
    )
    days = ((one.hit.event_id, one.hit.at.astimezone(UTC).date()) for one in fresh)
    bulk_sql.insert(SharedLoad, ("event_id", "day"), days)
    tables.renew({cell.group_id for cell in found})
    transaction.on_commit(lambda: MEMORY.keep(counted.waiting))
    return Counter(Kind(cell.kind) for cell in found)


def _cell(one: SharedHit) -> Cell:
    hit = one.hit
    kind = int(classify(hit.user_agent, hit.purpose).kind)
    family = client_of(describe(hit.user_agent).family)
    return Cell(one.sharing.group_id, to_ms(hit.at) // HOUR_MS, kind, family)


def _stored(found: Iterable[Cell]) -> dict[Cell, int]:
    found = set(found)
    rows = SharedLoadsByHour.objects.filter(
        group_id__in={cell.group_id for cell in found}, hour__in={cell.hour for cell in found}
    )
    return {Cell(*row[:-1]): row[-1] for row in rows.values_list(*Cell._fields, "loads")}
