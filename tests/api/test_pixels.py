"""Pixels through the API."""

import uuid

import pytest
from django.utils import timezone

from campaigns.models import Contact, Export
from contacts.person.file import person_file
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tests.tracking.sharing import sharing_group
from tracking.counting.record import record
from tracking.models import Open, Pixel, SharedPixel

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
PIXELS = "/api/v1/pixels/"
A_UUID = "6f1c2a1e-58cc-4372-a567-0e02b2c3d479"


@pytest.fixture
def contact():
    return make_contact(make_campaign().groups.first(), pixels=0)


def errors_of(response):
    assert response.status_code == 400
    return list(response.json().get("errors", {}))


def test_a_pixel_is_created_with_its_address_and_its_tag(api, contact):
    values = {"contact": str(contact.uuid), "number": 1}
    response = api.post(PIXELS, values)
    assert response.status_code == 201
    body = response.json()
    assert body.items() >= values.items()
    assert body["url"] == f"http://testserver/pixel/{body['uuid']}.gif"
    assert body["html"].startswith(f'<img src="{body["url"]}" width="1" height="1" alt=""')
    assert api.get(f"{PIXELS}{body['uuid']}/").json() == body


def test_a_pixel_comes_with_the_address_of_its_contacts_page(
    api, client, contact, serving_privacy, settings
):
    body = api.post(PIXELS, {"contact": str(contact.uuid), "number": 1}).json()
    assert client.get(body["consent_url"].removeprefix("http://testserver")).status_code == 200
    [listed] = api.get(PIXELS).json()
    assert listed["consent_url"] == body["consent_url"]
    settings.PRIVACY_SENDER = ""
    assert api.get(PIXELS).json()[0]["consent_url"] is None


def test_only_who_may_record_decisions_gets_addresses_of_pages(
    api, sign_in, contact, serving_privacy
):
    api.post(PIXELS, {"contact": str(contact.uuid), "number": 1})
    [listed] = sign_in("tracking.view_pixel").get(PIXELS).json()
    assert listed["url"]
    assert listed["consent_url"] is None


def test_an_erased_contact_has_no_page(api, contact, serving_privacy):
    api.post(PIXELS, {"contact": str(contact.uuid), "number": 1})
    api.delete(f"/api/v1/contacts/{contact.uuid}/")
    assert api.get(PIXELS).json()[0]["consent_url"] is None


def test_a_uuid_that_nobody_can_guess_is_made(api, contact):
    body = api.post(PIXELS, {"contact": str(contact.uuid), "number": 32767}).json()
    assert uuid.UUID(body["uuid"]).version == 4


def test_a_uuid_of_ones_own_is_refused(api, contact):
    response = api.post(PIXELS, {"uuid": A_UUID, "contact": str(contact.uuid), "number": 1})
    assert errors_of(response) == ["uuid"]
    assert "made here" in response.json()["errors"]["uuid"][0]
    assert not Pixel.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"contact": A_UUID}, "contact"),
        ({"contact": "7"}, "contact"),
        ({"contact": None}, "contact"),
        ({"number": 0}, "number"),
        ({"number": 32768}, "number"),
        ({"number": "one"}, "number"),
        ({"uuid": "x"}, "uuid"),
        ({"uuid": "6f1c2a1e-58cc-4372-0567-0e02b2c3d479"}, "uuid"),
        ({"size": 1}, "size"),
    ],
)
def test_a_bad_pixel_is_refused_by_its_field(api, contact, changed, field):
    values = {"contact": str(contact.uuid), "number": 1} | changed
    assert errors_of(api.post(PIXELS, values)) == [field]
    assert not Pixel.objects.exists()


def test_a_used_number_is_refused(api, contact):
    values = {"contact": str(contact.uuid), "number": 1}
    api.post(PIXELS, values)
    assert errors_of(api.post(PIXELS, values)) == ["number"]
    assert Pixel.objects.count() == 1


def test_an_erased_contact_gets_no_pixel(api, contact):
    api.delete(f"/api/v1/contacts/{contact.uuid}/")
    assert errors_of(api.post(PIXELS, {"contact": str(contact.uuid), "number": 1})) == ["contact"]


@pytest.mark.parametrize("method", ["patch", "put"])
def test_only_its_number_changes(api, contact, method):
    values = {"contact": str(contact.uuid), "number": 1}
    created = api.post(PIXELS, values).json()
    url = f"{PIXELS}{created['uuid']}/"
    change = getattr(api, method)
    assert change(url, {"number": 2}).json() == created | {"number": 2}
    assert change(url, created).json() == created
    assert errors_of(change(url, {"uuid": str(uuid.uuid4())})) == ["uuid"]
    other = Contact.objects.create(campaign=contact.campaign, group=contact.group)
    assert errors_of(change(url, {"contact": str(other.uuid)})) == ["contact"]


