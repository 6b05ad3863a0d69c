"""Applies the current rules to opens that earlier rules decided, and updates the counters.

Covers the time after the pruning horizon: for a contact first opened before it, the summary of the
pruned hits is kept.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import QuerySet

from foundation.database.transactions import in_transaction
from foundation.timestamps import to_ms
from tracking.counting import facts, fold, record, tables
from tracking.counting.lock import hold_ingest_lock
from tracking.hits.classify import Rule, classify
from tracking.models import Open, UserAgent

CHUNK = 100


def reclassify_opens() -> int:
    """Classify every stored open again; returns how many hits changed.

    Works in bounded transactions while ingest runs; an interrupted call may be repeated.
    """
    return sum(
        _reclassify(contact_ids, agent_id, purpose, rule)
        for agent_id, purpose, rule in outdated()
        for contact_ids in _contacts_hit(agent_id, purpose, rule)
    )


def outdated() -> list[tuple[int, str, Rule]]:
    """The hits that another rule would decide now: user agent, purpose and that rule."""
    columns = ("user_agent_id", "purpose", "rule")
    stored = set(Open.objects.order_by().values_list(*columns).distinct())
    agents = dict(UserAgent.objects.values_list("id", "value"))
    decided = (
        (agent_id, purpose, code, classify(agents[agent_id], purpose))
        for agent_id, purpose, code in sorted(stored)
    )
    changed = ((a, purpose, rule) for a, purpose, code, rule in decided if rule.code != code)
    return list(dict.fromkeys(changed))


def _contacts_hit(agent_id: int, purpose: str, rule: Rule) -> Iterator[Sequence[UUID]]:
    """The contacts with hits to be classified, in chunks.

    Each chunk continues after the last one: from the start, every chunk would skip all that were
    decided before.
    """
    waiting = _waiting(agent_id, purpose, rule).order_by("contact_id")
    contacts = waiting.values_list("contact_id", flat=True).distinct()
    chunk = list(contacts[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(contacts.filter(contact_id__gt=chunk[-1])[:CHUNK])


def _waiting(agent_id: int, purpose: str, rule: Rule) -> QuerySet[Open]:
    opens = Open.objects.filter(user_agent_id=agent_id, purpose=purpose)
    return opens.exclude(rule=rule.code)


@in_transaction
def _reclassify(contact_ids: Sequence[UUID], agent_id: int, purpose: str, rule: Rule) -> int:
    lock = hold_ingest_lock()
    horizon = to_ms(lock.pruned_before) if lock.pruned_before else 0
    contacts, deltas = facts.contacts(contact_ids), fold.Deltas()
    before = facts.summaries(contact_ids)
    deltas.add_contacts(contacts, before, facts.buckets(contact_ids), -1)
    waiting = _waiting(agent_id, purpose, rule).filter(contact_id__in=contact_ids)
    changed = waiting.update(kind=rule.kind, rule=rule.code)
    pruned = {c: s for c, s in before.items() if s.first_opened_at < horizon}
    after = {
        contact_id: summary
        for contact_id, hits in facts.hits(contact_ids).items()
        if (summary := fold.amount_to(hits, known=pruned.get(contact_id))) is not None
    }
    deltas.add_contacts(contacts, after, facts.buckets(contact_ids), +1)
    record.write_summaries(after, contacts)
    tables.move(deltas)
    return changed
