"""Campaigns and groups through the API."""

import pytest

from campaigns.models import Campaign, Group

pytestmark = pytest.mark.django_db
CAMPAIGNS, GROUPS = "/api/v1/email-campaigns/", "/api/v1/groups/"
SPRING = {
    "name": "Spring",
    "start_at": "2026-03-01T00:00:00Z",
    "end_at": "2026-03-31T00:00:00+02:00",
}


def errors_of(response, status=400):
    assert response.status_code == status
    body = response.json()
    assert body["detail"] and body["code"]
    return list(body.get("errors", {}))


def test_a_campaign_is_created(api):
    response = api.post(CAMPAIGNS, SPRING)
    assert response.status_code == 201
    body = response.json()
    assert body["name"] == "Spring"
    assert body["end_at"] == "2026-03-30T22:00:00Z"
    assert body["archived_at"] is None
    assert (body["decision_age"], body["cut_off_at"]) == (4320, None)
    assert api.get(f"{CAMPAIGNS}{body['id']}/").json() == body
    assert Campaign.objects.get().created_by.username == "root"


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"name": " "}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"name": "a\x00b"}, ["name"]),
        ({"name": "\ufdfa" * 200}, ["name"]),
        ({"description": "x" * 5001}, ["description"]),
        ({"description": 1.5}, ["description"]),
        ({"start_at": "soon"}, ["start_at"]),
        ({"start_at": None}, ["start_at"]),
        ({"end_at": "9999-12-31T23:59:59-14:00"}, ["end_at"]),
        ({"end_at": SPRING["start_at"]}, ["end_at"]),
        ({"decision_age": 60}, ["decision_age"]),
        ({"decision_age": 241}, ["decision_age"]),
        ({"decision_age": "240"}, ["decision_age"]),
        ({"cut_off_at": SPRING["start_at"]}, ["cut_off_at"]),
        ({"budget": 5}, ["budget"]),
    ],
)
def test_a_bad_campaign_is_refused_by_its_field(api, changed, fields):
    assert errors_of(api.post(CAMPAIGNS, SPRING | changed)) == fields
    assert not Campaign.objects.exists()


def test_a_name_in_use_is_refused(api):
    api.post(CAMPAIGNS, SPRING)
    assert errors_of(api.post(CAMPAIGNS, SPRING | {"name": "SPRING"})) == ["name"]


@pytest.mark.parametrize("method", ["patch", "put"])
def test_only_what_is_sent_changes(api, method):
    created = api.post(CAMPAIGNS, SPRING).json()
    response = getattr(api, method)(f"{CAMPAIGNS}{created['id']}/", {"description": "New"})
    assert response.json() == created | {"description": "New"}


def test_an_answer_may_be_sent_back(api):
    created = api.post(CAMPAIGNS, SPRING).json()
    assert api.put(f"{CAMPAIGNS}{created['id']}/", created).json() == created


def test_a_refused_change_changes_nothing(api):
    created = api.post(CAMPAIGNS, SPRING).json()
    path = f"{CAMPAIGNS}{created['id']}/"
    assert errors_of(api.patch(path, {"name": "New", "end_at": "2026-01-01T00:00Z"})) == ["end_at"]
    assert api.get(path).json() == created


def test_an_archived_campaign_is_listed_only_when_asked_for(api):
    one = api.post(CAMPAIGNS, SPRING).json()
    two = api.post(CAMPAIGNS, SPRING | {"name": "Autumn"}).json()
    assert api.delete(f"{CAMPAIGNS}{one['id']}/").status_code == 204
    assert [row["id"] for row in api.get(CAMPAIGNS).json()] == [two["id"]]
    assert [row["id"] for row in api.get(CAMPAIGNS, {"archived": "true"}).json()] == [one["id"]]
    assert api.get(f"{CAMPAIGNS}{one['id']}/").json()["archived_at"]