def test_a_number_can_not_change_to_a_used_one(api, contact):
    api.post(PIXELS, {"contact": str(contact.uuid), "number": 1})
    second = api.post(PIXELS, {"contact": str(contact.uuid), "number": 2}).json()
    assert errors_of(api.patch(f"{PIXELS}{second['uuid']}/", {"number": 1})) == ["number"]


def test_deleting_a_pixel_keeps_its_opens(api):
    contact = make_contact(make_campaign().groups.first())
    pixel = contact.pixels.get()
    record([make_hit(contact)])
    assert api.delete(f"{PIXELS}{pixel.uuid}/").status_code == 204
    assert api.get(f"{PIXELS}{pixel.uuid}/").json()["detail"] == "Pixel not found"
    assert Open.objects.count() == 1
    wanted = {"pixel": str(pixel.uuid), "contact": str(contact.uuid)}
    opens = api.get("/api/v1/opens/", wanted).json()
    assert [opened["pixel"] for opened in opens] == [str(pixel.uuid)]


def test_pixels_are_filtered(api):
    first, second = make_campaign().groups.all()
    one, two = make_contact(first, pixels=2), make_contact(second)

    def found(**query):
        return {row["contact"] for row in api.get(PIXELS, query).json()}

    assert found(contact=str(one.uuid)) == {str(one.uuid)}
    assert found(group=second.id) == {str(two.uuid)}
    assert found(campaign=first.campaign_id) == {str(one.uuid), str(two.uuid)}
    assert api.get(PIXELS).headers["X-Total-Count"] == "3"
    assert errors_of(api.get(PIXELS, {"contact": "x"})) == ["contact"]


def test_the_queries_of_a_list_of_pixels_do_not_grow_with_it(api, django_assert_num_queries):
    make_contact(make_campaign().groups.first(), pixels=30)
    # The user, the count, the pixels; the contacts, and who of them may be measured; the record.
    with django_assert_num_queries(7):
        assert len(api.get(PIXELS).json()) == 30


def test_a_list_of_pixels_is_recorded_by_campaign(api, sign_in, django_assert_num_queries):
    first, second = make_campaign().groups.order_by("number")
    other = make_campaign("Autumn").groups.get(number=1)
    make_contact(first, pixels=2), make_contact(second), make_contact(other)
    with django_assert_num_queries(7):
        api.get(PIXELS)
    rows = Export.objects.order_by("id").values_list("campaign", "group", "rows", "kind")
    campaign = first.campaign_id
    assert list(rows) == [(campaign, None, 3, "pixels"), (other.campaign_id, other.id, 1, "pixels")]
    assert {export.by.username for export in Export.objects.all()} == {"root"}


def test_each_page_of_a_list_of_pixels_is_recorded_with_its_rows(api):
    group = make_campaign().groups.get(number=1)
    make_contact(group, pixels=3)
    for skip in (0, 2, 4):
        api.get(PIXELS, {"limit": 2, "skip": skip, "group": group.id})
    exports = Export.objects.order_by("id")
    assert [(export.group, export.rows) for export in exports] == [(group, 2), (group, 1)]


def test_a_list_of_pixels_without_any_or_that_is_refused_is_none(api, sign_in, contact):
    api.get(PIXELS)
    make_contact(contact.group)
    assert sign_in("campaigns.view_contact").get(PIXELS).status_code == 403
    assert api.get(PIXELS, {"limit": 0}).status_code == 400
    assert not Export.objects.exists()


def test_a_list_of_pixels_is_in_the_persons_file(api):
    first, second = make_campaign().groups.order_by("number")
    make_contact(first, email="ann@example.com", created_at=timezone.now())
    make_contact(second, email="bob@example.com", created_at=timezone.now())
    api.get(PIXELS, {"group": second.id})
    told = {
        n: person_file(f"{n}@example.com", now=timezone.now())["exports"] for n in ("ann", "bob")
    }
    assert told["ann"] == []
    [export] = told["bob"]
    assert (export["what"], export["campaign"], export["rows"]) == ("List of pixels", "Spring", 1)


def test_in_the_mode_shared_the_groups_pixel_takes_the_place_of_the_first(api):
    group = sharing_group(make_campaign(), contacts=9)
    contact = make_contact(group, pixels=2)
    first, second = (api.get(f"{PIXELS}{pixel.uuid}/").json() for pixel in contact.pixels.all())
    assert first["url"].endswith(f"/pixel/{SharedPixel.objects.get().uuid}.gif")
    assert first["url"] in first["html"]
    assert (second["url"], second["html"]) == (None, None)
