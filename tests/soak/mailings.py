"""Campaigns in every state and age: whatever of a mailing can be small, large, old or missing."""

import uuid
from datetime import timedelta
from itertools import count, cycle, islice

from django.utils import timezone

from campaigns.models import Campaign, Contact, Group, NotSentReason
from campaigns.services import archive_campaign
from contacts import change
from contacts.not_sent import mark_not_sent
from foundation.parsing import EARLIEST, LATEST
from foundation.personal_data.identity import name_key
from tests.soak.pairwise import choose
from tests.soak.values import MARKUP, longest_text
from tests.tracking.factories import APPLE_PRIVACY, GMAIL, SCANNER, THUNDERBIRD, make_contact
from tracking.counting.record import record
from tracking.hits.event_log import Hit

LAST = LATEST - timedelta(microseconds=1)
MACHINES, PEOPLE = (APPLE_PRIVACY, SCANNER, ""), (THUNDERBIRD, GMAIL)
AGENTS = {
    "by nobody": (),
    "by one person": (THUNDERBIRD,),
    "all by machines": MACHINES,
    "all by people": PEOPLE,
    "by all kinds": (*MACHINES, *PEOPLE),
}
ZONES = (
    *("UTC", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe"),
    *("Pacific/Kiritimati", "Pacific/Niue", "America/New_York"),
)
FACTORS = {
    "groups": (1, 2, 5),
    "contacts each": (0, 1, 6),
    "opened": tuple(AGENTS),
    "first opens": ("now", "an hour ago", "two days ago", "years ago"),
    "due": ("never", "in 2000", "two days ago", "a minute ago", "tomorrow", "in 2199"),
    "dates": ("around now", "2000 to 2199", "ended", "not begun"),
    "texts": ("shortest", "longest", "markup"),
    "not sent": ("none", "one", "all"),
    "erased": (False, True),
    "archived": (False, True),
    "window": (
        *("all", "24h", "7d", "from 2000", "until 2199", "2000 to 2199", "a microsecond"),
        *("a local day", "before any", "after all"),
    ),
    "machine": (False, True),
    "zone": ZONES,
}
AGES = {
    "now": timedelta(seconds=20),
    "an hour ago": timedelta(hours=1),
    "two days ago": timedelta(days=2),
    "years ago": timedelta(days=3000),
}
numbers = count()


def rows():
    """The mailings to visit; the first ones have the most pairs."""
    return choose(FACTORS)


def make(row):
    """The campaign of a row, with its contacts and their opens."""
    now = timezone.now()
    campaign = _campaign(row, now)
    for number in range(1, row["groups"] + 1):
        name = _text(row, longest=100, tail=f"{number}")
        group = Group.objects.create(
            campaign=campaign, number=number, name=name, name_key=name_key(name)
        )
        _contacts(row, group, now)
    _open(row, campaign, now)
    _leave_out(row, campaign, now)
    if row["archived"]:
        archive_campaign(campaign_id=campaign.id, now=now)
    return campaign


def _campaign(row, now):
    start, end = {
        "around now": (now - timedelta(days=9), now + timedelta(days=9)),
        "2000 to 2199": (EARLIEST, LAST),
        "ended": (EARLIEST, EARLIEST + timedelta(microseconds=1)),
        "not begun": (LAST - timedelta(microseconds=1), LAST),
    }[row["dates"]]
    name = _text(row, longest=200, tail=f"{next(numbers)}")
    return Campaign.objects.create(
        name=name, name_key=name_key(name), start_at=start, end_at=end, created_at=EARLIEST
    )


def _text(row, *, longest, tail):
    if row["texts"] == "shortest":
        return tail
    return f"{MARKUP} {tail}" if row["texts"] == "markup" else longest_text(longest, tail)


def _contacts(row, group, now):
    due = {
        "never": None,
        "in 2000": EARLIEST,
        "two days ago": now - timedelta(days=2),
        "a minute ago": now - timedelta(minutes=1),
        "tomorrow": now + timedelta(days=1),
        "in 2199": LAST,
    }[row["due"]]
    for n in range(row["contacts each"]):
        email = f"a{group.id}x{n}@example.com"
        name = _text(row, longest=200, tail=str(n))
        if row["texts"] == "longest":
            email = f"{'a' * 60}{n}@{'b' * 180}{group.id % 1000:03}.com"
        make_contact(
            group, email=email, name=name, scheduled_at=due, pixels=n % 2 + 1, created_at=EARLIEST
        )


def _open(row, campaign, now):
    """Each contact opens seconds after the one before; for one person, only the first does."""
    agents, at = AGENTS[row["opened"]], now - AGES[row["first opens"]]
    contacts = list(campaign.contacts.all())
    chosen = contacts[:1] if len(agents) == 1 else contacts if agents else []
    hits = []
    for n, (contact, agent) in enumerate(zip(chosen, cycle(agents or ("",)), strict=False)):
        times = islice(((at - timedelta(seconds=7 * n)), at, now), 3)
        hits += [
            Hit(uuid.uuid4(), moment, contact.pixels.first().uuid, user_agent=agent)
            for moment in times
        ]
    record(hits)


def _leave_out(row, campaign, now):
    contacts = list(campaign.contacts.values_list("uuid", flat=True))
    chosen = {"none": [], "one": contacts[:1], "all": contacts}[row["not sent"]]
    if chosen:
        mark_not_sent(
            campaign_id=campaign.id, contact_ids=chosen, reason=NotSentReason.BOUNCED, now=now
        )
    if row["erased"]:
        for contact in contacts[-1:]:
            change.erase_contact(contact_id=contact, now=now)


def contacts_of(campaign):
    return Contact.objects.filter(campaign=campaign)
