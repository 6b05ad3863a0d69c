"""The winner is given to the rest through the API, and the rest's merge list downloaded."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry

from campaigns import services
from contacts.schedules import winner
from contacts.schedules.reschedule import reschedule_group
from tests.tracking.factories import START, make_campaign, make_contact
from tests.winners import NOW, call, decide, give, with_roles

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def campaign():
    return make_campaign(groups=4)


@pytest.fixture
def groups(campaign):
    return with_roles(campaign)


@pytest.fixture
def may_give(sign_in):
    return sign_in("campaigns.change_contact", "tracking.view_report")


def post(client, campaign, **body):
    return client.post(f"/api/v1/email-campaigns/{campaign.id}/winner/", body)


def merge_list(client, campaign, **query):
    response = client.get(f"/api/v1/email-campaigns/{campaign.id}/merge-list/", query)
    assert response.status_code == 200, response.json()
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_group_that_was_called_is_given_from_a_moment_on(may_give, campaign, groups):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    response = post(may_give, campaign, start_at="2026-03-02T18:00:00+01:00")
    assert response.status_code == 200
    assert response.json() == {
        "group": rest.id,
        "winner": b.id,
        "preliminary": True,
        "start_at": "2026-03-02T17:00:00Z",
        "finished": True,
        "warnings": [],
    }
    assert post(may_give, campaign).json() == response.json()


def test_another_variant_is_given_with_a_warning(may_give, campaign, groups):
    a, b, rest, _ = groups
    make_contact(rest)
    decide(campaign, b)
    body = post(may_give, campaign, winner=a.id).json()
    assert (body["winner"], body["preliminary"]) == (a.id, False)
    assert body["warnings"] == ["The verdict names “2 Group 2”, not “1 Group 1”."]
    refused = post(may_give, campaign, winner=b.id)
    assert (refused.status_code, refused.json()["code"]) == (400, "already_given")


def test_a_large_rest_says_that_it_is_not_finished(may_give, campaign, groups, monkeypatch):
    monkeypatch.setattr(winner, "CHUNK", 1)
    monkeypatch.setattr(winner.schedule_rest, "__kwdefaults__", {"chunks": 1})
    _, b, rest, _ = groups
    for _ in range(3):
        make_contact(rest)
    call(b)
    assert post(may_give, campaign).json()["finished"] is False
    winner.schedule_interrupted(now=NOW)
    assert post(may_give, campaign).json()["finished"] is True


@pytest.mark.parametrize(
    ("is_called", "has_contacts", "code"),
    [(False, True, "undecided"), (True, False, "empty")],
)
def test_a_choice_that_is_not_possible_is_refused(
    may_give, campaign, groups, is_called, has_contacts, code
):
    _, b, rest, _ = groups
    if is_called:
        call(b)
    if has_contacts:
        make_contact(rest)
    response = post(may_give, campaign)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_a_start_outside_the_campaigns_dates_has_to_be_allowed(may_give, campaign, groups):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    late = {"start_at": "2029-01-01T09:00:00Z"}
    refused = post(may_give, campaign, **late)
    assert (refused.status_code, refused.json()["code"]) == (400, "outside_dates")
    assert list(refused.json()["errors"]) == ["start_at"]
    given = post(may_give, campaign, **late, allow_outside_dates=True)
    assert given.json()["start_at"] == late["start_at"]
    assert given.json()["warnings"] == ["1 contact lies outside the campaign's dates now."]


def test_a_rest_with_a_winner_is_described_as_it_is_scheduled_now_even_once_archived(
    may_give, campaign, groups
):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    post(may_give, campaign, start_at="2026-03-02T18:00:00+01:00")
    reschedule_group(group_id=rest.id, shift=HOUR, now=NOW)
    services.archive_group(group_id=rest.id, now=NOW)
    body = post(may_give, campaign).json()
    assert (body["group"], body["start_at"]) == (rest.id, "2026-03-02T18:00:00Z")


def test_a_campaign_without_a_rest_says_what_to_do(may_give):
    campaign = make_campaign()
    call(campaign.groups.first())
    response = post(may_give, campaign)
    assert (response.status_code, response.json()["code"]) == (400, "no_rest")
    assert response.json()["detail"] == winner.NO_REST


@pytest.mark.parametrize(
    "body", [{"winner": "1"}, {"winner": None}, {"start_at": "soon"}, {"x": 1}]
)
def test_a_bad_body_is_refused(may_give, campaign, groups, body):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    response = post(may_give, campaign, **body)
    assert (response.status_code, list(response.json()["errors"])) == (400, list(body))


def test_the_history_tells_who_gave_what(may_give, campaign, groups):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    post(may_give, campaign)
    post(may_give, campaign)
    lines = set(LogEntry.objects.values_list("object_id", "change_message"))
    said = "Winner: none → “2 Group 2” from 2 March 2026, 14:00 UTC, preliminary"
    assert lines == {
        (str(rest.id), said),
        (str(campaign.id), f"Group “3 Group 3”: {said}"),
    }


# --- The merge list -----------------------------------------------------------------------------


def test_the_merge_list_has_the_rest_once_it_has_a_winner(api, campaign, groups):
    a, b, rest, control = groups
    contacts = [make_contact(group) for group in (a, b, rest, control)]
    before = merge_list(api, campaign)
    assert [row["uuid"] for row in before] == [str(c.uuid) for c in contacts[:2]]
    assert "winner" not in before[0]
    call(b)
    give(rest)
    rows = merge_list(api, campaign)
    assert [(row["group"], row["winner_number"], row["winner"]) for row in rows] == [
        ("Group 1", "", ""),
        ("Group 2", "", ""),
        ("Group 3", "2", "Group 2"),
    ]
    assert merge_list(api, campaign, group=rest.id) == rows[2:]
    [own] = merge_list(api, campaign, group=a.id)
    assert (own["group"], "winner" in own) == ("Group 1", False)


def test_a_group_without_a_merge_list_is_refused(api, campaign, groups):
    _, _, rest, control = groups
    other = make_campaign("Autumn").groups.first()
    path = f"/api/v1/email-campaigns/{campaign.id}/merge-list/"
    for group_id, code in (
        (rest.id, "not_mailed"),
        (control.id, "not_mailed"),
        (other.id, "invalid"),
        ("x", "invalid"),
        (-1, "invalid"),
        (2**70, "invalid"),
    ):
        response = api.get(path, {"group": group_id})
        assert (response.status_code, response.json()["code"]) == (400, code)
        assert list(response.json()["errors"]) == ["group"]


# --- The goal -----------------------------------------------------------------------------------


def test_the_goal_is_what_can_be_measured_and_stays(api, campaign):
    path = f"/api/v1/email-campaigns/{campaign.id}/"
    assert api.get(path).json()["goal"] == "opened"
    assert api.patch(path, {"goal": "opened"}).status_code == 200
    refused = api.patch(path, {"goal": "clicked"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["goal"])
    assert "goal" in services.FIXED_WHEN_DUE
    make_contact(campaign.groups.first(), scheduled_at=START)
    assert api.patch(path, {"goal": "opened", "name": "Summer"}).status_code == 200
