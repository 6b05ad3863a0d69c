"""Generates realistic campaigns, contacts and hits; pure.

The same random seed and moment give the same campaigns, contacts and hits. The opens of a contact
depend on the contact alone, so that the demo can be continued (`demo.live`).
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from campaigns.modes import Mode
from campaigns.roles import Role
from demo.clients import PROVIDERS, SCANNER, Provider
from tracking.hits.event_log import Hit

FIRST_NAMES = ("Ada", "Asha", "Ben", "Carla", "Dev", "Emil", "Farah", "Greta", "Hugo", "Ines")
LAST_NAMES = ("Adler", "Bose", "Costa", "Dahl", "Evans", "Fischer", "Gupta", "Haas", "Ito", "Jain")

# The namespace of demo contacts' uuids.
NAMESPACE = UUID("4d0b5b0e-7d0c-4f0e-9a57-6c1f5d3f2a11")
EXTERNAL_ID = re.compile(r"demo-([a-z]+)-(\d+)-(\d+)")
# RFC 2606 reserves this name, so nobody can have such an address.
TOP_DOMAIN = ".example"

BOUNCES_EVERY = 90
MEDIAN_HOURS = 2.5
SPREAD = 1.5
LONGEST_HOURS = 24.0 * 14
REOPEN_RATE = 0.3
# Ages at which groups are looked at, and how long after these everything is counted.
LOOKS_HOURS = (4, 8, 24, 72)
SETTLED_AFTER = timedelta(minutes=30)
BOUNCED_WITHIN = timedelta(minutes=10)
SCANNED_WITHIN_MINUTES = 2
# How likely people are to read mail in each hour of the day (UTC).
# fmt: off
HOURS = (
    0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.7, 1, 1, 0.9, 0.8,
    0.9, 0.8, 0.8, 0.7, 0.7, 0.8, 0.9, 1, 0.9, 0.7, 0.4, 0.2,
)
# fmt: on


@dataclass(frozen=True)
class GroupPlan:
    """A group to be created.

    Scanners check the share `scanned` of its mails, whatever the provider; it is sent to `later`
    than the campaign's first group. One mail of `bounces_every` bounces. A rest is opened once the
    winner was given to it.
    """

    number: int
    name: str
    contacts: int
    open_rate: float
    scanned: float = 0.0
    later: timedelta = timedelta(0)
    bounces_every: int = BOUNCES_EVERY
    role: Role = Role.VARIANT


@dataclass(frozen=True)
class CampaignPlan:
    """`sent_ago` is when sending begins, counted back from now; it takes `sending`.

    `key` identifies the campaign in its contacts' external ids. Where only a share `agreed` to
    being measured, nobody else is. `mode` is the campaign's own, None as far as the installation
    allows.
    """

    key: str
    name: str
    description: str
    sent_ago: timedelta
    sending: timedelta
    groups: tuple[GroupPlan, ...]
    pixels_per_contact: int = 1
    agreed: float | None = None
    mode: Mode | None = None


CAMPAIGNS = (
    CampaignPlan(
        key="news",
        name="Product news",
        description="Does a question in the subject line make more people open? Decided: one "
        "group is better.",
        sent_ago=timedelta(days=6),
        sending=timedelta(hours=2),
        groups=(
            GroupPlan(1, "Plain subject", 1000, 0.24),
            GroupPlan(2, "Name as subject", 1000, 0.25),
            GroupPlan(3, "Question as subject", 1000, 0.36),
        ),
        pixels_per_contact=2,
    ),
    CampaignPlan(
        key="letter",
        name="Members' letter",
        description="Two senders of the same letter. Decided: it makes no difference worth acting "
        "on.",
        sent_ago=timedelta(days=4),
        sending=timedelta(hours=3),
        groups=(
            GroupPlan(1, "From the team", 2000, 0.58),
            GroupPlan(2, "From the founder", 2000, 0.58),
        ),
    ),
    CampaignPlan(
        key="survey",
        name="Customer survey",
        description="Too few contacts to tell a small difference. Decided: no clear difference.",
        sent_ago=timedelta(days=5),
        sending=timedelta(hours=1),
        groups=(
            GroupPlan(1, "Two minutes", 250, 0.30),
            GroupPlan(2, "Five questions", 250, 0.31),
        ),
    ),
    CampaignPlan(
        key="webinar",
        name="Webinar invitation",
        description="With or without an attachment? Scanners open mails that have one, people "
        "don't: the lead flips without machine opens.",
        sent_ago=timedelta(days=2, hours=3),
        sending=timedelta(hours=1),
        groups=(
            GroupPlan(1, "With an attachment", 700, 0.18, scanned=0.45),
            GroupPlan(2, "With a link", 700, 0.34),
        ),
    ),
    CampaignPlan(
        key="offer",
        name="Spring offer",
        description="Not decided yet, but watching found that one group is opened sooner. The rest "
        "waits for the winner.",
        sent_ago=timedelta(days=1, hours=4),
        sending=timedelta(hours=1),
        groups=(
            GroupPlan(1, "Percentage off", 600, 0.22),
            GroupPlan(2, "Free delivery", 600, 0.38),
            GroupPlan(3, "Everybody else", 900, 0.38, role=Role.REST),
        ),
    ),
    CampaignPlan(
        key="reminder",
        name="Cart reminder",
        description="One group was sent to hours later: the hour of day can't be told from the "
        "text.",
        sent_ago=timedelta(days=1, hours=12),
        sending=timedelta(hours=1),
        groups=(
            GroupPlan(1, "At noon", 300, 0.30),
            GroupPlan(2, "In the evening", 300, 0.30, later=timedelta(hours=6)),
        ),
    ),
    CampaignPlan(
        key="fair",
        name="Trade fair",
        description="More mails to addresses from the fair bounce: stop it, and compare nothing.",
        sent_ago=timedelta(hours=9),
        sending=timedelta(hours=1),
        groups=(
            GroupPlan(1, "Customers", 500, 0.31),
            GroupPlan(2, "Addresses from the fair", 500, 0.27, bounces_every=14),
        ),
    ),
    CampaignPlan(
        key="stock",
        name="Back in stock",
        description="One group is ahead, and it may still be chance: promising. A control group "
        "gets no mail.",
        sent_ago=timedelta(hours=60),
        sending=timedelta(hours=1),
        groups=(
            GroupPlan(1, "Without a picture", 500, 0.26),
            GroupPlan(2, "With a picture", 500, 0.355),
            GroupPlan(3, "No e-mail", 100, 0.0, role=Role.CONTROL),
        ),
    ),
    CampaignPlan(
        key="sale",
        name="Weekend sale",
        description="Being sent right now: too early to call.",
        sent_ago=timedelta(hours=2),
        sending=timedelta(hours=4),
        groups=(
            GroupPlan(1, "Discount first", 1400, 0.33),
            GroupPlan(2, "Picture first", 1400, 0.32),
        ),
    ),
    CampaignPlan(
        key="partners",
        name="Partners' letter",
        description="Only who agreed is measured, about half of all: rates say of whom they are.",
        sent_ago=timedelta(days=5),
        sending=timedelta(hours=1),
        groups=(
            GroupPlan(1, "In two columns", 500, 0.34),
            GroupPlan(2, "In one column", 500, 0.35),
        ),
        agreed=0.5,
    ),
    CampaignPlan(
        key="catalogue",
        name="Autumn catalogue",
        description="Planned: its page says what it can find, and when it will be decided.",
        sent_ago=-timedelta(days=2),
        sending=timedelta(hours=2),
        groups=(
            GroupPlan(1, "With a voucher", 300, 0.30),
            GroupPlan(2, "With a preview", 300, 0.30),
        ),
    ),
    CampaignPlan(
        key="visit",
        name="Open day",
        description="Each group shares one pixel: its loads are counted by day, and nobody can be "
        "told from another.",
        sent_ago=timedelta(days=2, hours=5),
        sending=timedelta(hours=1),
        groups=(
            GroupPlan(1, "Programme first", 150, 0.41),
            GroupPlan(2, "Directions first", 150, 0.36),
        ),
        mode=Mode.SHARED,
    ),
    CampaignPlan(
        key="club",
        name="Club news",
        description="Keeps the day of each person's last open alone, to stop writing to people who "
        "never read: see “No sign of a person” above the list of contacts.",
        sent_ago=timedelta(days=3, hours=4),
        sending=timedelta(hours=1),
        groups=(GroupPlan(1, "Members", 150, 0.45),),
        mode=Mode.LAST_DAY,
    ),
    CampaignPlan(
        key="terms",
        name="Change of terms",
        description="Measures nobody: its e-mails carry no pixel.",
        sent_ago=timedelta(days=2),
        sending=timedelta(hours=1),
        groups=(GroupPlan(1, "Customers", 150, 0.45),),
        mode=Mode.OFF,
    ),
)
PLANS = {plan.key: plan for plan in CAMPAIGNS}


@dataclass(frozen=True)
class Recipient:
    """What determines when a contact's mail is opened; `number` counts from 0 within the group."""

    uuid: UUID
    group: GroupPlan
    number: int
    provider: Provider
    scheduled_at: datetime

    @property
    def bounces(self) -> bool:
        every = self.group.bounces_every
        return self.number % every == every // 2

    @property
    def reads(self) -> bool:
        """Evenly distributed: randomness would blur the planned rates."""
        return _is_one_of(self.group.open_rate, self.number)


