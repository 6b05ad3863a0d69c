"""Records hits as opens and updates the counters.

Each batch is one transaction, and replaying a batch changes nothing: an event id that is already
recorded is dropped. `tracking.ingest.loop` reads the event logs and handles outages.
"""

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from consent.modes import Dropped
from consent.queries import everybody_is_measured
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from foundation.timestamps import from_ms, to_ms
from tracking.counting import facts, fold, last_days, shared, tables, user_agents
from tracking.counting.allowed import Allowed, read_again, read_allowed
from tracking.counting.fold import ContactFacts, HitFacts
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.shared import OUT_OF_TIME, REPEATED, TOO_OLD, SharedHit
from tracking.hits.classify import Kind, Rule, classify
from tracking.hits.event_log import Hit, OutOfTime
from tracking.models import ContactOpens, IngestLock, Open, Pixel

OPEN_COLUMNS = (
    "event_id",
    "contact_id",
    "pixel_id",
    "group_id",
    "opened_at",
    "bucket",
    "kind",
    "rule",
    "user_agent_id",
    "network",
    "purpose",
)
NETWORK_HASH_DIGITS = 32

# Why a hit was not recorded.
UNKNOWN = "unknown"
ERASED = "erased"
DROP_REASONS = (UNKNOWN, REPEATED, ERASED, TOO_OLD, OUT_OF_TIME, *Dropped)
# The accepted clock skew between the hosts that take hits, create contacts and count: the limit of
# Kerberos, and far more than an NTP-synchronised clock is ever off.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Outcome:
    """The result of a batch: recorded hits by kind, dropped ones by reason.

    `shared_by_kind` are loads of shared pixels, which are no opens. `out_of_time` holds hits with
    an impossible time, which were not recorded and must be kept.
    """

    recorded_by_kind: Counter[Kind] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    out_of_time: dict[OutOfTime, list[Hit]] = field(default_factory=lambda: defaultdict(list))
    shared_by_kind: Counter[Kind] = field(default_factory=Counter)

    @property
    def recorded(self) -> int:
        return self.recorded_by_kind.total()


@dataclass(frozen=True)
class Sorted:
    """Hits by what they may come to: opens, the day of a person's last open, or neither.

    `strange` are those of pixels that are no contact's. `allowed` is what told them apart, if
    anything had to.
    """

    opens: list[Hit] = field(default_factory=list)
    days: list[Hit] = field(default_factory=list)
    strange: list[Hit] = field(default_factory=list)
    allowed: Allowed | None = None


class ResolvedHit(NamedTuple):
    """A hit to be recorded, with its contact and classification."""

    hit: Hit
    contact: ContactFacts
    rule: Rule
    user_agent_id: int


def record(hits: Sequence[Hit], *, now: datetime | None = None) -> Outcome:
    """Record the new hits and update the counters.

    Hits dated after `now`, or before their contact was created, are returned instead; without `now`
    every time is accepted. Raises `foundation.errors.Busy` on continued conflicts with other
    writers, and any database error; then nothing was recorded.
    """
    dropped: Counter[str] = Counter()
    found = _sorted(hits, dropped, now)
    loads = shared.shared_hits(found.strange)
    dropped[UNKNOWN] += len(found.strange) - len(loads)
    agents = user_agents.resolve({hit.user_agent for hit in found.opens})
    outcome = _record_known(found, loads, agents, now)
    outcome.dropped.update(dropped)
    return outcome


def _sorted(hits: Sequence[Hit], dropped: Counter[str], now: datetime | None) -> Sorted:
    """Tells apart the hits of people who may be measured.

    No others may use up an event id or store their user agent. It is asked again under the lock,
    since a decision may come in between.
    """
    pixel_ids = {hit.pixel_id for hit in hits}
    if everybody_is_measured():
        known = set(Pixel.objects.filter(uuid__in=pixel_ids).values_list("uuid", flat=True))
        return Sorted(
            opens=[hit for hit in hits if hit.pixel_id in known],
            strange=[hit for hit in hits if hit.pixel_id not in known],
        )
    people = facts.people(pixel_ids)
    allowed = read_allowed(people.values(), now=now or timezone.now())
    found = Sorted(allowed=allowed)
    for hit in hits:
        person = people.get(hit.pixel_id)
        if person is None:
            found.strange.append(hit)
            continue
        why = allowed.why_dropped(person, hit.at)
        if why is None:
            found.opens.append(hit)
            continue
        dropped[why] += 1
        if allowed.keeps_day(person, hit.at):
            found.days.append(hit)
    return found


@in_transaction
def _record_known(
    found: Sorted,
    loads: Sequence[SharedHit],
    agents: dict[str, int],
    now: datetime | None,
) -> Outcome:
    lock = hold_ingest_lock()
    outcome = Outcome()
    fresh = _fresh(found, pruned_before=lock.pruned_before, now=now, outcome=outcome)
    resolved = [
        ResolvedHit(hit, contact, classify(hit.user_agent, hit.purpose), agents[hit.user_agent])
        for hit, contact in fresh
    ]
    if resolved:
        _count(resolved)
        _insert(resolved)
    outcome.recorded_by_kind.update(r.rule.kind for r in resolved)
    counted = shared.count(loads, lock=lock, now=now, tolerance=CLOCK_TOLERANCE)
    outcome.shared_by_kind.update(counted.counted)
    outcome.dropped.update(counted.dropped)
    if found.days:
        _keep_days(found, now or timezone.now())
    return outcome


