"""Many contacts with their pixels in one call of the API."""

import pytest

from campaigns.models import Contact, Export
from foundation.personal_data.hashes import read_email_hash
from tests.consent.deciding import withdraw
from tests.tracking.sharing import share
from tracking.models import Pixel, SharedPixel

pytestmark = pytest.mark.django_db
BULK = "/api/v1/contacts/bulk/"


@pytest.fixture
def row(group):
    return {"campaign": group.campaign_id, "group": group.id}


def test_valid_rows_are_kept_and_invalid_ones_explained(api, row):
    rows = [
        row | {"email": "ann@example.com"},
        row | {"email": "ann@"},
        row | {"email": "Ann@example.com"},
        "no row",
        row | {"scheduled_at": "2030-01-01T00:00Z"},
    ]
    response = api.post(BULK, {"contacts": rows, "pixels_per_contact": 2})
    assert response.status_code == 200
    body = response.json()
    assert (body["created"], body["failed"]) == (2, 3)
    assert [result["index"] for result in body["results"]] == [0, 1, 2, 3, 4]
    complaints = [list(result.get("errors", {})) for result in body["results"]]
    assert complaints == [[], ["email"], ["email"], ["non_field_errors"], []]
    codes = [result.get("code") for result in body["results"]]
    assert codes == [None, "invalid", "taken", "invalid", None]
    assert "outside" in body["results"][4]["warnings"][0]
    assert Contact.objects.count() == 2
    assert Pixel.objects.count() == 4


def test_a_group_is_drawn_once_and_named(api, row, make_group, campaign):
    make_group(campaign, 2)
    rows = [row | {"group": "draw", "email": f"p{n}@example.com"} for n in range(6)]
    body = api.post(BULK, {"contacts": [*rows, row]}).json()
    stored = {str(c.uuid): c.group_id for c in Contact.objects.all()}
    assert {result["uuid"]: result["group"] for result in body["results"]} == stored
    assert sorted(Contact.objects.values_list("group__number", flat=True)) == [1] * 4 + [2] * 3
    body = api.post(BULK, {"contacts": rows}).json()
    assert {result["code"] for result in body["results"]} == {"taken"}
    assert {str(c.uuid): c.group_id for c in Contact.objects.all()} == stored


def test_without_groups_nothing_is_drawn(api, make_campaign):
    row = {"campaign": make_campaign("Empty").id, "group": "draw"}
    [result] = api.post(BULK, {"contacts": [row]}).json()["results"]
    assert result["errors"] == {
        "group": ["The campaign has no group that could be drawn: add its groups first."]
    }


def test_each_contact_has_its_locale(api, row):
    rows = [row | {"locale": "pt_br"}, row | {"locale": "Portuguese"}, row]
    body = api.post(BULK, {"contacts": rows}).json()
    assert [list(result.get("errors", {})) for result in body["results"]] == [[], ["locale"], []]
    assert list(Contact.objects.values_list("locale", flat=True)) == ["pt-BR", None]


def test_each_contact_comes_with_the_address_of_its_own_page(
    api, client, row, serving_privacy, settings
):
    [result] = api.post(BULK, {"contacts": [row]}).json()["results"]
    assert client.get(result["consent_url"].removeprefix("http://testserver")).status_code == 200
    settings.PRIVACY_SENDER = ""
    other = row | {"email": "other@example.com"}
    assert api.post(BULK, {"contacts": [other]}).json()["results"][0]["consent_url"] is None


def test_only_who_may_record_decisions_gets_addresses_of_pages(sign_in, row, serving_privacy):
    adder = sign_in("campaigns.add_contact", "tracking.add_pixel")
    [result] = adder.post(BULK, {"contacts": [row]}).json()["results"]
    assert result["pixels"]
    assert result["consent_url"] is None