@dataclass(frozen=True)
class Person:
    """A contact to be created."""

    recipient: Recipient
    external_id: str
    email: str
    name: str


@dataclass(frozen=True)
class Visit:
    """A moment at which a client loads the pixels of a mail."""

    at: datetime
    agent: str


def _is_one_of(share: float, number: int) -> bool:
    """Whether a number is one of an evenly distributed share."""
    return int((number + 1) * share) > int(number * share)


# --- Who is a demo contact ----------------------------------------------------------------------


def contact_uuid(*, external_id: str, email: str) -> UUID:
    """As random as any, and the same each time."""
    return UUID(bytes=uuid5(NAMESPACE, f"{external_id}/{email}").bytes, version=4)


def is_demo_contact(*, contact_id: UUID, external_id: str | None, email: str | None) -> bool:
    """Whether this is an unchanged demo contact, whose address nobody can have."""
    if external_id is None or email is None or not email.endswith(TOP_DOMAIN):
        return False
    return contact_id == contact_uuid(external_id=external_id, email=email)


def planned_place(external_id: str) -> tuple[GroupPlan, int] | None:
    """The group and number of an external id; None if it is not from a plan."""
    found = EXTERNAL_ID.fullmatch(external_id)
    if found is None:
        return None
    plan = PLANS.get(found[1])
    groups = {group.number: group for group in plan.groups} if plan else {}
    group = groups.get(int(found[2]))
    return (group, int(found[3])) if group else None


