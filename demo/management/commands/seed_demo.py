"""Seeds an empty database with campaigns, contacts and opens; --live sends more."""

import math
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

import campaigns.services
from campaigns.models import Campaign, Contact, NotSentReason
from campaigns.modes import Mode
from campaigns.roles import Role
from consent.decisions import record_decisions
from consent.models import Way
from consent.modes import Answer
from consent.weighing import Report, Source
from contacts.create import create_contacts
from contacts.not_sent import mark_not_sent
from contacts.pixels.given import COLUMNS, given_to
from demo import baskets, mail
from demo.discounts import seed_discounts
from demo.live import LiveDemo, openings_to_come
from foundation.env import FILES
from foundation.logs import quiet_console
from foundation.personal_data.hashes import read_email_hash
from foundation.shutdown import stop_on_signals
from reports.verdict.storing import store_verdicts
from tracking.counting import campaign_slots, record
from tracking.hits.event_log import Hit

HITS_AT_ONCE = 2000
AGREED_TO = "We may measure whether I open these e-mails."
FASTEST = 10
# A campaign's dates begin before its first mail and end well after its last.
BEFORE, AFTER = timedelta(days=1), timedelta(days=14)


class Command(BaseCommand):
    help = "Fill an empty database with demo campaigns, contacts and opens; --live lets more come."
    requires_system_checks = [FILES]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="other names, other people")
        parser.add_argument(
            "--if-empty", action="store_true", help="exit without an error if there are campaigns"
        )
        parser.add_argument(
            "--live",
            action="store_true",
            help="load the pixels of demo contacts over HTTP, until stopped; never of others",
        )
        parser.add_argument(
            "--rate", type=float, default=0.4, help="opens a second with --live, at most 10"
        )
        parser.add_argument("--minutes", type=float, help="stop after so many minutes with --live")
        parser.add_argument("--url", help="the server to load from with --live, not PUBLIC_URL")

    def handle(
        self,
        *,
        seed: int,
        if_empty: bool,
        live: bool,
        rate: float,
        minutes: float | None,
        url: str | None,
        **options: object,
    ) -> None:
        if live:
            self.go_on_live(rate=rate, minutes=minutes, base=url or settings.PUBLIC_URL)
        elif not Campaign.objects.exists():
            # All or nothing: the next run would take half a demo for real data.
            with quiet_console(), transaction.atomic():
                self.seed(Random(seed), now=timezone.now())  # noqa: S311 - made up, not secret
        elif not if_empty:
            raise CommandError("There are campaigns already: demo data needs an empty database.")

    def seed(self, random: Random, *, now: datetime) -> None:
        contacts = opens = 0
        for plan in mail.CAMPAIGNS:
            people = mail.people(plan, random=random, now=now)
            pixels = create(plan, people, now=now)
            # Before opens are recorded: contacts without opens are quickly moved into slots.
            campaign_slots.fix_due_campaigns(now=now)
            recipients = [p.recipient for p in people if p.recipient.group.role is Role.VARIANT]
            opens += _record_all(
                [h for r in recipients for h in mail.hits(r, pixels[r.uuid], now=now)]
            )
            contacts += len(people)
        give_verdicts(now=now)
        self.stdout.write(
            f"Demo data: {len(mail.CAMPAIGNS)} campaigns, {contacts:,} contacts, "
            f"{opens:,} loaded pixels."
        )
        self.seed_discounts(random, now=now)

    def seed_discounts(self, random: Random, *, now: datetime) -> None:
        seeded = seed_discounts(people=shoppers(random), random=random, now=now)
        if seeded:
            self.stdout.write(
                f"Demo data: {seeded.campaigns} discount campaigns, {seeded.customers:,} "
                f"customers, {seeded.usages:,} used discounts."
            )

    def go_on_live(self, *, rate: float, minutes: float | None, base: str) -> None:
        check_live(rate=rate, minutes=minutes, base=base)
        with stop_on_signals() as stop:
            coming = openings_to_come(now=timezone.now())
            if not coming:
                self.say("Live demo: no open of a demo contact is left to come.")
                return
            end = f"for {minutes:g} minutes" if minutes else "until stopped"
            self.say(
                f"Live demo: opening mails of made-up contacts through {base}, one about every "
                f"{1 / rate:.1f} s {end}."
            )
            seconds = minutes * 60 if minutes else math.inf
            player = LiveDemo(base.rstrip("/"), rate, seconds, stop, self.say)
            player.run(coming)
        self.say(f"Live demo: ended after {player.opened:,} opens.")

    def say(self, sentence: str) -> None:
        """Flushed, also without a terminal."""
        self.stdout.write(sentence)
        self.stdout.flush()


