"""Previews the effect of classifying stored opens again, without changing anything.

Reads in chunks while ingest runs, so the figures are approximate; covers the time after the pruning
horizon, as `tracking.upkeep.reclassify` does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import cast
from uuid import UUID

from campaigns.models import Campaign, Group
from foundation.timestamps import to_ms
from reports.figures import Figures, figures_of_groups
from tracking.counting import facts, fold, user_agents
from tracking.counting.fold import HitFacts, Summary
from tracking.hits.classify import Kind, Rule
from tracking.models import IngestLock, Open, OpensBySlot
from tracking.upkeep.reclassify import outdated

CHUNK = 500
Wanted = Mapping[tuple[int, str], Rule]


@dataclass(frozen=True)
class Standing:
    """A campaign's figures, and its opens by kind."""

    figures: Figures
    opens: Counter[Kind]


@dataclass(frozen=True)
class Change:
    """What a campaign shows now and what it would show."""

    campaign: Campaign
    before: Standing
    after: Standing


@dataclass(frozen=True)
class Preview:
    """`hits` would be classified differently; `changes` are the affected campaigns."""

    hits: int
    changes: list[Change]


def preview_reclassification(*, now: datetime) -> Preview:
    """The effect of `reclassify_opens`, campaign by campaign."""
    wanted = {(agent_id, purpose): rule for agent_id, purpose, rule in outdated()}
    if not wanted:
        return Preview(0, [])
    lock = IngestLock.objects.get(id=1)
    horizon = to_ms(lock.pruned_before) if lock.pruned_before else 0
    deltas = fold.Deltas()
    hits = sum(_add_chunk(deltas, chunk, wanted, horizon) for chunk in _contacts_hit(wanted))
    return Preview(hits, list(_changes(deltas, now)))


def _contacts_hit(wanted: Wanted) -> Iterator[Sequence[UUID]]:
    agents = {agent_id for agent_id, _ in wanted}
    contacts = Open.objects.filter(user_agent_id__in=agents).order_by("contact_id")
    remaining = contacts.values_list("contact_id", flat=True).distinct().iterator()
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _add_chunk(
    deltas: fold.Deltas, contact_ids: Sequence[UUID], wanted: Wanted, horizon: int
) -> int:
    """Add the changes of the counters; returns how many hits of these contacts would change."""
    contacts, before = facts.contacts(contact_ids), facts.summaries(contact_ids)
    deltas.add_openings(contacts, before, facts.buckets(contact_ids), -1)
    hits, changed = _decided_anew(contact_ids, wanted)
    after = {
        contact_id: _amount_anew(own, before[contact_id], horizon)
        for contact_id, own in hits.items()
    }
    buckets = fold.best_of_buckets(hit for own in hits.values() for hit in own)
    deltas.add_openings(contacts, after, buckets, +1)
    return changed


def _amount_anew(hits: Sequence[HitFacts], before: Summary, horizon: int) -> Summary:
    known = before if before.first_opened_at < horizon else None
    # A summary of at least one hit is never None.
    return cast(Summary, fold.amount_to(hits, known=known))


def _decided_anew(
    contact_ids: Sequence[UUID], wanted: Wanted
) -> tuple[dict[UUID, list[HitFacts]], int]:
    columns = ("contact_id", "opened_at", "kind", "rule", "user_agent_id", "purpose")
    rows = list(Open.objects.filter(contact_id__in=contact_ids).order_by().values_list(*columns))
    families = user_agents.families(row[4] for row in rows)
    hits, changed = defaultdict(list), 0
    for contact_id, at, kind, code, agent_id, purpose in rows:
        rule = wanted.get((agent_id, purpose))
        changed += rule is not None and rule.code != code
        decided = kind if rule is None else int(rule.kind)
        hits[contact_id].append(HitFacts(contact_id, to_ms(at), decided, families[agent_id]))
    return hits, changed


def _changes(deltas: fold.Deltas, now: datetime) -> Iterator[Change]:
    contacts: defaultdict[int, Counter[Kind]] = defaultdict(Counter)
    opens: defaultdict[int, Counter[Kind]] = defaultdict(Counter)
    for (group_id, kind), (moved,) in deltas.of(fold.CONTACTS_BY_KIND).items():
        contacts[group_id][Kind(kind)] += moved
    for (group_id, kind, _), (moved,) in deltas.of(fold.OPENS_BY_SLOT).items():
        opens[group_id][Kind(kind)] += moved
    touched = Group.objects.filter(id__in=contacts.keys() | opens.keys())
    campaigns = Campaign.objects.filter(groups__in=touched).distinct().order_by("id")
    for campaign in campaigns:
        groups = list(campaign.groups.values_list("id", flat=True))
        before = _standing(groups, now)
        yield Change(
            campaign,
            before,
            _moved(before, _sum(contacts[g] for g in groups), _sum(opens[g] for g in groups)),
        )


def _standing(group_ids: Sequence[int], now: datetime) -> Standing:
    figures = sum(figures_of_groups(group_ids, now=now).values(), Figures())
    opens = Counter(dict.fromkeys(Kind, 0))
    rows = OpensBySlot.objects.filter(group_id__in=group_ids)
    for kind, count in rows.values_list("kind", "opens").iterator():
        opens[Kind(kind)] += count
    return Standing(figures, opens)


def _moved(before: Standing, contacts: Counter[Kind], opens: Counter[Kind]) -> Standing:
    unique = {kind: n + contacts[kind] for kind, n in before.figures.unique_by_kind.items()}
    figures = replace(
        before.figures,
        unique_by_kind=unique,
        first_counted=sum(n for kind, n in unique.items() if kind > Kind.MACHINE),
        first_of_any_kind=sum(unique.values()),
    )
    return Standing(figures, Counter({kind: n + opens[kind] for kind, n in before.opens.items()}))


def _sum(counters: Iterator[Counter[Kind]]) -> Counter[Kind]:
    total: Counter[Kind] = Counter()
    for counter in counters:
        total.update(counter)
    return total
