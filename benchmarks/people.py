"""Makes people with an address each, and what they decided, for benchmarks of consent."""

from datetime import timedelta

from benchmarks.contact_import import make_campaign
from benchmarks.ingest import START

CHUNK = 5_000
# As many as most benchmarks need.
CONTACTS = 5_000
TEXT = "We measure whether you open our mails."


def make_people(count: int) -> tuple[list, list[str]]:
    """Contacts with an address each, and their pixels."""
    from django.db import transaction

    from campaigns.models import Contact
    from contacts.registering import register_contacts
    from contacts.stored import email_columns

    campaign, group = make_campaign()
    made, pixels = [], []
    for first in range(0, count, CHUNK):
        contacts = [
            Contact(
                campaign=campaign,
                group=group,
                scheduled_at=START,
                due_at=START,
                created_at=START - timedelta(days=1),
                **email_columns(f"person{n}@example{n % 50}.com"),
            )
            for n in range(first, min(first + CHUNK, count))
        ]
        with transaction.atomic():
            Contact.objects.bulk_create(contacts, batch_size=1000)
            own = register_contacts(contact_ids=[c.uuid for c in contacts], per_contact=1)
        made += contacts
        pixels += [str(pixel.uuid) for [pixel] in own.values()]
    return made, pixels


def decide(contacts: list, answer: str = "granted") -> None:
    """All agree, or all refuse, before their mail is due."""
    from consent.decisions import record_decisions
    from consent.models import Way as DecisionWay
    from consent.modes import Answer
    from consent.queries import subject_of
    from consent.reading import Told
    from consent.weighing import Report, Source
    from contacts.measured.decided import follow_decisions

    before = START - timedelta(hours=1)
    told = Told(opens=Answer(answer), decided_at=before, text=TEXT)
    reports = [Report.about(subject_of(contact), told) for contact in contacts]
    results = record_decisions(reports, source=Source(DecisionWay.API), now=before)
    if any(result.errors for result in results):
        raise SystemExit("a decision was not recorded")
    # As the sweep has it a minute later.
    while not follow_decisions(now=before):
        continue