def _keep_days(found: Sorted, now: datetime) -> None:
    owners = facts.owners({hit.pixel_id for hit in found.days})
    people = {owner.person for owner in owners.values()}
    allowed = read_again(found.allowed, people, now=now)
    last_days.keep(
        found.days,
        owners=owners,
        keeps=allowed.keeps_day,
        is_possible=lambda hit, owner: _out_of_time(hit.at, owner.created_at, now) is None,
    )


def note_complete(*, moment: datetime) -> None:
    """Store that every hit before this moment is recorded; the moment never moves back."""
    behind = Q(complete_until__isnull=True) | Q(complete_until__lt=moment)
    IngestLock.objects.filter(behind, id=1).update(complete_until=moment)


def _fresh(
    found: Sorted, *, pruned_before: datetime | None, now: datetime | None, outcome: Outcome
) -> list[tuple[Hit, ContactFacts]]:
    """The hits to record, each once, with their contacts; the others are counted in `outcome`."""
    owners = facts.owners({hit.pixel_id for hit in found.opens})
    people = {owner.person for owner in owners.values()}
    allowed = read_again(found.allowed, people, now=now or timezone.now())
    seen = _seen({hit.event_id for hit in found.opens})
    fresh = []
    for hit in found.opens:
        owner = owners.get(hit.pixel_id)
        if owner is None:
            outcome.dropped[UNKNOWN] += 1
        elif why := allowed.why_dropped(owner.person, hit.at):
            outcome.dropped[why] += 1
        elif hit.event_id in seen:
            outcome.dropped[REPEATED] += 1
        elif owner.erased:
            outcome.dropped[ERASED] += 1
        elif now and (reason := _out_of_time(hit.at, owner.created_at, now)):
            outcome.out_of_time[reason].append(hit)
        elif pruned_before and hit.at < pruned_before:
            outcome.dropped[TOO_OLD] += 1
        else:
            seen.add(hit.event_id)
            fresh.append((hit, owner.contact))
    return fresh


def _out_of_time(at: datetime, created_at: datetime, now: datetime) -> OutOfTime | None:
    """The reason why a hit's time is impossible, None if it is possible."""
    if at > now + CLOCK_TOLERANCE:
        return "ahead"
    return "before_contact" if at < created_at - CLOCK_TOLERANCE else None


def _seen(event_ids: Collection[UUID]) -> set[UUID]:
    stored = Open.objects.filter(event_id__in=event_ids).values_list("event_id", flat=True)
    return set(stored)


def _count(resolved: Sequence[ResolvedHit]) -> None:
    contacts = {r.contact.contact_id: r.contact for r in resolved}
    families = user_agents.families(r.user_agent_id for r in resolved)
    hits = [
        HitFacts(r.contact.contact_id, to_ms(r.hit.at), int(r.rule.kind), families[r.user_agent_id])
        for r in resolved
    ]
    numbers = [fold.bucket_of(hit.at) for hit in hits]
    folded = fold.fold(
        hits,
        contacts=contacts,
        summaries=facts.summaries(contacts),
        buckets=facts.buckets(contacts, first=min(numbers), last=max(numbers)),
    )
    write_summaries(folded.summaries, contacts)
    tables.move(folded.deltas)


def write_summaries(
    summaries: dict[UUID, fold.Summary], contacts: dict[UUID, ContactFacts]
) -> None:
    """Store the contacts' summaries; the caller holds the ingest lock."""
    rows = (
        (
            contact_id,
            contacts[contact_id].group_id,
            summary.best_kind,
            from_ms(summary.first_opened_at),
            summary.first_counted_at and from_ms(summary.first_counted_at),
        )
        for contact_id, summary in sorted(summaries.items())
    )
    columns = ("contact_id", "group_id", *facts.SUMMARY_COLUMNS)
    bulk_sql.upsert(ContactOpens, columns, rows, key=("contact_id",), adding=False)


def _insert(resolved: Iterable[ResolvedHit]) -> None:
    rows = (
        (
            r.hit.event_id,
            r.contact.contact_id,
            r.hit.pixel_id,
            r.contact.group_id,
            r.hit.at,
            fold.bucket_of(to_ms(r.hit.at)),
            int(r.rule.kind),
            r.rule.code,
            r.user_agent_id,
            _network_hash(r.hit.network),
            r.hit.purpose,
        )
        for r in resolved
    )
    bulk_sql.insert(Open, OPEN_COLUMNS, rows)


def _network_hash(network: str) -> str:
    """A keyed hash that distinguishes networks without revealing them."""
    if not network:
        return ""
    digest = hmac.new(settings.HASH_KEY.encode(), network.encode(), hashlib.sha256)
    return digest.hexdigest()[:NETWORK_HASH_DIGITS]
