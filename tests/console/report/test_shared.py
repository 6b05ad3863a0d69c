"""The report's page shows loads of shared pixels apart from everything else."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from tests.admin_pages import text_of
from tests.tracking.factories import GMAIL, START, make_campaign
from tests.tracking.sharing import load, shared_pixel, sharing_group
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def campaign():
    group = sharing_group(make_campaign())
    pixel = shared_pixel(group)
    record([load(pixel, after=HOUR, agent=GMAIL) for _ in range(1200)])
    return group.campaign


def page(client, campaign, *, at, **question):
    with time_machine.travel(at):
        return text_of(client.get(reverse("report-page", args=[campaign.id]), question))


def test_loads_are_told_by_group_and_client(admin_client, campaign):
    words = page(admin_client, campaign, at=START + 3 * DAY)
    assert "Loads up to 4 March 2026. They are no opens, and in no other number here." in words
    assert "1 Group 1 0 1,200 0" in words
    assert "Client Loads Gmail 1,200" in words
    assert "whether they open is not known" in words


def test_nothing_is_told_before_the_day_is_over(admin_client, campaign):
    for question in ({}, {"period": "24h"}):
        words = page(admin_client, campaign, at=START + 3 * HOUR, **question)
        assert "Shared pixels" in words
        assert "1,200" not in words


def test_a_time_without_a_whole_day_says_so(admin_client, campaign):
    words = page(admin_client, campaign, at=START + DAY, period="24h")
    assert "No day of this time is over yet" in words
    assert "1,200" not in words


def test_a_report_without_shared_pixels_says_nothing_of_them(admin_client):
    words = page(admin_client, make_campaign(), at=START)
    assert "Shared pixels" not in words
