"""Contacts through the API, one at a time."""

import uuid

import pytest

from campaigns.models import Contact
from contacts.pixels.services import create_pixels
from tests.tracking.factories import make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
CONTACTS = "/api/v1/contacts/"
A_UUID = "6f1c2a1e-58cc-4372-a567-0e02b2c3d479"
FAR_AHEAD = "2190-03-02T09:00:00Z"


@pytest.fixture
def values(group):
    return {
        "uuid": A_UUID,
        "campaign": group.campaign_id,
        "group": group.id,
        "scheduled_at": "2026-03-02T09:00:00Z",
        "email": "Ann@example.com",
        "name": "Ann",
        "external_id": "7",
        "locale": "de-AT",
    }


@pytest.fixture
def opened(make_contact):
    contact = make_contact(scheduled_at="2026-03-02T09:00:00Z")
    create_pixels(contact_ids=[contact.uuid], per_contact=1)
    record([make_hit(contact)])
    return contact


def errors_of(response, status=400):
    assert response.status_code == status
    body = response.json()
    assert body["detail"] and body["code"]
    return list(body.get("errors", {}))


def test_the_group_of_a_contact_is_drawn(api, values, group):
    response = api.post(CONTACTS, values | {"group": "draw"})
    assert (response.status_code, response.json()["group"]) == (201, group.id)
    assert errors_of(api.post(CONTACTS, values | {"group": "any"})) == ["group"]


def test_a_contact_is_created(api, values):
    response = api.post(CONTACTS, values)
    assert response.status_code == 201
    body = response.json()
    assert body["warnings"] == []
    assert body.items() >= values.items()
    assert api.get(f"{CONTACTS}{A_UUID}/").json() == {
        name: value for name, value in body.items() if name != "warnings"
    }


def test_a_locale_is_kept_in_its_usual_case_changed_and_listed(api, values):
    body = api.post(CONTACTS, values | {"locale": "de_at"}).json()
    assert body["locale"] == "de-AT"
    assert api.patch(f"{CONTACTS}{A_UUID}/", {"locale": "FR"}).json()["locale"] == "fr"
    assert [row["locale"] for row in api.get(CONTACTS).json()] == ["fr"]
    assert errors_of(api.patch(f"{CONTACTS}{A_UUID}/", {"locale": "French"})) == ["locale"]
    assert api.patch(f"{CONTACTS}{A_UUID}/", {"locale": None}).json()["locale"] is None
    api.patch(f"{CONTACTS}{A_UUID}/", {"locale": "fr"})
    api.delete(f"{CONTACTS}{A_UUID}/")
    assert api.get(f"{CONTACTS}{A_UUID}/").json()["locale"] is None


def test_a_uuid_is_made_where_none_is_given(api, group):
    body = api.post(CONTACTS, {"campaign": group.campaign_id, "group": group.id}).json()
    assert uuid.UUID(body["uuid"])
    assert (body["email"], body["name"], body["scheduled_at"]) == (None, None, None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"uuid": "6f1c2a1e"}, "uuid"),
        ({"uuid": "6f1c2a1e-58cc-4372-0567-0e02b2c3d479"}, "uuid"),
        ({"uuid": "6f1c2a1e-58cc-1372-a567-0e02b2c3d479"}, "uuid"),
        ({"campaign": None}, "campaign"),
        ({"campaign": 10**9}, "campaign"),
        ({"group": 10**9}, "group"),
        ({"group": "1"}, "group"),
        ({"scheduled_at": "tomorrow"}, "scheduled_at"),
        ({"email": "ann@"}, "email"),
        ({"name": "A" * 201}, "name"),
        ({"external_id": 7}, "external_id"),
        ({"e-mail": "ann@example.com"}, "e-mail"),
    ],
)
def test_a_bad_contact_is_refused_by_its_field(api, values, changed, field):
    assert errors_of(api.post(CONTACTS, values | changed)) == [field]
    assert not Contact.objects.exists()


def test_a_group_of_another_campaign_is_refused(api, values, other_group):
    assert errors_of(api.post(CONTACTS, values | {"group": other_group.id})) == ["group"]
    assert not Contact.objects.exists()


