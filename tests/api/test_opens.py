"""Recorded opens through the API, newest first, page by page."""

import re
from datetime import timedelta

import pytest

from tests.tracking.factories import (
    GMAIL,
    SCANNER,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record
from tracking.models import Open

pytestmark = pytest.mark.django_db
OPENS = "/api/v1/opens/"


def hours(number):
    return timedelta(hours=number)


@pytest.fixture
def campaign():
    return make_campaign(groups=3)


@pytest.fixture
def contacts(campaign):
    """Two contacts in each of three groups."""
    return [make_contact(group, pixels=2) for group in campaign.groups.all() for _ in range(2)]


def next_page(response):
    link = response.headers.get("Link")
    return re.fullmatch(r'<(.*)>; rel="next"', link)[1] if link else None


def walk(api, **query):
    """The event ids of every page."""
    response = api.get(OPENS, query)
    pages = [response.json()]
    while address := next_page(response):
        response = api.get(address)
        pages.append(response.json())
    return [[opened["event_id"] for opened in page] for page in pages]


def test_an_open_says_who_opened_what_when_and_with_what(api, contacts):
    contact = contacts[0]
    hit = make_hit(contact, agent=GMAIL)
    record([hit])
    assert api.get(OPENS).json() == [
        {
            "event_id": str(hit.event_id),
            "contact": str(contact.uuid),
            "pixel": str(hit.pixel_id),
            "group": contact.group_id,
            "opened_at": "2026-03-02T10:00:00Z",
            "kind": "proxied",
            "rule": "image_proxy",
            "rule_version": 2,
            "user_agent": GMAIL,
            "client": "Gmail",
        }
    ]


def test_opens_come_newest_first(api, contacts):
    hits = [make_hit(contacts[0], after=hours(n)) for n in (2, 3, 1)]
    record(hits)
    assert walk(api) == [[str(hits[n].event_id) for n in (1, 0, 2)]]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("narrowed", [False, True])
def test_pages_hold_every_open_once_even_if_many_share_a_moment(
    api, campaign, contacts, limit, narrowed
):
    hits = [make_hit(contact, pixel=n) for contact in contacts for n in range(2)]
    hits += [make_hit(contact, after=hours(2)) for contact in contacts]
    record(hits)
    query = {"campaign": campaign.id} if narrowed else {}
    pages = walk(api, limit=limit, **query)
    found = [event_id for page in pages for event_id in page]
    assert len(found) == len(hits)
    assert set(found) == {str(hit.event_id) for hit in hits}
    assert set(found[:6]) == {str(hit.event_id) for hit in hits[12:]}
    assert all(len(page) == limit for page in pages[:-1])


def test_opens_that_arrive_between_two_pages_shift_nothing(api, contacts):
    hits = [make_hit(contacts[0], after=hours(n)) for n in range(4)]
    record(hits)
    first = api.get(OPENS, {"limit": 2})
    record([make_hit(contacts[0], after=hours(9))])
    second = api.get(next_page(first))
    assert [row["event_id"] for row in second.json()] == [str(hits[n].event_id) for n in (1, 0)]


def test_opens_are_filtered(api, campaign, contacts):
    other = make_contact(make_campaign("Autumn", groups=1).groups.get())
    hits = [
        make_hit(contacts[0], after=hours(1), agent=THUNDERBIRD),
        make_hit(contacts[0], after=hours(2), agent=GMAIL, pixel=1),
        make_hit(contacts[5], after=hours(3), agent=SCANNER),
        make_hit(other, after=hours(4)),
    ]
    record(hits)
    numbers = {str(hit.event_id): number for number, hit in enumerate(hits)}

    def found(**query):
        return [numbers[row["event_id"]] for row in api.get(OPENS, query).json()]

    one, last = contacts[0], contacts[5]
    assert found(campaign=campaign.id) == [2, 1, 0]
    assert found(group=one.group_id) == [1, 0]
    assert found(group=last.group_id, campaign=campaign.id) == [2]
    assert found(group=other.group_id, campaign=campaign.id) == []
    assert found(contact=str(one.uuid)) == [1, 0]
    assert found(contact=str(one.uuid), campaign=other.campaign_id) == []
    assert found(pixel=str(hits[1].pixel_id)) == [1]
    assert found(pixel=str(hits[1].pixel_id), contact=str(last.uuid)) == []
    assert found(pixel=str(hits[1].pixel_id), campaign=other.campaign_id) == []
    assert found(kind="machine") == [2]
    assert found(kind="human", campaign=campaign.id) == [0]
    assert found(since=(START + hours(2)).isoformat(), until="2026-03-02T12:00:00Z") == [1]
    assert found(campaign=10**9) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("campaign", "x"),
        ("group", "0"),
        ("contact", "1"),
        ("pixel", "6f1c2a1e-58cc-4372-0567-0e02b2c3d479"),
        ("kind", "bot"),
        ("since", "today"),
        ("until", "2026-13-01T00:00:00Z"),
        ("limit", "1001"),
        ("cursor", "x"),
        ("cursor", "W10="),
        ("cursor", "WzEsMiwzXQ=="),
        ("cursor", "eyJhIjoxfQ=="),
        ("cursor", "[" * 5000),
        ("cursor", "WyIyMDI2LTAzLTAyVDEwOjAwOjAwIiwgMSwgIngiXQ=="),
    ],
)
def test_a_malformed_filter_is_refused_by_its_name(api, name, value):
    response = api.get(OPENS, {name: value})
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [name]


