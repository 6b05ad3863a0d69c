"""The inactive over all campaigns: the same as a naive search finds, at a bounded price."""

import random
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from campaigns.models import Contact, NotSentReason
from campaigns.modes import Measured
from consent.models import PersonConsent
from contacts.measured.decided import follow_decisions
from contacts.not_sent import mark_not_sent
from contacts.person.forgetting import forget_contacts
from foundation.personal_data.hashes import read_email_hash
from reports.inactive import people
from reports.inactive.people import Question, read_page, walk
from reports.inactive.rules import Doubt
from reports.inactive.table import COLUMNS, DOUBTS, inactive_table
from tests.consent.deciding import agree, withdraw
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record
from tracking.hits.classify import COUNTED_KINDS
from tracking.models import LastDay, Open
from tracking.upkeep.prune import prune_opens

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ZONE = timezone.get_default_timezone()
SINCE, NOW = START + 10 * DAY, START + 40 * DAY
QUESTION = Question(SINCE, NOW)


@pytest.fixture
def groups():
    return [make_campaign(f"C{n}").groups.get(number=1) for n in range(3)]


def found(question=QUESTION):
    return {person.email: person.found for person in walk(question)}


# --- Exactness ------------------------------------------------------------------------------


def naive(since, now):
    """Over every row, in plain loops: address -> (mails, last sign, doubt)."""
    contacts = defaultdict(list)
    for contact in Contact.objects.exclude(email_hash=None):
        contacts[contact.email].append(contact)
    expected = {}
    for email, own in contacts.items():
        opens = [open_ for one in own for open_ in Open.objects.filter(contact_id=one.pk)]
        signs = [open_.opened_at for open_ in opens if open_.kind in COUNTED_KINDS]
        days = [row.day for row in LastDay.objects.filter(person=read_email_hash(email))]
        signs += [datetime.combine(day, time.min, tzinfo=ZONE) for day in days]
        machines = [open_.opened_at for open_ in opens if open_.kind not in COUNTED_KINDS]
        sent = [
            one
            for one in own
            if one.not_sent_at is None
            and any(at and since <= at <= now for at in (one.due_at, one.resent_at))
        ]
        seen = [day for day in days if day >= since.astimezone(ZONE).date()]
        if not sent or seen or any(at >= since for at in signs):
            continue
        if any(at >= since for at in machines):
            doubt = Doubt.MACHINE_ONLY
        elif any(one.measured == Measured.YES or _keeps_day(one) for one in sent):
            doubt = Doubt.IMAGES_OFF
        elif any(one.forgotten_at for one in sent) or _decided(email):
            doubt = Doubt.NOT_MEASURED
        else:
            doubt = Doubt.NEVER_ASKED
        expected[email] = (len(sent), max(signs, default=None), doubt)
    return expected


def _keeps_day(contact):
    """In these tests the mode never changes, and who refused agrees no more."""
    refused = PersonConsent.objects.filter(person=contact.email_hash, opens="denied").exists()
    keeps = settings.TRACKING_MODE == "last_day" and settings.NEVER_ASKED == "individual"
    return keeps and not refused and contact.forgotten_at is None


def _decided(email):
    return PersonConsent.objects.filter(person=read_email_hash(email)).exists()


def some_history(chance, groups):
    """Contacts, opens, decisions, marks and forgettings, as it comes."""
    contacts = []
    for group in groups:
        for n in range(12):
            if chance.random() < 0.7:
                at = START + chance.randint(0, 45) * DAY
                contacts.append(make_contact(group, email=f"p{n}@example.com", scheduled_at=at))
    make_contact(groups[0], scheduled_at=SINCE + DAY)
    for contact in contacts:
        dice = chance.random()
        if dice < 0.1:
            withdraw(contact, now=START + chance.randint(0, 30) * DAY)
        elif dice < 0.15:
            agree(contact, now=START + chance.randint(0, 30) * DAY)
    follow_decisions(now=NOW)
    for contact in contacts:
        for _ in range(chance.choice([0, 0, 0, 1, 3])):
            after = timedelta(hours=chance.randint(0, 40 * 24))
            agent = chance.choice([GMAIL, THUNDERBIRD, APPLE_PRIVACY])
            record([make_hit(contact, after=after, agent=agent)])
    for contact in chance.sample(contacts, 3):
        forget_contacts(contact_ids=[contact.pk], now=NOW)
    for contact in chance.sample(contacts, 3):
        mark_not_sent(
            campaign_id=contact.campaign_id,
            contact_ids=[contact.pk],
            reason=NotSentReason.BOUNCED,
            now=NOW,
        )
        Contact.objects.filter(pk=chance.choice(contacts).pk).update(resent_at=SINCE + 3 * DAY)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("tracking", "never_asked"),
    [("individual", "individual"), ("individual", "off"), ("last_day", "individual")],
)
def test_it_is_what_a_naive_search_finds(
    seed, tracking, never_asked, groups, settings, monkeypatch
):
    settings.TRACKING_MODE, settings.NEVER_ASKED = tracking, never_asked
    chance = random.Random(seed)
    monkeypatch.setattr(people, "STEP", chance.choice([1, 3, 7, 1000]))
    some_history(chance, groups)
    expected = naive(SINCE, NOW)
    told = {email: (one.mails, one.last_sign_at, one.doubt) for email, one in found().items()}
    assert told == expected
    for doubt in Doubt:
        only = {email for email, one in expected.items() if one[2] == doubt}
        assert set(found(Question(SINCE, NOW, doubt))) == only


