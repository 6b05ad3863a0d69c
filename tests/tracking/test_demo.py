"""Made-up mail behaves like real mail."""

from collections import Counter
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest

from tracking import demo
from tracking.classify import Kind, classify
from tracking.clients import OTHER, UNKNOWN, describe

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
NEWS, MISS, SALE = demo.CAMPAIGNS


def made(plan, seed=1, now=NOW):
    random = Random(seed)
    people = demo.people(plan, random=random, now=now)
    pixels = {person.uuid: [UUID(int=n + 1)] for n, person in enumerate(people)}
    hits = [
        (person, hit)
        for person in people
        for hit in demo.hits(person, pixels[person.uuid], random=random, now=now)
    ]
    return people, hits


def test_the_same_seed_and_moment_give_the_same_data():
    assert made(NEWS) == made(NEWS)


def test_another_seed_gives_other_data():
    assert made(NEWS, seed=2) != made(NEWS)


@pytest.mark.parametrize("plan", demo.CAMPAIGNS, ids=lambda plan: plan.name)
def test_every_hit_lies_between_the_sending_and_now(plan):
    people, hits = made(plan)

    assert len(people) == sum(group.contacts for group in plan.groups)
    assert len(hits) > 50
    assert all(person.scheduled_at <= hit.at < NOW for person, hit in hits)
    assert all(hit.at.microsecond % 1000 == 0 for _, hit in hits)


def test_no_two_people_share_an_address_or_a_uuid():
    people, _ = made(NEWS)

    assert len({person.email for person in people}) == len(people)
    assert len({person.uuid for person in people}) == len(people)
    assert all(person.email.endswith(".example") for person in people)


def test_a_bounced_mail_is_never_opened():
    people, hits = made(NEWS)

    assert any(person.bounces for person in people)
    assert not any(person.bounces for person, _ in hits)


def test_part_of_the_running_campaign_is_still_to_be_sent():
    people, _ = made(SALE)

    assert {person.scheduled_at > NOW for person in people} == {True, False}


def test_all_pixels_of_a_mail_are_loaded_within_a_second():
    person = made(NEWS)[0][0]
    pixels = [UUID(int=1), UUID(int=2)]
    for seed in range(50):
        hits = list(demo.hits(person, pixels, random=Random(seed), now=NOW))
        for first, second in zip(hits[::2], hits[1::2], strict=True):
            assert (first.pixel_id, second.pixel_id) == tuple(pixels)
            assert abs(first.at - second.at).total_seconds() < 1


@pytest.mark.parametrize("provider", demo.PROVIDERS, ids=lambda provider: provider.domain)
def test_each_provider_s_strings_are_taken_for_what_they_are(provider):
    kinds = {classify(agent).kind for agent in provider.people}

    assert Kind.MACHINE not in kinds
    assert not provider.machine or classify(provider.machine).kind is Kind.MACHINE
    assert not {describe(agent).family for agent in provider.people} & {OTHER, UNKNOWN}


def test_people_read_soon_and_by_day():
    _, hits = made(NEWS)
    read = [(p, h) for p, h in hits if classify(h.user_agent).kind is not Kind.MACHINE]
    days = Counter((hit.at - person.scheduled_at).days for person, hit in read)
    night = sum(hit.at.hour < 6 for _, hit in read)

    assert days[0] > 2 * days[1] > 2 * days[2]
    assert night < len(read) / 10