def test_the_opens_of_a_deleted_pixel_are_found_by_its_contact(api, contacts):
    contact = contacts[0]
    hits = [make_hit(contact, pixel=n) for n in range(2)]
    record(hits)
    pixel = str(hits[1].pixel_id)
    assert api.delete(f"/api/v1/pixels/{pixel}/").status_code == 204
    found = api.get(OPENS, {"pixel": pixel, "contact": str(contact.uuid)}).json()
    assert [row["event_id"] for row in found] == [str(hits[1].event_id)]


@pytest.mark.parametrize("narrowed", [False, True])
def test_an_unknown_pixel_is_refused_without_reading_opens(
    api, campaign, contacts, narrowed, django_assert_num_queries
):
    query = {"pixel": "6f1c2a1e-58cc-4372-a567-0e02b2c3d479"}
    query |= {"campaign": campaign.id, "group": contacts[0].group_id} if narrowed else {}
    # The user, the pixel.
    with django_assert_num_queries(2) as captured:
        response = api.get(OPENS, query)
    assert (response.status_code, list(response.json()["errors"])) == (400, ["pixel"])
    assert "contact" in response.json()["detail"]
    assert not any(Open._meta.db_table in query["sql"] for query in captured)


def test_the_opens_of_a_pixel_are_read_from_those_of_its_contact(
    api, contacts, django_assert_num_queries
):
    record([make_hit(contact, pixel=n) for contact in contacts for n in range(2)])
    pixel = contacts[0].pixels.get(number=1)
    # The user, the pixel, the opens, the user agents.
    with django_assert_num_queries(4) as captured:
        assert len(api.get(OPENS, {"pixel": str(pixel.uuid)}).json()) == 1
    assert '"contact_id" =' in captured[2]["sql"].replace("`", '"')


def test_the_queries_of_a_page_do_not_grow_with_it(
    api, campaign, contacts, django_assert_num_queries
):
    record([make_hit(contact, after=hours(n)) for n in range(5) for contact in contacts])
    # The user, the opens, the user agents.
    with django_assert_num_queries(3):
        assert len(api.get(OPENS).json()) == 30
    # The user, the groups, the opens of each of three, the user agents.
    with django_assert_num_queries(6):
        assert len(api.get(OPENS, {"campaign": campaign.id}).json()) == 30


def test_no_network_is_shown(api, contacts):
    record([make_hit(contacts[0], network="192.0.2.0/24")])
    assert "network" not in api.get(OPENS).content.decode()


@pytest.mark.parametrize(("code", "told"), [(601, ("robot", 1)), (4207, ("rule 42", 7))])
def test_an_open_of_a_retired_rule_is_described_as_it_was(api, contacts, code, told):
    record([make_hit(contacts[0])])
    Open.objects.update(rule=code)
    [opened] = api.get(OPENS).json()
    assert (opened["rule"], opened["rule_version"]) == told