# --- Contacts -----------------------------------------------------------------------------------


def people(plan: CampaignPlan, *, random: Random, now: datetime) -> list[Person]:
    """The contacts of a campaign; each group is sent to over a period of the same length."""
    begin = (now - plan.sent_ago).replace(second=0, microsecond=0)
    return [
        _person(
            random,
            plan,
            group,
            number,
            begin + group.later + plan.sending * (number / group.contacts),
        )
        for group in plan.groups
        for number in range(group.contacts)
    ]


def agreeing(plan: CampaignPlan, people: Sequence[Person]) -> list[Person]:
    """Those who agreed to being measured; nobody where nobody was asked."""
    share = plan.agreed or 0.0
    return [person for person in people if _is_one_of(share, person.recipient.number)]


def looks(plan: CampaignPlan, *, now: datetime) -> list[datetime]:
    """When the verdict on a campaign may have changed, before now."""
    sent = now - plan.sent_ago + plan.sending
    moments = [sent + timedelta(hours=hours) + SETTLED_AFTER for hours in LOOKS_HOURS]
    return [moment for moment in moments if moment < now]


def bounces_told_at(people: Sequence[Person], *, now: datetime) -> datetime:
    """When it is told which mails bounced: at once, soon after the last of them was sent."""
    return min(now, max(person.recipient.scheduled_at for person in people) + BOUNCED_WITHIN)


