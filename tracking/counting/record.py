"""Records hits as opens and updates the counters.

Each batch is one transaction, and replaying a batch changes nothing: an event id that is already
recorded is dropped. `tracking.ingest.loop` reads the event logs and handles outages.
"""

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from consent.modes import Dropped
from foundation.database import bulk_sql
from foundation.database.bulk_read import rows_with
from foundation.database.transactions import in_transaction
from foundation.errors import Busy
from foundation.timestamps import from_ms, to_ms
from tracking.counting import facts, fold, last_days, shared, tables, user_agents
from tracking.counting.allowed import Allowed, read_allowed
from tracking.counting.facts import Owner
from tracking.counting.fold import ContactFacts, HitFacts
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.shared import OUT_OF_TIME, REPEATED, TOO_OLD
from tracking.hits.classify import Kind, Rule, classify
from tracking.hits.event_log import Hit, OutOfTime
from tracking.models import ContactOpens, IngestLock, Open

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

# Contacts and decisions may come in between.
ATTEMPTS = 5
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
    """Hits that are new opens, with their contacts, and those of which a day may be kept."""

    opens: list[tuple[Hit, ContactFacts]] = field(default_factory=list)
    days: list[Hit] = field(default_factory=list)


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
    for _ in range(ATTEMPTS):
        agents = _agents(hits, now or timezone.now())
        with suppress(_AgentMissing):
            return _record(hits, agents, now)
    raise Busy("Contacts or decisions change faster than their hits are counted.")


class _AgentMissing(Exception):
    """Somebody who may be measured could not be, or was not known, when agents were stored."""


def _agents(hits: Sequence[Hit], now: datetime) -> dict[str, int]:
    """The ids of the hits' user agents; new ones are only stored for people who may be measured."""

    def to_store(new: Collection[str]) -> set[str]:
        asked = [hit for hit in hits if hit.user_agent in new]
        people = facts.people({hit.pixel_id for hit in asked})
        allowed = read_allowed(people.values(), now=now)
        return {
            hit.user_agent
            for hit in asked
            if (person := people.get(hit.pixel_id)) and not allowed.why_dropped(person, hit.at)
        }

    return user_agents.resolve({hit.user_agent for hit in hits}, to_store=to_store)


@in_transaction
def _record(hits: Sequence[Hit], agents: Mapping[str, int], now: datetime | None) -> Outcome:
    lock = hold_ingest_lock()
    outcome = Outcome()
    owners = facts.owners({hit.pixel_id for hit in hits})
    allowed = read_allowed({owner.person for owner in owners.values()}, now=now or timezone.now())
    found = _sort(hits, owners, allowed, pruned_before=lock.pruned_before, now=now, outcome=outcome)
    if found.opens:
        resolved = _resolved(found.opens, agents)
        _count(resolved)
        _insert(resolved)
        outcome.recorded_by_kind.update(r.rule.kind for r in resolved)
    if found.days:
        _keep_days(found.days, owners, allowed, now or timezone.now())
    _count_shared([hit for hit in hits if hit.pixel_id not in owners], lock, now, outcome)
    return outcome


def _sort(
    hits: Sequence[Hit],
    owners: Mapping[UUID, Owner],
    allowed: Allowed,
    *,
    pruned_before: datetime | None,
    now: datetime | None,
    outcome: Outcome,
) -> Sorted:
    """Each hit of a contact once; why the others are dropped or kept apart is in `outcome`."""
    seen = _seen({hit.event_id for hit in hits})
    found = Sorted()
    for hit in hits:
        owner = owners.get(hit.pixel_id)
        if owner is None:
            continue
        if why := allowed.why_dropped(owner.person, hit.at):
            outcome.dropped[why] += 1
            if allowed.keeps_day(owner.person, hit.at):
                found.days.append(hit)
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
            found.opens.append((hit, owner.contact))
    return found


def _resolved(
    opens: Sequence[tuple[Hit, ContactFacts]], agents: Mapping[str, int]
) -> list[ResolvedHit]:
    if any(hit.user_agent not in agents for hit, _ in opens):
        raise _AgentMissing
    return [
        ResolvedHit(hit, contact, classify(hit.user_agent, hit.purpose), agents[hit.user_agent])
        for hit, contact in opens
    ]


def _keep_days(
    hits: Sequence[Hit], owners: Mapping[UUID, Owner], allowed: Allowed, now: datetime
) -> None:
    last_days.keep(
        hits,
        owners={hit.pixel_id: owners[hit.pixel_id] for hit in hits},
        keeps=allowed.keeps_day,
        is_possible=lambda hit, owner: _out_of_time(hit.at, owner.created_at, now) is None,
    )


def _count_shared(
    hits: Sequence[Hit], lock: IngestLock, now: datetime | None, outcome: Outcome
) -> None:
    """Count the hits of shared pixels; those of no pixel at all are unknown."""
    loads = shared.shared_hits(hits)
    outcome.dropped[UNKNOWN] += len(hits) - len(loads)
    counted = shared.count(loads, lock=lock, now=now, tolerance=CLOCK_TOLERANCE)
    outcome.shared_by_kind.update(counted.counted)
    outcome.dropped.update(counted.dropped)


def note_complete(*, moment: datetime) -> None:
    """Store that every hit before this moment is recorded; the moment never moves back."""
    behind = Q(complete_until__isnull=True) | Q(complete_until__lt=moment)
    IngestLock.objects.filter(behind, id=1).update(complete_until=moment)


def _out_of_time(at: datetime, created_at: datetime, now: datetime) -> OutOfTime | None:
    """The reason why a hit's time is impossible, None if it is possible."""
    if at > now + CLOCK_TOLERANCE:
        return "ahead"
    return "before_contact" if at < created_at - CLOCK_TOLERANCE else None


def _seen(event_ids: Collection[UUID]) -> set[UUID]:
    stored = rows_with(Open, ("event_id",), key="event_id", values=event_ids)
    return {event_id for (event_id,) in stored}


def _count(resolved: Sequence[ResolvedHit]) -> None:
    contacts = {r.contact.contact_id: r.contact for r in resolved}
    families = user_agents.families(r.user_agent_id for r in resolved)
    hits = [
        HitFacts(contact.contact_id, to_ms(hit.at), rule.kind.value, families[user_agent_id])
        for hit, contact, rule, user_agent_id in resolved
    ]
    numbers = {(hit.contact_id, fold.bucket_of(hit.at)) for hit in hits}
    folded = fold.fold(
        hits,
        contacts=contacts,
        summaries=facts.summaries(contacts),
        buckets=facts.some_buckets(numbers),
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


def _insert(resolved: Sequence[ResolvedHit]) -> None:
    networks = {r.hit.network for r in resolved}
    hashes = {network: _network_hash(network) for network in networks}
    rows = (
        (
            hit.event_id,
            contact.contact_id,
            hit.pixel_id,
            contact.group_id,
            hit.at,
            fold.bucket_of(to_ms(hit.at)),
            rule.kind.value,
            rule.code,
            user_agent_id,
            hashes[hit.network],
            hit.purpose,
        )
        for hit, contact, rule, user_agent_id in resolved
    )
    bulk_sql.insert(Open, OPEN_COLUMNS, rows)


def _network_hash(network: str) -> str:
    """A keyed hash that distinguishes networks without revealing them."""
    if not network:
        return ""
    digest = hmac.new(settings.HASH_KEY.encode(), network.encode(), hashlib.sha256)
    return digest.hexdigest()[:NETWORK_HASH_DIGITS]
