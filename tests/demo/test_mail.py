"""Made-up mail behaves like real mail."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from demo import mail
from demo.clients import PROVIDERS
from tracking.hits.classify import Kind, classify
from tracking.hits.mail_clients import OTHER, UNKNOWN, describe

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
NEWS, SALE, REMINDER = (mail.PLANS[key] for key in ("news", "sale", "reminder"))


def made(plan, seed=1, now=NOW):
    people = mail.people(plan, random=Random(seed), now=now)
    hits = [
        (person, hit)
        for person in people
        for hit in mail.hits(person.recipient, [UUID(int=1)], now=now)
    ]
    return people, hits


def test_the_same_seed_and_moment_give_the_same_data():
    assert made(SALE) == made(SALE)


def test_another_seed_gives_other_data():
    assert made(SALE, seed=2) != made(SALE)


SENT = [plan for plan in mail.CAMPAIGNS if plan.sent_ago > timedelta(0)]


@pytest.mark.parametrize("plan", SENT, ids=lambda plan: plan.name)
def test_every_hit_lies_between_the_sending_and_now(plan):
    people, hits = made(plan)

    assert len(people) == sum(group.contacts for group in plan.groups)
    assert len(hits) > 50
    assert all(person.recipient.scheduled_at <= hit.at < NOW for person, hit in hits)
    assert all(hit.at.microsecond % 1000 == 0 for _, hit in hits)


def test_no_two_people_share_an_address_or_a_uuid():
    people = [person for plan in mail.CAMPAIGNS for person in made(plan)[0]]

    assert len({person.recipient.uuid for person in people}) == len(people)
    assert len({person.external_id for person in people}) == len(people)
    for plan in mail.CAMPAIGNS:
        own = made(plan)[0]
        assert len({person.email for person in own}) == len(own)


def test_a_bounced_mail_is_never_opened():
    people, hits = made(NEWS)

    assert any(person.recipient.bounces for person in people)
    assert not any(person.recipient.bounces for person, _ in hits)


def test_part_of_the_running_campaign_is_still_to_be_sent():
    people, _ = made(SALE)

    assert {person.recipient.scheduled_at > NOW for person in people} == {True, False}


def test_a_group_may_be_sent_to_later_than_the_other():
    people, _ = made(REMINDER)
    first, second = (
        [p.recipient.scheduled_at for p in people if p.recipient.group is group]
        for group in REMINDER.groups
    )

    assert min(second) - min(first) == max(second) - max(first) == timedelta(hours=6)


def test_a_verdict_is_looked_at_when_ages_are_reached_and_never_ahead():
    sent = NOW - NEWS.sent_ago + NEWS.sending
    ages = [moment - sent for moment in mail.looks(NEWS, now=NOW)]

    assert ages == [timedelta(hours=hours, minutes=30) for hours in (4, 8, 24, 72)]
    assert mail.looks(SALE, now=NOW) == []


def test_a_campaign_has_several_pixels_a_mail_all_loaded_within_a_second():
    assert NEWS.pixels_per_contact == 2
    pixels = [UUID(int=1), UUID(int=2)]
    for person in made(NEWS)[0][:300]:
        hits = list(mail.hits(person.recipient, pixels, now=NOW))
        for first, second in zip(hits[::2], hits[1::2], strict=True):
            assert (first.pixel_id, second.pixel_id) == tuple(pixels)
            assert abs(first.at - second.at).total_seconds() < 1


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.domain)
def test_each_providers_user_agents_are_classified_correctly(provider):
    kinds = {classify(agent).kind for agent in provider.people}

    assert Kind.MACHINE not in kinds
    assert not provider.machine or classify(provider.machine).kind is Kind.MACHINE
    assert not {describe(agent).family for agent in provider.people} & {OTHER, UNKNOWN}


def test_people_read_soon_and_by_day():
    _, hits = made(NEWS)
    read = [(p, h) for p, h in hits if classify(h.user_agent).kind is not Kind.MACHINE]
    days = Counter((hit.at - person.recipient.scheduled_at).days for person, hit in read)
    night = sum(hit.at.hour < 6 for _, hit in read)

    assert days[0] > 2 * days[1] > 2 * days[2]
    assert night < len(read) / 10


def test_later_hits_are_added_to_the_earlier_ones():
    for person in made(SALE)[0][:300]:
        pixels = [UUID(int=1)]
        earlier = set(mail.hits(person.recipient, pixels, now=NOW))
        later = set(mail.hits(person.recipient, pixels, now=NOW + timedelta(hours=5)))
        assert earlier <= later


# --- Who is a demo contact ----------------------------------------------------------------------


def identity(person):
    return {
        "contact_id": person.recipient.uuid,
        "external_id": person.external_id,
        "email": person.email,
    }


def test_a_generated_contact_is_a_demo_contact_with_a_place_in_the_plan():
    for plan in mail.CAMPAIGNS:
        for person in made(plan)[0][:50]:
            recipient = person.recipient
            assert mail.is_demo_contact(**identity(person))
            place = mail.planned_place(person.external_id)
            assert place == (recipient.group, recipient.number)


@pytest.mark.parametrize(
    "change",
    [
        {"contact_id": UUID(int=7)},
        {"email": "ann@shop.com"},
        {"email": "ann@gmail.example"},
        {"email": None},
        {"external_id": "crm-1"},
        {"external_id": None},
    ],
    ids=str,
)
def test_a_changed_contact_is_no_longer_a_demo_contact(change):
    person = made(SALE)[0][0]

    assert not mail.is_demo_contact(**identity(person) | change)


def test_a_real_domain_is_refused_even_with_the_matching_uuid():
    email, external_id = "ann@shop.com", "demo-sale-1-0000"
    contact_id = mail.contact_uuid(external_id=external_id, email=email)

    assert not mail.is_demo_contact(contact_id=contact_id, external_id=external_id, email=email)


@pytest.mark.parametrize(
    "external_id", ["crm-1", "demo-sale-9-0001", "demo-other-1-0001", "demo-sale-1-0001x", ""]
)
def test_other_external_ids_have_no_place_in_the_plan(external_id):
    assert mail.planned_place(external_id) is None