def test_an_address_in_use_is_refused(api, values):
    api.post(CONTACTS, values)
    same = {"uuid": None, "external_id": None, "email": "ann@EXAMPLE.com"}
    response = api.post(CONTACTS, values | same)
    assert errors_of(response) == ["email"]
    assert "ann" not in response.content.decode()
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"uuid": None, "external_id": None}, ["email"]),
        ({"uuid": None, "email": None}, ["external_id"]),
        ({"email": None, "external_id": None}, ["uuid"]),
        ({}, ["email", "external_id", "uuid"]),
    ],
)
def test_a_value_in_use_has_the_code_taken_in_every_call(api, values, changed, fields):
    api.post(CONTACTS, values)
    response = api.post(CONTACTS, values | changed)
    assert errors_of(response) == fields
    assert response.json()["code"] == "taken"
    [row] = api.post(f"{CONTACTS}bulk/", {"contacts": [values | changed]}).json()["results"]
    assert row == {"index": 0, "code": "taken", "errors": response.json()["errors"]}


def test_a_change_to_a_value_in_use_has_the_code_taken_too(api, values):
    api.post(CONTACTS, values)
    other = api.post(CONTACTS, {name: values[name] for name in ("campaign", "group")}).json()
    for name in ("email", "external_id"):
        response = api.patch(f"{CONTACTS}{other['uuid']}/", {name: values[name]})
        assert errors_of(response) == [name]
        assert response.json()["code"] == "taken"


def test_any_other_error_does_not_have_the_code_taken(api, values, campaign):
    api.post(CONTACTS, values)
    response = api.post(CONTACTS, values | {"group": 10**9})
    assert errors_of(response)[0] == "group"
    assert response.json()["code"] == "invalid"
    api.delete(f"/api/v1/email-campaigns/{campaign.id}/")
    new = {"campaign": campaign.id, "group": values["group"]}
    assert api.post(CONTACTS, new).json()["code"] == "archived"


def test_a_schedule_outside_the_campaign_is_kept_with_a_warning(api, values):
    body = api.post(CONTACTS, values | {"scheduled_at": "2027-03-02T09:00:00Z"}).json()
    assert body["scheduled_at"] == "2027-03-02T09:00:00Z"
    assert "outside" in body["warnings"][0]
    body = api.patch(f"{CONTACTS}{A_UUID}/", {"scheduled_at": "2028-01-01T00:00Z"}).json()
    assert "outside" in body["warnings"][0]


@pytest.mark.parametrize("method", ["patch", "put"])
def test_only_what_is_sent_changes(api, values, method):
    created = api.post(CONTACTS, values).json()
    response = getattr(api, method)(f"{CONTACTS}{A_UUID}/", {"name": "Ann Lee"})
    assert response.json() == created | {"name": "Ann Lee"}


def test_an_answer_may_be_sent_back(api, values):
    created = api.post(CONTACTS, values).json()
    assert api.put(f"{CONTACTS}{A_UUID}/", created).json() == created


def test_a_contact_changes_group_inside_its_campaign_only(
    api, values, campaign, make_group, other_group
):
    api.post(CONTACTS, values | {"scheduled_at": FAR_AHEAD})
    path, second = f"{CONTACTS}{A_UUID}/", make_group(campaign, 2)
    assert api.patch(path, {"group": second.id}).json()["group"] == second.id
    assert errors_of(api.patch(path, {"group": other_group.id})) == ["group"]
    assert errors_of(api.patch(path, {"group": 10**9})) == ["group"]
    assert errors_of(api.patch(path, {"group": None})) == ["group"]
    assert errors_of(api.patch(path, {"group": "draw"})) == ["group"]