def give_verdicts(*, now: datetime) -> None:
    """Call and decide as of the moments at which it would have been done.

    The reports must not wait for the ingest process, nor for the sweep.
    """
    moments = {moment for plan in mail.CAMPAIGNS for moment in mail.looks(plan, now=now)}
    for moment in sorted({*moments, now}):
        record.note_complete(moment=moment)
        store_verdicts(now=moment)


def shoppers(random: Random) -> list[tuple[str, str]]:
    """E-mail and name of each customer."""
    names = [
        (random.choice(mail.FIRST_NAMES), random.choice(mail.LAST_NAMES))
        for _ in range(baskets.CUSTOMERS)
    ]
    return [
        (f"{first}.{last}.{number}@shop{mail.TOP_DOMAIN}".lower(), f"{first} {last}")
        for number, (first, last) in enumerate(names)
    ]


def check_live(*, rate: float, minutes: float | None, base: str) -> None:
    """Raises CommandError for invalid options."""
    if not 0 < rate <= FASTEST:
        raise CommandError(f"--rate must be above 0 and at most {FASTEST} opens a second.")
    if minutes is not None and not 0 < minutes < math.inf:
        raise CommandError("--minutes must be above 0.")
    try:
        parts = urlsplit(base)
        sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise CommandError("--url must be an address such as http://127.0.0.1:8000.")


def create(
    plan: mail.CampaignPlan, people: list[mail.Person], *, now: datetime
) -> dict[UUID, list[UUID]]:
    """Create a campaign with its contacts; returns the pixels of each contact."""
    begin = now - plan.sent_ago - BEFORE
    dates = {"start_at": begin, "end_at": now - plan.sent_ago + plan.sending + AFTER}
    values = {"name": plan.name, "description": plan.description, **dates}
    if plan.agreed is not None:
        values["never_asked"] = Mode.OFF.value
    if plan.mode is not None:
        values["tracking_mode"] = plan.mode.value
    campaign = campaigns.services.create_campaign(
        created_by=None, values=values, last_day_confirmed=plan.mode is Mode.LAST_DAY
    )
    groups = {
        group.number: campaigns.services.create_group(
            campaign_id=campaign.id,
            values={"number": group.number, "name": group.name, "role": group.role},
        ).id
        for group in plan.groups
    }
    told_at = min(begin, now)
    record_agreements(mail.agreeing(plan, people), now=told_at)
    pixels = seed_contacts(campaign.id, groups, people, plan.pixels_per_contact, told_at)
    recipients = [person.recipient for person in people]
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[p.uuid for p in recipients if p.bounces and p.scheduled_at <= now],
        reason=NotSentReason.BOUNCED,
        now=mail.bounces_told_at(people, now=now),
    )
    return pixels if plan.mode is None else carried(campaign.id, pixels)


def carried(campaign_id: int, pixels: dict[UUID, list[UUID]]) -> dict[UUID, list[UUID]]:
    """The pixels that each contact's e-mail carries: its own ones, its group's, or none."""
    given = given_to(Contact.objects.filter(campaign_id=campaign_id).only(*COLUMNS))
    return {
        contact_id: list(given.pixels(contact_id, dict(enumerate(own, 1))).values())
        for contact_id, own in pixels.items()
    }


def record_agreements(people: list[mail.Person], *, now: datetime) -> None:
    reports = [
        Report(read_email_hash(person.email), None, Answer.GRANTED, now, text=AGREED_TO)
        for person in people
    ]
    # Not in the journal: what is made up needs no proof that outlives the database.
    record_decisions(reports, source=Source(Way.API, is_replayed=True), now=now)


def seed_contacts(
    campaign_id: int,
    groups: dict[int, int],
    people: list[mail.Person],
    pixels_per_contact: int,
    created_at: datetime,
) -> dict[UUID, list[UUID]]:
    rows = [
        {
            "uuid": str(person.recipient.uuid),
            "campaign": campaign_id,
            "group": groups[person.recipient.group.number],
            "scheduled_at": person.recipient.scheduled_at.isoformat(),
            "external_id": person.external_id,
            "email": person.email,
            "name": person.name,
        }
        for person in people
    ]
    results = create_contacts(contacts=rows, now=created_at, pixels_per_contact=pixels_per_contact)
    made: dict[UUID, list[UUID]] = {}
    for result in results:
        if result.uuid is None:
            raise CommandError(f"A demo contact was refused: {result.errors}")
        made[result.uuid] = [pixel.uuid for pixel in result.pixels]
    return made


def _record_all(hits: list[Hit]) -> int:
    """Record hits in order of time; returns how many were recorded."""
    hits.sort(key=lambda hit: hit.at)
    batches = (hits[n : n + HITS_AT_ONCE] for n in range(0, len(hits), HITS_AT_ONCE))
    outcomes = [record.record(batch) for batch in batches]
    return sum(one.recorded + one.shared_by_kind.total() for one in outcomes)
