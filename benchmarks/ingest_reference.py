"""What the ingest benchmark compares with: one transaction per hit, plain ORM, same meaning."""

from django.db import transaction
from django.db.models import F

from foundation.timestamps import from_ms, to_ms
from tracking.counting import fold as counting
from tracking.counting import user_agents
from tracking.counting.facts import contacts, some_buckets, summaries
from tracking.counting.fold import HitFacts, Summary
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.tables import TABLES
from tracking.hits.classify import classify
from tracking.hits.event_log import Hit
from tracking.hits.mail_clients import describe
from tracking.models import ContactOpens, Open, Pixel, UserAgent


def record_one(hit: Hit) -> None:
    """Record one hit and move the counters with it."""
    with transaction.atomic():
        hold_ingest_lock()
        pixel = Pixel.objects.select_related("contact").get(uuid=hit.pixel_id)
        if Open.objects.filter(event_id=hit.event_id).exists():
            return
        rule, client = classify(hit.user_agent, hit.purpose), describe(hit.user_agent)
        agent, _ = UserAgent.objects.get_or_create(
            digest=user_agents.digest_of(hit.user_agent),
            defaults={"value": hit.user_agent, "family": client.family},
        )
        contact = contacts([pixel.contact_id])[pixel.contact_id]
        facts = HitFacts(pixel.contact_id, to_ms(hit.at), rule.kind, client.family)
        _count(contact, facts)
        Open.objects.create(
            event_id=hit.event_id,
            contact_id=pixel.contact_id,
            pixel_id=pixel.uuid,
            group_id=contact.group_id,
            opened_at=hit.at,
            bucket=counting.bucket_of(facts.at),
            kind=rule.kind,
            rule=rule.code,
            user_agent_id=agent.id,
        )


def _count(contact, hit: HitFacts) -> None:
    bucket = counting.bucket_of(hit.at)
    fold = counting.fold(
        [hit],
        contacts={contact.contact_id: contact},
        summaries=summaries([contact.contact_id]),
        buckets=some_buckets({(contact.contact_id, bucket)}),
    )
    for summary in fold.summaries.values():
        _save_summary(contact, summary)
    for name, table in TABLES.items():
        for key, amounts in fold.deltas.of(name).items():
            row, _ = table.model.objects.get_or_create(
                **dict(zip(table.key, key, strict=True)),
                defaults=dict.fromkeys(table.numbers, 0),
            )
            changes = zip(table.numbers, amounts, strict=True)
            table.model.objects.filter(pk=row.pk).update(**{c: F(c) + n for c, n in changes})


def _save_summary(contact, summary: Summary) -> None:
    counted = summary.first_counted_at
    ContactOpens.objects.update_or_create(
        contact_id=contact.contact_id,
        defaults={
            "group_id": contact.group_id,
            "best_kind": summary.best_kind,
            "first_opened_at": from_ms(summary.first_opened_at),
            "first_counted_at": from_ms(counted) if counted else None,
        },
    )
