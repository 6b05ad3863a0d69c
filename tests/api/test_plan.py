"""Planning a campaign and mixing its schedule through the API."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from campaigns.models import Contact, Group
from contacts.schedules import mixing
from foundation.personal_data.identity import name_key
from tests.tracking.factories import make_campaign, make_contacts

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def campaign():
    """Its first group is sent to before the second."""
    tomorrow = timezone.now().replace(second=0, microsecond=0) + DAY
    campaign = make_campaign(start=tomorrow - 2 * DAY)
    for number, group in enumerate(campaign.groups.order_by("number")):
        make_contacts(group, [tomorrow + (60 * number + n) * MINUTE for n in range(60)])
    return campaign


def path_of(campaign, call):
    return f"/api/v1/email-campaigns/{campaign.id}/{call}/"


def plan(api, campaign, **query):
    return api.get(path_of(campaign, "plan"), query)


def errors_of(response):
    assert response.status_code == 400
    return sorted(response.json()["errors"])


def test_a_plan_tells_what_is_found_needed_and_wrong(api, campaign):
    found = plan(api, campaign, difference="4", rate="20").json()
    one, two = campaign.groups.order_by("number")
    assert (found["rate"], found["rate_from"], found["past_mailings"]) == (20, "given", 0)
    assert (found["difference"], found["contacts_needed"]) == (4, 3600)
    assert found["decision_age"] == 4320
    assert 25 < found["smallest_difference"] < 40
    assert 0 <= found["chance"] < 0.2
    assert found["apart"] == [{"earlier": one.id, "later": two.id, "minutes": 60.0}]
    assert found["sentences"][0].startswith("Group 1 is sent 60 minutes before Group 2")
    assert found["groups"][0] == {
        "id": one.id,
        "number": 1,
        "name": "Group 1",
        "planned_share": 50.0,
        "contacts": 60,
        "unmeasured": 0,
        "late": 0,
        "unscheduled": 0,
    }


def test_the_rest_has_its_part_of_the_planned_split(api, campaign):
    make_group(campaign, 3, role="rest", planned_share=80)
    campaign.groups.filter(number=1).update(planned_share=10)
    found = plan(api, campaign).json()
    assert [(one["number"], one["planned_share"]) for one in found["groups"]] == [(1, 10), (2, 10)]


def make_group(campaign, number, **values):
    name = f"Group {number}"
    values |= {"number": number, "name": name, "name_key": name_key(name)}
    return Group.objects.create(campaign=campaign, **values)


def test_without_a_question_past_mailings_and_a_tenth_count(api, campaign):
    found = plan(api, campaign).json()
    assert (found["rate"], found["rate_from"], found["difference"]) == (20, "assumed", 2)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"difference": "0"}, ["difference"]),
        ({"difference": "-1"}, ["difference"]),
        ({"difference": "100.01"}, ["difference"]),
        ({"difference": "0.001"}, ["difference"]),
        ({"difference": "many"}, ["difference"]),
        ({"difference": "2,5"}, ["difference"]),
        ({"difference": "NaN"}, ["difference"]),
        ({"difference": ""}, ["difference"]),
        ({"difference": "9" * 400}, ["difference"]),
        ({"rate": "-1"}, ["rate"]),
        ({"rate": "101"}, ["rate"]),
        ({"rate": "Infinity"}, ["rate"]),
        ({"rate": "95", "difference": "10"}, ["difference"]),
        ({"rate": "100", "difference": "1"}, ["difference"]),
        ({"rates": "20"}, ["rates"]),
        ({"rate": ["20", "30"]}, ["rate"]),
    ],
)
def test_an_impossible_question_is_refused(api, campaign, query, fields):
    assert errors_of(plan(api, campaign, **query)) == fields


@pytest.mark.parametrize("rate", ["0.1", "100", "0.11", "99.99"])
def test_rates_at_the_ends_are_answered(api, campaign, rate):
    assert plan(api, campaign, rate=rate).status_code == 200


def test_a_campaign_without_groups_is_planned(api):
    found = plan(api, make_campaign(groups=0)).json()
    assert found["sentences"] == ["There are no groups yet, so there is nothing to compare."]


@pytest.mark.parametrize("call", ["plan", "mix-schedule"])
def test_a_campaign_that_does_not_exist_is_not_found(api, call):
    method = api.get if call == "plan" else api.post
    assert method(f"/api/v1/email-campaigns/99/{call}/").status_code == 404


def test_a_schedule_is_mixed(api, campaign):
    before = sorted(Contact.objects.values_list("scheduled_at", flat=True))
    answer = api.post(path_of(campaign, "mix-schedule"))
    assert answer.status_code == 200
    assert answer.json()["left"] == 0
    assert answer.json()["moved"] > 50
    assert sorted(Contact.objects.values_list("scheduled_at", flat=True)) == before
    assert plan(api, campaign).json()["apart"] == []
    entry = LogEntry.objects.get()
    assert entry.object_id == str(campaign.id)
    assert entry.change_message.startswith("Mixed the schedule: ")
    assert api.post(path_of(campaign, "mix-schedule")).json() == {"moved": 0, "left": 0}
    assert LogEntry.objects.count() == 1
    assert api.get(f"/api/v1/email-campaigns/{campaign.id}/").json()["mixing_since"] is None


def test_a_long_mixing_goes_on_in_the_background(api, campaign, monkeypatch):
    monkeypatch.setattr(mixing, "CHUNK", 10)
    monkeypatch.setattr(mixing, "LONGEST", timedelta(0))
    answer = api.post(path_of(campaign, "mix-schedule")).json()
    assert answer["left"] > 50
    task = DBTaskResult.objects.get()
    assert task.args_kwargs == {"args": [campaign.id], "kwargs": {}}
    assert api.get(f"/api/v1/email-campaigns/{campaign.id}/").json()["mixing_since"]


def test_without_anything_to_mix_it_is_refused(api):
    answer = api.post(path_of(make_campaign(), "mix-schedule"))
    assert (answer.status_code, answer.json()["code"]) == (400, "nothing_to_mix")
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("method", "call", "needed"),
    [
        ("post", "mix-schedule", ["campaigns.change_contact"]),
        ("get", "plan", ["campaigns.view_campaign", "tracking.view_report"]),
    ],
)
def test_each_call_needs_its_permissions(sign_in, campaign, method, call, needed):
    before = list(Contact.objects.order_by("pk").values_list("scheduled_at", flat=True))
    for missing in needed:
        some = [one for one in needed if one != missing]
        client = sign_in(*some, name=f"without {missing}")
        assert getattr(client, method)(path_of(campaign, call)).status_code == 403
    assert list(Contact.objects.order_by("pk").values_list("scheduled_at", flat=True)) == before
    client = sign_in(*needed, name="with all")
    assert getattr(client, method)(path_of(campaign, call)).status_code == 200
