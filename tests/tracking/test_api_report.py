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
    assert response.json() == {
        "totals": figures
        | {"contacts": 5, "sent": 4, "open_rate": 0.25, "open_rate_with_machine": 0.5},
        "groups": [
            {"id": first.id, "number": 1, "name": "Group 1", **figures},
            {"id": second.id, "number": 2, "name": "Group 2", **nothing},
        ],
    }


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