def test_a_campaign_comes_back_unless_its_name_was_taken(api):
    one = api.post(CAMPAIGNS, SPRING).json()
    api.delete(f"{CAMPAIGNS}{one['id']}/")
    assert api.post(f"{CAMPAIGNS}{one['id']}/unarchive/").json() == one
    api.delete(f"{CAMPAIGNS}{one['id']}/")
    api.post(CAMPAIGNS, SPRING)
    assert errors_of(api.post(f"{CAMPAIGNS}{one['id']}/unarchive/")) == ["name"]


def test_campaigns_are_found_by_a_part_of_their_name(api):
    api.post(CAMPAIGNS, SPRING)
    api.post(CAMPAIGNS, SPRING | {"name": "Autumn"})
    names = [row["name"] for row in api.get(CAMPAIGNS, {"name": "PRI"}).json()]
    assert names == ["Spring"]


@pytest.mark.parametrize(
    "pk", ["99", "abc", "0", "-1", "9" * 30, "9" * 5000, "1e5", "%00", "\uff11"]
)
def test_what_does_not_exist_is_not_found(api, pk):
    response = api.get(f"{CAMPAIGNS}{pk}/")
    assert errors_of(response, 404) == []
    assert response.json()["detail"] == "Campaign not found"
    assert errors_of(api.patch(f"{CAMPAIGNS}{pk}/", {"name": "x"}), 404) == []


@pytest.mark.parametrize("spelling", ["0_{}", "+{}", "%20{}", "{}%0a"])
def test_an_id_can_be_written_in_one_way_only(api, spelling):
    campaign = api.post(CAMPAIGNS, SPRING).json()["id"]
    path = CAMPAIGNS + spelling.format(campaign) + "/"
    assert errors_of(api.get(path), 404) == errors_of(api.delete(path), 404) == []
    assert Campaign.objects.get().archived_at is None


# --- Groups ---------------------------------------------------------------------------------


def test_a_group_is_created(api, campaign):
    values = {"campaign": campaign.id, "number": 1, "name": "A", "planned_share": 33.33}
    response = api.post(GROUPS, values)
    assert response.status_code == 201
    body = response.json()
    own = {"id": body["id"], "description": "", "role": "variant", "archived_at": None}
    assert body == values | own | {"winner": None, "winner_given_at": None}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"campaign": 10**9}, "campaign"),
        ({"campaign": "1"}, "campaign"),
        ({"campaign": 2**70}, "campaign"),
        ({"number": 0}, "number"),
        ({"number": 2**31}, "number"),
        ({"number": 1.5}, "number"),
        ({"number": True}, "number"),
        ({"number": "1"}, "number"),
        ({"name": "x" * 101}, "name"),
        ({"planned_share": 0}, "planned_share"),
        ({"planned_share": 100.01}, "planned_share"),
        ({"planned_share": "NaN"}, "planned_share"),
        ({"planned_share": "50"}, "planned_share"),
        ({"planned_share": ""}, "planned_share"),
        ({"planned_share": 1e300}, "planned_share"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_group_is_refused_by_its_field(api, campaign, changed, field):
    values = {"campaign": campaign.id, "number": 1, "name": "A"} | changed
    assert errors_of(api.post(GROUPS, values)) == [field]
    assert not Group.objects.exists()


def test_a_used_number_or_name_is_refused(api, campaign, group):
    values = {"campaign": campaign.id, "number": 1, "name": "Group 1"}
    assert errors_of(api.post(GROUPS, values)) == ["number", "name"]


def test_a_group_stays_in_its_campaign(api, group, other_group):
    path = f"{GROUPS}{group.id}/"
    assert errors_of(api.patch(path, {"campaign": other_group.campaign_id})) == ["campaign"]
    assert api.patch(path, {"campaign": group.campaign_id, "name": "B"}).json()["name"] == "B"


def test_groups_are_listed_by_campaign(api, group, other_group):
    rows = api.get(GROUPS, {"campaign": group.campaign_id}).json()
    assert [row["id"] for row in rows] == [group.id]


def test_a_group_is_archived_and_comes_back(api, group):
    path = f"{GROUPS}{group.id}/"
    assert api.delete(path).status_code == 204
    assert api.get(GROUPS).json() == []
    assert [row["id"] for row in api.get(GROUPS, {"archived": "true"}).json()] == [group.id]
    assert api.post(f"{path}unarchive/").json()["archived_at"] is None
    assert len(api.get(GROUPS).json()) == 1


def test_a_group_is_rescheduled(api, campaign, group, make_contact):
    contact = make_contact(scheduled_at="2026-03-02T09:00:00Z")
    path = f"{GROUPS}{group.id}/reschedule/"
    assert api.post(path, {"shift_minutes": -90}).json() == {
        "rescheduled": 1,
        "frozen": 0,
        "outside_dates": 0,
    }
    contact.refresh_from_db()
    assert contact.scheduled_at.isoformat() == "2026-03-02T07:30:00+00:00"
    assert api.post(path, {"scheduled_at": "2026-05-01T00:00"}).json()["outside_dates"] == 1
    contact.refresh_from_db()
    assert contact.scheduled_at.isoformat() == "2026-05-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, []),
        ({"scheduled_at": "2026-03-01T09:00Z", "shift_minutes": 5}, []),
        ({"scheduled_at": "soon"}, ["scheduled_at"]),
        ({"scheduled_at": None}, ["scheduled_at"]),
        ({"shift_minutes": 1.5}, ["shift_minutes"]),
        ({"shift_minutes": "60"}, ["shift_minutes"]),
        ({"shift_minutes": 10**9}, ["shift_minutes"]),
        ({"shift_hours": 1}, ["shift_hours"]),
    ],
)
def test_a_bad_reschedule_changes_nothing(api, group, make_contact, body, fields):
    contact = make_contact(scheduled_at="2026-03-02T09:00:00Z")
    assert errors_of(api.post(f"{GROUPS}{group.id}/reschedule/", body)) == fields
    before = contact.scheduled_at
    contact.refresh_from_db()
    assert contact.scheduled_at == before


