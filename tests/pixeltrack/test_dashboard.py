"""The admin's home says what needs attention, to whoever may see it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone

from discounts.models import DiscountCampaign
from pixeltrack import dashboard
from tests.admin_pages import text_of
from tests.discounts.factories import make_campaign
from tracking.ingest import note_complete

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.delete("dashboard:budgets")
    yield
    cache.delete("dashboard:budgets")


@pytest.fixture
def counted():
    note_complete(moment=timezone.now())


def home(client):
    return text_of(client.get("/admin/"))


@pytest.mark.usefixtures("counted")
def test_where_all_is_well_nothing_needs_attention(admin_client):
    assert "Needs attention" not in home(admin_client)


def test_it_says_that_nothing_counts_opens(admin_client):
    assert "Opens are not being counted" in home(admin_client)


def test_it_says_that_counting_is_behind(admin_client):
    note_complete(moment=timezone.now() - timedelta(minutes=10))
    assert "Counting is behind: opens since 20" in home(admin_client)


@pytest.mark.usefixtures("counted")
def test_it_names_a_budget_that_differs_from_its_usages(admin_client):
    campaign = make_campaign()
    DiscountCampaign.objects.update(used_budget_minor=700)
    words = home(admin_client)
    assert f"campaign {campaign.id}: 7.00 are stored as used, its usages make 0.00" in words


@pytest.mark.usefixtures("counted")
def test_a_check_that_fails_says_so_and_the_others_stay(admin_client, monkeypatch):
    def fail():
        raise OperationalError("gone")

    monkeypatch.setattr(dashboard.reconcile, "budget_differences", fail)
    words = home(admin_client)
    assert "Discount budgets could not be checked" in words
    assert "gone" not in words


def test_whoever_may_not_see_it_is_told_nothing(client, staff):
    DiscountCampaign.objects.update(used_budget_minor=700)
    assert "Needs attention" not in home(staff())


def test_strangers_are_sent_to_sign_in(client):
    assert client.get("/admin/").status_code == 302


@pytest.mark.usefixtures("counted")
def test_it_takes_few_queries(admin_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        home(admin_client)


def test_tokens_are_shown_to_nobody(admin_client):
    assert "token" not in home(admin_client).lower()
    assert admin_client.get("/admin/token_blacklist/outstandingtoken/").status_code == 404