def _person(
    random: Random, plan: CampaignPlan, group: GroupPlan, number: int, scheduled_at: datetime
) -> Person:
    provider = random.choices(PROVIDERS, [provider.share for provider in PROVIDERS])[0]
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    external_id = f"demo-{plan.key}-{group.number}-{number:04d}"
    email = f"{first}.{last}.{group.number}{number:04d}@{provider.domain}".lower()
    return Person(
        recipient=Recipient(
            uuid=contact_uuid(external_id=external_id, email=email),
            group=group,
            number=number,
            provider=provider,
            scheduled_at=scheduled_at,
        ),
        external_id=external_id,
        email=email,
        name=f"{first} {last}",
    )


# --- Opens --------------------------------------------------------------------------------------


def _seed(recipient: Recipient) -> int:
    """The campaigns' verdicts were chosen with these, in which the version is that of the hash."""
    return UUID(int=recipient.uuid.int, version=5).int


def visits(recipient: Recipient) -> list[Visit]:
    """All opens of the mail, unordered; none if it bounced."""
    if recipient.bounces:
        return []
    random = Random(_seed(recipient))  # noqa: S311 - made up, not secret
    by_machines = list(_machine_visits(recipient, random))
    agent = random.choice(recipient.provider.people)
    return by_machines + [Visit(moment, agent) for moment in _reading_moments(recipient, random)]


def hits(recipient: Recipient, pixels: Sequence[UUID], *, now: datetime) -> Iterator[Hit]:
    """What one person's mail clients have loaded by now."""
    random = Random(_seed(recipient) + 1)  # noqa: S311 - made up, not secret
    network = f"198.18.{random.randrange(256)}.0/24"
    for visit in visits(recipient):
        yield from _loads(visit, network, pixels, random, now)


def _machine_visits(recipient: Recipient, random: Random) -> Iterator[Visit]:
    provider, sent_at = recipient.provider, recipient.scheduled_at
    if random.random() < provider.machine_rate:
        wait = timedelta(minutes=random.uniform(0.1, provider.machine_minutes))
        yield Visit(sent_at + wait, provider.machine)
    if random.random() < recipient.group.scanned:
        wait = timedelta(minutes=random.uniform(0.1, SCANNED_WITHIN_MINUTES))
        yield Visit(sent_at + wait, SCANNER)


def _reading_moments(recipient: Recipient, random: Random) -> Iterator[datetime]:
    """Most readers read soon, some much later, few at night; some return."""
    if not recipient.reads:
        return
    moment = _reading_moment(recipient.scheduled_at, random)
    yield moment
    while random.random() < REOPEN_RATE:
        moment = _reading_moment(moment, random)
        yield moment


def _reading_moment(after: datetime, random: Random) -> datetime:
    while True:
        hours = random.lognormvariate(math.log(MEDIAN_HOURS), SPREAD)
        moment = after + timedelta(hours=min(hours, LONGEST_HOURS))
        if random.random() < HOURS[moment.hour]:
            return moment


def _loads(
    visit: Visit, network: str, pixels: Sequence[UUID], random: Random, now: datetime
) -> Iterator[Hit]:
    """One open of the mail: every pixel in it is loaded within a second."""
    for pixel in pixels:
        at = visit.at + timedelta(milliseconds=random.randrange(1000))
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        if at < now:
            event_id = UUID(int=random.getrandbits(128), version=4)
            yield Hit(event_id, at, pixel, user_agent=visit.agent, network=network)
