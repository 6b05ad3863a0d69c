"""Makes up campaigns, contacts and hits that look like real ones; pure.

The same random numbers and the same moment give the same campaigns, contacts and hits.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from tracking.eventlog import Hit


@dataclass(frozen=True)
class Provider:
    """Who reads mail where: share of the contacts, what opens for them, and what ahead of them.

    `machine_rate` is how often `machine` fetches the image by itself, within some
    `machine_minutes` of the sending.
    """

    domain: str
    share: float
    people: tuple[str, ...]
    machine: str = ""
    machine_rate: float = 0.0
    machine_minutes: float = 0.0


GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_CHECK = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
APPLE_PRIVACY = "Mozilla/5.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.6326; Pro)"
OUTLOOK_OLD = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/8.0; .NET4.0C; .NET4.0E; "
    "Microsoft Outlook 16.0.6366; ms-office; MSOffice 16)"
)
OUTLOOK_IOS = "Outlook-iOS/665.29827.prod.iphone (2.63.0)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)
SAMSUNG = (
    "Mozilla/5.0 (Linux; Android 13; SM-S911B Build/TP1A.220624.014; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/119.0.6045.163 Mobile Safari/537.36"
)
SCANNER = "Go-http-client/1.1"

PROVIDERS = (
    Provider("gmail.example", 0.38, (GMAIL,), GMAIL_CHECK, 0.02, 1),
    Provider("icloud.example", 0.16, (IPHONE, IPHONE, MAC), APPLE_PRIVACY, 0.75, 90),
    Provider("outlook.example", 0.16, (OUTLOOK_IOS, CHROME, SAMSUNG)),
    Provider("yahoo.example", 0.09, (YAHOO,)),
    Provider("company.example", 0.15, (OUTLOOK, OUTLOOK, OUTLOOK_OLD), SCANNER, 0.6, 0.5),
    Provider("posteo.example", 0.06, (THUNDERBIRD, MAC, CHROME)),
)
FIRST_NAMES = ("Ada", "Asha", "Ben", "Carla", "Dev", "Emil", "Farah", "Greta", "Hugo", "Ines")
LAST_NAMES = ("Adler", "Bose", "Costa", "Dahl", "Evans", "Fischer", "Gupta", "Haas", "Ito", "Jain")

MEDIAN_HOURS = 2.5
SPREAD = 1.5
REOPEN_RATE = 0.3
# How likely a person is to read mail in each hour of the day (UTC).
HOURS = (0.1,) * 6 + (
    0.4,
    0.7,
    1,
    1,
    0.9,
    0.8,
    0.9,
    0.8,
    0.8,
    0.7,
    0.7,
    0.8,
    0.9,
    1,
    0.9,
    0.7,
    0.4,
    0.2,
)


@dataclass(frozen=True)
class GroupPlan:
    number: int
    name: str
    contacts: int
    open_rate: float


@dataclass(frozen=True)
class CampaignPlan:
    """`sent_ago` is when sending begins, counted back from now; it goes on for `sending`."""

    name: str
    description: str
    sent_ago: timedelta
    sending: timedelta
    groups: tuple[GroupPlan, ...]
    pixels_per_contact: int = 1


CAMPAIGNS = (
    CampaignPlan(
        name="Product news",
        description="Does a question in the subject line make more people open?",
        sent_ago=timedelta(days=6),
        sending=timedelta(hours=2),
        groups=(
            GroupPlan(1, "Plain subject", 1200, 0.24),
            GroupPlan(2, "Question as subject", 1200, 0.33),
        ),
        pixels_per_contact=2,
    ),
    CampaignPlan(
        name="We miss you",
        description="Three senders for the same offer.",
        sent_ago=timedelta(days=2, hours=3),
        sending=timedelta(hours=4),
        groups=(
            GroupPlan(1, "From the shop", 500, 0.20),
            GroupPlan(2, "From the founder", 500, 0.21),
            GroupPlan(3, "From support", 500, 0.19),
        ),
    ),
    CampaignPlan(
        name="Weekend sale",
        description="Being sent right now.",
        sent_ago=timedelta(hours=8),
        sending=timedelta(hours=16),
        groups=(
            GroupPlan(1, "Discount first", 600, 0.28),
            GroupPlan(2, "Picture first", 600, 0.26),
        ),
    ),
)


@dataclass(frozen=True)
class Person:
    """A contact to be, and who brings it its mail."""

    uuid: UUID
    group: GroupPlan
    provider: Provider
    email: str
    name: str
    scheduled_at: datetime
    bounces: bool = field(default=False)


def people(plan: CampaignPlan, *, random: Random, now: datetime) -> list[Person]:
    """The contacts of a campaign, each group sent in the same order of time."""
    begin = (now - plan.sent_ago).replace(second=0, microsecond=0)
    return [
        _person(random, group, begin + plan.sending * (n / group.contacts), n)
        for group in plan.groups
        for n in range(group.contacts)
    ]


def _person(random: Random, group: GroupPlan, scheduled_at: datetime, n: int) -> Person:
    provider = random.choices(PROVIDERS, [provider.share for provider in PROVIDERS])[0]
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    return Person(
        uuid=_uuid(random),
        group=group,
        provider=provider,
        email=f"{first}.{last}.{group.number}{n:04d}@{provider.domain}".lower(),
        name=f"{first} {last}",
        scheduled_at=scheduled_at,
        bounces=random.random() < 0.01,
    )


def hits(person: Person, pixels: list[UUID], *, random: Random, now: datetime) -> Iterator[Hit]:
    """What the mail clients of one person fetch by now; nothing where the mail bounced."""
    if person.bounces:
        return
    provider = person.provider
    network = f"198.18.{random.randrange(256)}.0/24"
    for moment in _machine_moments(person, random):
        yield from _loads(moment, provider.machine, network, pixels, random, now)
    agent = random.choice(provider.people)
    for moment in _reading_moments(person, random):
        yield from _loads(moment, agent, network, pixels, random, now)


def _machine_moments(person: Person, random: Random) -> list[datetime]:
    provider = person.provider
    if random.random() >= provider.machine_rate:
        return []
    return [person.scheduled_at + timedelta(minutes=random.uniform(0.1, provider.machine_minutes))]


def _reading_moments(person: Person, random: Random) -> Iterator[datetime]:
    """Most who read do so soon, some much later, few at night; some come back."""
    if random.random() >= person.group.open_rate:
        return
    moment = _reading_moment(person.scheduled_at, random)
    yield moment
    while random.random() < REOPEN_RATE:
        moment = _reading_moment(moment, random)
        yield moment


def _reading_moment(after: datetime, random: Random) -> datetime:
    while True:
        hours = random.lognormvariate(math.log(MEDIAN_HOURS), SPREAD)
        moment = after + timedelta(hours=min(hours, 24 * 14))
        if random.random() < HOURS[moment.hour]:
            return moment


def _loads(
    moment: datetime,
    agent: str,
    network: str,
    pixels: list[UUID],
    random: Random,
    now: datetime,
) -> Iterator[Hit]:
    """One opening of the mail: every pixel in it is fetched within a second."""
    for pixel in pixels:
        at = moment + timedelta(milliseconds=random.randrange(1000))
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        if at < now:
            yield Hit(_uuid(random), at, pixel, user_agent=agent, network=network)


def _uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
