"""The report of a campaign through the API."""

from datetime import timedelta

import pytest
import time_machine

from tests.tracking.factories import (
    GMAIL,
    SCANNER,
    START,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.ingest import record

pytestmark = pytest.mark.django_db


def report_of(api, campaign_id):
    return api.get(f"/api/v1/email-campaigns/{campaign_id}/report/")


def test_a_report_holds_the_figures_of_the_campaign_and_of_each_group(sign_in):
    campaign = make_campaign()
    first, second = campaign.groups.all()
    contacts = [make_contact(first) for _ in range(3)] + [make_contact(second)]
    later = START + timedelta(days=2)
    make_contact(second, scheduled_at=later)
    record(
        [
            make_hit(contacts[0]),
            make_hit(contacts[0], after=timedelta(hours=2), agent=GMAIL),
            make_hit(contacts[1], agent=SCANNER),
        ]
    )
    with time_machine.travel(START + timedelta(days=1)):
        response = report_of(sign_in("tracking.view_report"), campaign.id)
    assert response.status_code == 200
    figures = {
        "contacts": 3,
        "sent": 3,
        "unique_opens": 1,
        "unique_by_kind": {"human": 1, "proxied": 0, "machine": 1},
        "opens": 2,
        "open_rate": 0.333333,
        "open_rate_with_machine": 0.666667,
    }
    nothing = {
        "contacts": 2,
        "sent": 1,
        "unique_opens": 0,
        "unique_by_kind": {"human": 0, "proxied": 0, "machine": 0},
        "opens": 0,
        "open_rate": 0.0,
        "open_rate_with_machine": 0.0,
    }
    body = response.json()
    assert {name: body[name] for name in ("totals", "groups")} == {
        "totals": figures
        | {"contacts": 5, "sent": 4, "open_rate": 0.25, "open_rate_with_machine": 0.5},
        "groups": [
            {"id": first.id, "number": 1, "name": "Group 1", **figures},
            {"id": second.id, "number": 2, "name": "Group 2", **nothing},
        ],
    }


def test_the_panels_speak_of_the_same_opens_as_the_totals(api):
    campaign = make_campaign()
    group = campaign.groups.get(number=1)
    hours = (1, 2, 2, 5)
    record([make_hit(make_contact(group), after=timedelta(hours=n), agent=GMAIL) for n in hours])
    record([make_hit(make_contact(group), after=timedelta(hours=2), agent=SCANNER)])
    body = report_of(api, campaign.id).json()
    assert body["clients"] == [{"family": "Gmail", "opens": 4, "share": 1.0}]
    assert sum(map(sum, body["heatmap"])) == body["totals"]["opens"] == 4
    assert body["series"]["groups"] == [row["id"] for row in body["groups"]]
    assert sum(sum(point["opens"]) for point in body["series"]["points"]) == 4


def test_a_window_and_machine_opens_can_be_asked_for(api):
    campaign = make_campaign()
    group = campaign.groups.get(number=1)
    for after, agent in ((1, GMAIL), (30, GMAIL), (31, SCANNER)):
        record([make_hit(make_contact(group), after=timedelta(hours=after), agent=agent)])
    since = (START + timedelta(hours=29, minutes=30)).isoformat()
    body = api.get(
        f"/api/v1/email-campaigns/{campaign.id}/report/", {"since": since, "machine": "true"}
    ).json()
    assert (body["machine"], body["totals"]["opens"], body["totals"]["unique_opens"]) == (
        True,
        2,
        2,
    )
    assert body["window"] == {"since": "2026-03-03T14:00:00Z", "until": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"machine": "perhaps"}, "machine"),
        ({"since": "2026-03-02T09:00:00Z", "until": "2026-03-02T08:00:00Z"}, "until"),
    ],
)
def test_a_malformed_window_is_refused_with_its_field(api, query, field):
    response = api.get(f"/api/v1/email-campaigns/{make_campaign().id}/report/", query)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_a_campaign_that_was_sent_to_nobody_has_no_rate(api):
    totals = report_of(api, make_campaign().id).json()["totals"]
    assert (totals["sent"], totals["open_rate"]) == (0, None)


@pytest.mark.parametrize("pk", ["99", "0", "x", "9" * 18, "9" * 30, "-1"])
def test_what_is_not_there_is_not_found(api, pk):
    response = report_of(api, pk)
    assert (response.status_code, response.json()["detail"]) == (404, "Campaign not found")


def test_a_report_takes_few_queries_whatever_the_opens(api, django_assert_max_num_queries):
    campaign = make_campaign(groups=5)
    for group in campaign.groups.all():
        record([make_hit(make_contact(group), after=timedelta(hours=n)) for n in range(3)])
    with django_assert_max_num_queries(12):
        report_of(api, campaign.id)