def test_each_contact_gets_its_numbered_pixels(api, row):
    body = api.post(BULK, {"contacts": [row], "pixels_per_contact": 3}).json()
    [result] = body["results"]
    assert [pixel["number"] for pixel in result["pixels"]] == [1, 2, 3]
    for pixel in result["pixels"]:
        assert str(Pixel.objects.get(uuid=pixel["uuid"]).contact_id) == result["uuid"]
        assert pixel["url"] == f"http://testserver/pixel/{pixel['uuid']}.gif"
        assert f'src="{pixel["url"]}"' in pixel["html"]


def test_one_pixel_is_made_unless_more_are_asked_for(api, row):
    [result] = api.post(BULK, {"contacts": [row]}).json()["results"]
    assert len(result["pixels"]) == 1


def test_a_call_without_contacts_is_valid(api):
    assert api.post(BULK, {"contacts": []}).json() == {"created": 0, "failed": 0, "results": []}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["contacts"]),
        ({"contacts": None}, ["contacts"]),
        ({"contacts": {}}, ["contacts"]),
        ({"contacts": "all"}, ["contacts"]),
        ({"contacts": [{}] * 10_001}, ["contacts"]),
        ({"contacts": [], "pixels_per_contact": 0}, ["pixels_per_contact"]),
        ({"contacts": [], "pixels_per_contact": 11}, ["pixels_per_contact"]),
        ({"contacts": [], "pixels": 1}, ["pixels"]),
        ([], []),
        ("contacts", []),
        (None, ["contacts"]),
    ],
)
def test_a_bad_call_creates_nothing(api, body, fields):
    response = api.post(BULK, body)
    assert response.status_code == 400
    assert list(response.json().get("errors", {})) == fields


def test_ten_thousand_contacts_fit_in_a_call(api, row):
    rows = [row | {"email": f"c{n}@example.com"} for n in range(10_000)]
    body = api.post(BULK, {"contacts": rows, "pixels_per_contact": 1}).json()
    assert (body["created"], body["failed"]) == (10_000, 0)
    assert Pixel.objects.count() == 10_000


def test_the_queries_of_a_call_do_not_grow_with_its_rows(
    api, row, vendor, django_assert_max_num_queries
):
    # SQLite takes 999 values a statement: 71 contacts, 249 pixels. One checks whether the group
    # has changed.
    inserts = 8 + 3 if vendor == "sqlite" else 2
    rows = [row | {"email": f"c{n}@example.com", "external_id": str(n)} for n in range(500)]
    # Six tell what may be measured of whom, and note that pixels were given out.
    with django_assert_max_num_queries(20 + inserts):
        api.post(BULK, {"contacts": rows, "pixels_per_contact": 1})


def test_an_answer_with_pixels_is_recorded_for_those_who_may_be_measured(api, row):
    withdraw(Contact(campaign_id=row["campaign"], email_hash=read_email_hash("bob@example.com")))
    rows = [row | {"email": f"{name}@example.com"} for name in ("ann", "bob", "carl")]
    api.post(BULK, {"contacts": [*rows, "no row"], "pixels_per_contact": 1})
    [export] = Export.objects.all()
    assert (export.kind, export.rows, export.campaign_id) == ("bulk_answer", 2, row["campaign"])
    api.post(BULK, {"contacts": [row], "pixels_per_contact": 0})
    assert Export.objects.count() == 1


def test_in_the_mode_shared_all_get_the_pixel_of_their_group(api, row, campaign):
    share(campaign)
    rows = [row | {"email": f"p{n}@example.com"} for n in range(10)]
    few = api.post(BULK, {"contacts": rows[:9], "pixels_per_contact": 2}).json()
    assert [result["pixels"] for result in few["results"]] == [None] * 9
    assert not Export.objects.exists()
    [result] = api.post(BULK, {"contacts": rows[9:], "pixels_per_contact": 2}).json()["results"]
    [pixel] = result["pixels"]
    assert (pixel["uuid"], pixel["number"]) == (str(SharedPixel.objects.get().uuid), 1)
    assert pixel["url"].endswith(f"/pixel/{pixel['uuid']}.gif")
    assert not Pixel.objects.filter(uuid=pixel["uuid"]).exists()
    assert (Export.objects.get().kind, Export.objects.get().rows) == ("bulk_answer", 1)
