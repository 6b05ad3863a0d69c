"""Pages say of whom a rate is where not everybody may be measured."""

import pytest
import time_machine
from django.urls import reverse

from tests.admin_pages import text_of
from tests.reports.partly import LATER, partly_measured
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
RATE = "33.3% to 50.0%"
OF_WHOM = "of the 6 who may be measured (of 10 sent); of all, between 20.0% and 80.0%"


def pages_of(campaign):
    return {
        "report": reverse("report-page", args=[campaign.id]),
        "campaign": reverse("admin:campaigns_campaign_change", args=[campaign.id]),
        "list": reverse("admin:campaigns_campaign_changelist"),
        "groups": reverse("admin:campaigns_group_changelist"),
        "home": reverse("admin:index"),
    }


@pytest.mark.parametrize(
    ("page", "times"), [("report", 3), ("campaign", 2), ("list", 1), ("groups", 1), ("home", 2)]
)
def test_a_rate_says_of_whom_it_is(admin_client, page, times):
    campaign, _ = partly_measured()
    with time_machine.travel(LATER):
        words = text_of(admin_client.get(pages_of(campaign)[page]))
    assert words.count(OF_WHOM) == times
    assert RATE in words


@pytest.mark.parametrize("page", ["report", "campaign", "list", "groups", "home"])
def test_nothing_is_said_where_everybody_is_measured(admin_client, page):
    campaign = make_campaign()
    record([make_hit(make_contact(campaign.groups.first()))])
    with time_machine.travel(LATER):
        response = admin_client.get(pages_of(campaign)[page])
    assert "100.0%" in text_of(response)
    for word in ("who may be measured", "of all,", "of-whom"):
        assert word not in response.content.decode()
