"""The verdict on a planned demo campaign, counted without a database."""

from random import Random
from uuid import UUID

from demo import mail
from foundation.timestamps import to_ms
from reports.verdict import decide
from reports.verdict.comparable import AGE_BINS, GroupCounts
from tracking.counting import strata
from tracking.hits.classify import Kind, classify

MINUTE_MS = 60_000


def verdict_on(plan, *, seed, made_at, now):
    people = mail.people(plan, random=Random(seed), now=made_at)
    counts = [
        _counts(group, [p.recipient for p in people if p.recipient.group is group], now)
        for group in plan.groups
    ]
    return decide.verdict(counts, now=to_ms(now), grace_seconds=60)


def _counts(group, recipients, now):
    recipients = [r for r in recipients if not r.bounces]
    keys = [(to_ms(r.scheduled_at), r.uuid.int) for r in recipients]
    cuts = strata.cuts(sorted(keys))
    counts = GroupCounts(
        id=group.number,
        name=group.name,
        planned_share=None,
        sent=[0] * strata.STRATA,
        pending=[0] * strata.STRATA,
        max_sent_at=[0] * strata.STRATA,
        counted=[[0] * AGE_BINS for _ in range(strata.STRATA)],
        with_machine=[[0] * AGE_BINS for _ in range(strata.STRATA)],
    )
    for recipient, key in zip(recipients, keys, strict=True):
        stratum = strata.stratum_of(key, cuts)
        due = -(-key[0] // MINUTE_MS) * MINUTE_MS
        (counts.sent if due <= to_ms(now) else counts.pending)[stratum] += 1
        counts.max_sent_at[stratum] = max(counts.max_sent_at[stratum], due)
        hits = list(mail.hits(recipient, [UUID(int=1)], now=now))
        people = [hit for hit in hits if classify(hit.user_agent).kind > Kind.MACHINE]
        for table, chosen in ((counts.counted, people), (counts.with_machine, hits)):
            if chosen:
                age = to_ms(min(hit.at for hit in chosen)) - key[0]
                table[stratum][strata.age_bin(age)] += 1
    return counts
