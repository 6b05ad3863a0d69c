"""Bad ids and lookups in URLs of the admin are answered, on every database."""

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver, reverse

from console.base.strict_lists import ListsStrictly
from foundation.parsing import LARGEST_ID
from tests.addresses import named_patterns
from tests.tracking.factories import make_campaign

pytestmark = pytest.mark.django_db

CONTACTS = "admin:campaigns_contact_changelist"
CAMPAIGNS = "admin:campaigns_campaign_changelist"
OPENS = "admin:tracking_open_changelist"
USERS = "admin:auth_user_changelist"


@pytest.mark.parametrize(
    ("name", "query"),
    [
        (CAMPAIGNS, "name__regex=("),
        (CAMPAIGNS, "id__in=99999999999999999999"),
        (CAMPAIGNS, "created_at__year=99999999"),
        (CAMPAIGNS, "description__iregex=%5B"),
        (USERS, "username__regex=("),
        (USERS, "id__in=99999999999999999999"),
        (OPENS, "group_id__in=99999999999999999999"),
        (CONTACTS, "campaign=99999999999999999999"),
        (CONTACTS, "campaign__id=99999999999999999999"),
    ],
)
def test_a_list_with_an_unknown_filter_is_shown_in_full(admin_client, name, query, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    response = admin_client.get(f"{reverse(name)}?{query}")
    assert (response.status_code, response.url) == (302, f"{reverse(name)}?e=1")


@pytest.mark.parametrize(
    "query",
    [
        "not_sent_reason__exact=bounced",
        "campaign=1&group=1",
        "p=99",
        "q=%00",
        "o=9.-9",
        "_popup=1&_to_field=uuid",
    ],
)
def test_filters_that_a_list_offers_work(admin_client, query):
    response = admin_client.get(f"{reverse(CONTACTS)}?{query}")
    assert response.status_code == 200 or response.url.endswith("?e=1")


def test_a_moment_that_a_database_can_not_store_shows_the_whole_list(
    admin_client, settings, vendor
):
    settings.TIME_ZONE = "Asia/Kolkata"
    address = f"{reverse(OPENS)}?opened_at__gte=0001-01-01T00:00:00%2B14:00"
    response = admin_client.get(address)
    if vendor == "postgresql":
        assert response.status_code == 200
    else:
        assert (response.status_code, response.url) == (302, f"{reverse(OPENS)}?e=1")


@pytest.mark.parametrize("value", ["abc", "0", "-1", str(LARGEST_ID + 1), "9" * 30, "٣", "%00"])
@pytest.mark.parametrize("field", ["campaign", "group", "not_sent_reason"])
def test_bad_values_in_the_url_of_a_new_contact_are_ignored(admin_client, field, value):
    address = reverse("admin:campaigns_contact_add")
    assert admin_client.get(f"{address}?{field}={value}").status_code == 200


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("campaigns_contact", "scheduled_at"),
        ("campaigns_campaign", "start_at"),
        ("discounts_discountcampaign", "end_date"),
    ],
)
@pytest.mark.parametrize("value", ["0", "2026-03-01", "x"])
def test_a_bad_moment_in_the_url_of_a_new_row_is_ignored(admin_client, name, field, value):
    address = reverse(f"admin:{name}_add")
    assert admin_client.get(f"{address}?{field}={value}").status_code == 200


def test_an_id_in_a_path_is_one_that_a_database_can_store(admin_client):
    campaign = make_campaign()
    address = reverse("report-page", args=[campaign.id])
    assert admin_client.get(address).status_code == 200
    for page in ("", "data/", "groups.csv", "series.csv"):
        for no_id in (0, LARGEST_ID, LARGEST_ID + 1, 10**30, "9" * 5000):
            missing = address.replace(f"/{campaign.id}/", f"/{no_id}/") + page
            assert admin_client.get(missing).status_code == 404


def test_every_path_of_the_project_reads_its_ids_like_this():
    own = [route for _, route, _ in named_patterns(get_resolver()) if "<int:" in route]
    assert all(route.startswith(("admin/r/", "^admin/r/")) for route in own), own


def test_every_list_is_filtered_by_what_it_offers():
    assert all(isinstance(page, ListsStrictly) for page in admin.site._registry.values())


@pytest.mark.parametrize("too_large", [LARGEST_ID + 1, -LARGEST_ID - 2, 10**30])
def test_a_form_with_an_id_that_no_database_can_store_is_shown_again(admin_client, too_large):
    chosen = {"name": "Readers", "permissions": [str(too_large)]}
    response = admin_client.post(reverse("admin:auth_group_add"), chosen)
    assert response.status_code == 200
    assert "is not one of the available choices" in response.content.decode()


@pytest.mark.parametrize("object_id", ["1", "x", "9" * 30])
def test_an_object_that_does_not_exist_has_no_page(admin_client, object_id):
    for kind in ContentType.objects.all():
        response = admin_client.get(f"/admin/r/{kind.id}/{object_id}/")
        assert response.status_code == 404, kind