def test_a_second_open_of_an_old_mail_is_a_sign(groups):
    old = make_contact(groups[0], email="ann@example.com")
    make_contact(groups[1], email="ann@example.com", scheduled_at=SINCE + DAY)
    record([make_hit(old)])
    assert list(found()) == ["ann@example.com"]
    record([make_hit(old, after=20 * DAY)])
    assert found() == {}


def test_of_pruned_opens_the_first_of_each_mail_is_known(groups):
    contact = make_contact(groups[0], email="ann@example.com", scheduled_at=SINCE + DAY)
    record([make_hit(contact, after=12 * DAY)])
    prune_opens(now=START + 60 * DAY, keep_days=5)
    assert found() == {}
    assert people.pruned_before() == START.replace(hour=0) + 55 * DAY


def test_the_day_of_a_last_open_is_a_sign(groups):
    for name, day in (("ann", SINCE - DAY), ("bob", SINCE)):
        make_contact(groups[0], email=f"{name}@example.com", scheduled_at=SINCE + DAY)
        person = read_email_hash(f"{name}@example.com")
        LastDay.objects.create(person=person, day=day.astimezone(ZONE).date())
    # Of a day nobody knows the hour: it may have been after the moment.
    [(email, one)] = found().items()
    midnight = datetime.combine((SINCE - DAY).astimezone(ZONE).date(), time.min, tzinfo=ZONE)
    assert (email, one.last_sign_at) == ("ann@example.com", midnight)


def test_of_whom_the_day_is_kept_it_is_not_said_that_nobody_knows(groups, settings):
    settings.TRACKING_MODE = "last_day"
    ann, bob = (
        make_contact(groups[0], email=f"{name}@example.com", scheduled_at=SINCE + DAY)
        for name in ("ann", "bob")
    )
    withdraw(bob, now=SINCE)
    assert {email: one.doubt for email, one in found().items()} == {
        "ann@example.com": Doubt.IMAGES_OFF,
        "bob@example.com": Doubt.NOT_MEASURED,
    }
    record([make_hit(ann, after=12 * DAY)], now=NOW)
    assert set(found()) == {"bob@example.com"}


# --- Pages ----------------------------------------------------------------------------------


def make_inactive(groups, count):
    for n in range(count):
        for group in groups[:2]:
            make_contact(group, email=f"p{n}@example.com", scheduled_at=SINCE + DAY)


def pages(limit, question=QUESTION):
    after, told = "", []
    while after is not None:
        page = read_page(question, after=after, limit=limit)
        told.append([person.email for person in page.people])
        after = page.further
    return told


@pytest.mark.parametrize("step", [1, 2, 5, 1000])
def test_pages_follow_each_other_without_gap_or_repetition(groups, monkeypatch, step):
    monkeypatch.setattr(people, "STEP", step)
    make_inactive(groups, 7)
    told = pages(3)
    assert sorted(email for page in told for email in page) == [
        f"p{n}@example.com" for n in range(7)
    ]
    assert max(map(len, told)) <= 3


def test_a_page_that_finds_nobody_leads_on(groups, monkeypatch):
    monkeypatch.setattr(people, "STEP", 2)
    make_inactive(groups, 12)
    page = read_page(Question(SINCE, NOW, Doubt.NEVER_ASKED), after="", limit=3)
    assert page.people == []
    assert page.further is not None


def test_queries_and_rows_of_a_page_are_bounded(groups, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(people, "STEP", 4)
    make_inactive(groups, 40)
    with django_assert_max_num_queries(6 * people.STEPS + 1):
        read_page(Question(SINCE, NOW, Doubt.NEVER_ASKED), after="", limit=100)
    with django_assert_max_num_queries(7):
        assert len(read_page(QUESTION, after="", limit=1).people) == 1


def test_the_table_has_everybody_with_the_doubt(groups):
    make_inactive(groups, 2)
    header, *rows = inactive_table(QUESTION)
    assert tuple(header) == COLUMNS
    assert sorted(rows) == [[f"p{n}@example.com", 2, "", "images_off"] for n in range(2)]


def test_every_doubt_has_words():
    assert set(DOUBTS) == set(Doubt)
