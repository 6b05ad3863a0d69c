"""Fills an empty database with campaigns, contacts and opens to look at."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

import campaigns.services
import tracking.services
from campaigns import bulk
from campaigns.models import Campaign, NotSentReason
from tracking import demo, ingest, launch
from tracking.eventlog import Hit

HITS_AT_ONCE = 2000
# A campaign's dates begin before its first mail and end well after its last.
BEFORE, AFTER = timedelta(days=1), timedelta(days=14)


class Command(BaseCommand):
    help = "Fill an empty database with demo campaigns, contacts and opens."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, help="other numbers, other people")
        parser.add_argument(
            "--if-empty", action="store_true", help="leave quietly where there are campaigns"
        )

    def handle(self, *, seed, if_empty, **options):
        if Campaign.objects.exists():
            if if_empty:
                return
            raise CommandError("There are campaigns already: demo data needs an empty database.")
        random, now = Random(seed), timezone.now()  # noqa: S311 - made up, not secret
        contacts = opens = 0
        for plan in demo.CAMPAIGNS:
            people = demo.people(plan, random=random, now=now)
            pixels = create(plan, people, now=now)
            hits = [h for p in people for h in demo.hits(p, pixels[p.uuid], random=random, now=now)]
            launch.launch_due_campaigns(now=now)
            opens += record(hits)
            contacts += len(people)
        self.stdout.write(
            f"Demo data: {len(demo.CAMPAIGNS)} campaigns, {contacts:,} contacts, "
            f"{opens:,} loaded pixels."
        )


def create(
    plan: demo.CampaignPlan, people: list[demo.Person], *, now: datetime
) -> dict[UUID, list[UUID]]:
    """Create a campaign with its contacts; gives the pixels of each contact."""
    begin = now - plan.sent_ago - BEFORE
    dates = {"start_at": begin, "end_at": now - plan.sent_ago + plan.sending + AFTER}
    values = {"name": plan.name, "description": plan.description, **dates}
    campaign = campaigns.services.create_campaign(created_by=None, values=values)
    groups = {
        group.number: campaigns.services.create_group(
            campaign_id=campaign.id, values={"number": group.number, "name": group.name}
        ).id
        for group in plan.groups
    }
    pixels = create_contacts(campaign.id, groups, people, plan.pixels_per_contact, begin)
    tracking.services.mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[person.uuid for person in people if person.bounces],
        reason=NotSentReason.BOUNCED,
        now=now,
    )
    return pixels


def create_contacts(
    campaign_id: int,
    groups: dict[int, int],
    people: list[demo.Person],
    pixels_per_contact: int,
    created_at: datetime,
) -> dict[UUID, list[UUID]]:
    rows = [
        {
            "uuid": str(person.uuid),
            "campaign": campaign_id,
            "group": groups[person.group.number],
            "scheduled_at": person.scheduled_at.isoformat(),
            "email": person.email,
            "name": person.name,
        }
        for person in people
    ]
    pixels: dict[UUID, list[UUID]] = {}

    def register(contact_ids: Sequence[UUID]) -> None:
        created = tracking.services.register_contacts(
            contact_ids=contact_ids, per_contact=pixels_per_contact
        )
        pixels.update({contact: [p.uuid for p in own] for contact, own in created.items()})

    results = bulk.create_contacts(contacts=rows, now=created_at, also=register)
    for result in results:
        if result.errors:
            raise CommandError(f"A demo contact was refused: {result.errors}")
    return pixels


def record(hits: list[Hit]) -> int:
    """Record hits in the order they would have come; gives how many were recorded."""
    hits.sort(key=lambda hit: hit.at)
    batches = (hits[n : n + HITS_AT_ONCE] for n in range(0, len(hits), HITS_AT_ONCE))
    return sum(ingest.record(batch).recorded for batch in batches)