def test_a_group_that_does_not_exist_can_not_be_rescheduled(api):
    assert errors_of(api.post(f"{GROUPS}99/reschedule/", {"shift_minutes": 5}), 404) == []


@pytest.mark.parametrize("field", ["tracking_mode", "never_asked"])
def test_last_day_is_turned_on_with_what_it_is_for(api, field):
    sent = SPRING | {field: "last_day"}
    refused = api.post(CAMPAIGNS, sent)
    assert errors_of(refused) == [field]
    assert refused.json()["code"] == "not_confirmed"
    created = api.post(CAMPAIGNS, sent | {"last_day_confirmed": True})
    assert created.status_code == 201
    assert "last_day_confirmed" not in created.json()
    address = f"{CAMPAIGNS}{created.json()['id']}/"
    assert api.patch(address, {field: "off"}).status_code == 200
    assert errors_of(api.patch(address, {field: "last_day"})) == [field]
    again = api.patch(address, {field: "last_day", "last_day_confirmed": True})
    assert again.json()[field] == "last_day"


def test_a_campaign_is_duplicated(api):
    source = api.post(CAMPAIGNS, SPRING | {"description": "Two subjects."}).json()
    api.post(GROUPS, {"campaign": source["id"], "number": 2, "name": "B", "planned_share": 100})
    response = api.post(f"{CAMPAIGNS}{source['id']}/duplicate/")
    assert response.status_code == 201
    copy = response.json()
    assert (copy["name"], copy["description"]) == ("Spring (copy)", "Two subjects.")
    assert copy["id"] != source["id"]
    [group] = api.get(GROUPS, {"campaign": copy["id"]}).json()
    assert (group["number"], group["name"], group["planned_share"]) == (2, "B", 100)


def test_what_is_not_there_is_not_duplicated(api):
    assert api.post(f"{CAMPAIGNS}9/duplicate/").status_code == 404
    assert not Campaign.objects.exists()