def test_a_contact_that_has_fallen_due_stays_in_its_group(api, values, campaign, make_group):
    api.post(CONTACTS, values)
    path, second = f"{CONTACTS}{A_UUID}/", make_group(campaign, 2)
    assert errors_of(api.patch(path, {"group": second.id})) == ["group"]
    assert api.patch(path, {"group": values["group"], "name": "Anne"}).json()["name"] == "Anne"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uuid": str(uuid.uuid4())}, "uuid"),
        ({"campaign": 10**9}, "campaign"),
        ({"scheduled_at": "soon"}, "scheduled_at"),
        ({"email": "ann"}, "email"),
        ({"nickname": "Annie"}, "nickname"),
    ],
)
def test_a_bad_change_changes_nothing(api, values, change, field):
    created = api.post(CONTACTS, values).json()
    assert errors_of(api.patch(f"{CONTACTS}{A_UUID}/", {"name": "New"} | change)) == [field]
    assert api.patch(f"{CONTACTS}{A_UUID}/", {}).json() == created


def test_an_opened_contact_keeps_its_group_and_its_schedule(api, opened, campaign, make_group):
    path, second = f"{CONTACTS}{opened.uuid}/", make_group(campaign, 2)
    assert errors_of(api.patch(path, {"group": second.id})) == ["group"]
    assert errors_of(api.patch(path, {"scheduled_at": None})) == ["scheduled_at"]
    same = {"group": opened.group_id, "scheduled_at": "2026-03-02T09:00:00Z", "name": "Ann"}
    assert api.patch(path, same).json()["name"] == "Ann"


def test_deleting_a_contact_erases_the_person_and_keeps_the_row(api, values):
    api.post(CONTACTS, values)
    path = f"{CONTACTS}{A_UUID}/"
    assert [api.delete(path).status_code, api.delete(path).status_code] == [204, 204]
    body = api.get(path).json()
    assert body["erased_at"]
    assert (body["email"], body["name"], body["external_id"]) == (None, None, None)
    assert [row["uuid"] for row in api.get(CONTACTS).json()] == [A_UUID]


def test_an_erased_contact_can_not_change(api, values):
    api.post(CONTACTS, values)
    api.delete(f"{CONTACTS}{A_UUID}/")
    response = api.patch(f"{CONTACTS}{A_UUID}/", {"name": "Ann"})
    assert errors_of(response) == []
    assert "erased" in response.json()["detail"]


def test_contacts_are_filtered(api, group, other_group, make_contact):
    early = make_contact(scheduled_at="2026-03-02T09:00Z", external_id="7")
    late = make_contact(scheduled_at="2026-03-09T09:00Z")
    other = make_contact(campaign=other_group.campaign_id, group=other_group.id)
    api.delete(f"{CONTACTS}{late.uuid}/")

    def found(**query):
        return [row["uuid"] for row in api.get(CONTACTS, query).json()]

    assert found(campaign=group.campaign_id) == [str(early.uuid), str(late.uuid)]
    assert found(group=other_group.id) == [str(other.uuid)]
    assert found(external_id="7") == [str(early.uuid)]
    assert found(erased="true") == [str(late.uuid)]
    assert found(erased="false") == [str(early.uuid), str(other.uuid)]
    assert found(scheduled_since="2026-03-09T10:00:00+01:00") == [str(late.uuid)]
    assert found(scheduled_until="2026-03-09T09:00:00Z") == [str(early.uuid)]
    assert found(group=10**9) == []
    assert errors_of(api.get(CONTACTS, {"colour": "red"})) == ["colour"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("campaign", "spring"),
        ("campaign", "0"),
        ("campaign", "9" * 40),
        ("group", "1.5"),
        ("erased", "maybe"),
        ("not_sent", "1"),
        ("scheduled_since", "yesterday"),
        ("scheduled_until", "0001-01-01T00:00:00+14:00"),
        ("external_id", "\x00"),
        ("skip", "-1"),
        ("skip", "x"),
        ("skip", "9" * 30),
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "1e2"),
        ("limit", "²"),
    ],
)
def test_a_malformed_filter_is_refused_by_its_name(api, name, value):
    assert errors_of(api.get(CONTACTS, {name: value})) == [name]


def test_a_single_contact_takes_no_filter(api, values):
    api.post(CONTACTS, values)
    assert errors_of(api.get(f"{CONTACTS}{A_UUID}/", {"group": "99"})) == ["group"]
    assert api.get(f"{CONTACTS}{A_UUID}/").status_code == 200


def test_lists_come_in_pages(api, make_contact):
    contacts = [str(make_contact().uuid) for _ in range(5)]
    response = api.get(CONTACTS, {"skip": 1, "limit": 2})
    assert response.headers["X-Total-Count"] == "5"
    assert len(response.json()) == 2
    everything = [
        row["uuid"]
        for skip in range(0, 6, 2)
        for row in api.get(CONTACTS, {"skip": skip, "limit": 2}).json()
    ]
    assert sorted(everything) == sorted(contacts)
    assert api.get(CONTACTS, {"skip": 99}).json() == []


def test_the_queries_of_a_list_of_contacts_do_not_grow_with_it(
    api, make_contact, django_assert_num_queries
):
    for _ in range(20):
        make_contact(email=f"{uuid.uuid4()}@example.com")
    # The user, the count, the contacts.
    with django_assert_num_queries(3):
        assert len(api.get(CONTACTS).json()) == 20


@pytest.mark.parametrize("pk", [A_UUID, "6f1c2a1e", "1", "00000000-0000-0000-0000-000000000000"])
def test_what_does_not_exist_is_not_found(api, pk):
    for method in (api.get, api.patch, api.delete):
        response = method(f"{CONTACTS}{pk}/")
        assert errors_of(response, 404) == []
        assert response.json()["detail"] == "Contact not found"


# --- Not sent -------------------------------------------------------------------------------


def test_contacts_are_marked_as_not_sent_and_back(api, campaign, make_contact):
    by_id, by_email = make_contact(), make_contact(email="ann@example.com")
    body = {
        "campaign": campaign.id,
        "contacts": [str(by_id.uuid), A_UUID],
        "emails": ["nobody@example.com", "ANN@example.com", "no address"],
        "reason": "bounced",
    }
    answer = {"marked": 2, "unchanged": 0, "unknown_contacts": [1], "unknown_emails": [0, 2]}
    response = api.post(f"{CONTACTS}not-sent/", body)
    assert response.json() == answer
    assert api.get(f"{CONTACTS}{by_email.uuid}/").json()["not_sent_reason"] == "bounced"
    assert len(api.get(CONTACTS, {"not_sent": "true"}).json()) == 2
    undone = body | {"undo": True, "reason": "withdrawn"}
    assert api.post(f"{CONTACTS}not-sent/", undone).json() == answer
    assert api.get(f"{CONTACTS}{by_id.uuid}/").json()["not_sent_at"] is None


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"campaign": 10**9}, ["campaign"]),
        ({"campaign": None}, ["campaign"]),
        ({"contacts": ["x"]}, ["contacts.0"]),
        ({"contacts": A_UUID}, ["contacts"]),
        ({"contacts": []}, []),
        ({"emails": ["a" * 255]}, ["emails.0"]),
        ({"emails": [""]}, ["emails.0"]),
        ({"reason": "lost"}, ["reason"]),
        ({"reason": None}, ["reason"]),
        ({"undo": "perhaps"}, ["undo"]),
        ({"undo": "yes"}, ["undo"]),
        ({"undo": 1}, ["undo"]),
        ({"emails": [5]}, ["emails.0"]),
        ({"contacts": [A_UUID] * 10_001}, ["contacts"]),
        ({"contact": A_UUID}, ["contact"]),
    ],
)
def test_a_bad_mark_marks_nothing(api, campaign, changed, fields):
    body = {"campaign": campaign.id, "contacts": [A_UUID], "reason": "bounced"}
    assert errors_of(api.post(f"{CONTACTS}not-sent/", body | changed)) == fields


def test_a_reason_is_needed_to_mark(api, campaign):
    body = {"campaign": campaign.id, "contacts": [A_UUID]}
    assert errors_of(api.post(f"{CONTACTS}not-sent/", body)) == ["reason"]
    assert api.post(f"{CONTACTS}not-sent/", body | {"undo": True}).status_code == 200
