"""The merge list through the API: every contact with its tags, streamed and safe to open."""

import csv
import io

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from campaigns.models import Export
from contacts.pixels import merge_list
from contacts.pixels.links import pixel_html, pixel_url
from tests.consent.deciding import withdraw
from tests.tracking.factories import make_campaign, make_contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups():
    return list(make_campaign().groups.order_by("number"))


def path(campaign_id):
    return f"/api/v1/email-campaigns/{campaign_id}/merge-list/"


def rows_of(response):
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("accept", ["text/csv", "*/*", "application/json"])
def test_each_contact_comes_with_its_tags(api, groups, accept):
    contact = make_contact(groups[1], pixels=2, name="=1+1")
    response = api.get(path(groups[0].campaign_id), HTTP_ACCEPT=accept)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].endswith(f'contacts-{groups[0].campaign_id}.csv"')
    [row] = rows_of(response)
    first, second = contact.pixels.order_by("number")
    assert (row["uuid"], row["group_number"], row["name"]) == (str(contact.uuid), "2", "'=1+1")
    base = "http://testserver"
    assert row["pixel_1_html"] == pixel_html(first.uuid, base=base)
    assert row["pixel_2_url"] == pixel_url(second.uuid, base=base)


def test_each_contact_comes_with_the_address_of_its_own_page(api, client, groups, serving_privacy):
    ann, bob = make_contact(groups[0], email="ann@example.com"), make_contact(groups[1])
    withdraw(bob)
    rows = rows_of(api.get(path(groups[0].campaign_id)))
    pages = {row["uuid"]: row["consent_url"] for row in rows}
    assert len(set(pages.values())) == 2
    page = client.get(pages[str(ann.uuid)].removeprefix("http://testserver"))
    assert "for a…@e….com" in page.content.decode()
    # Who refused may agree later.
    assert client.get(pages[str(bob.uuid)].removeprefix("http://testserver")).status_code == 200


def test_only_who_may_record_decisions_gets_addresses_of_pages(sign_in, groups, serving_privacy):
    make_contact(groups[0], email="ann@example.com")
    reader = sign_in("campaigns.view_contact", "tracking.view_pixel")
    response = reader.get(path(groups[0].campaign_id))
    [row] = rows_of(response)
    assert row["consent_url"] == ""
    assert row["pixel_1_url"]


def test_without_the_page_no_address_of_it_is_given(api, groups):
    make_contact(groups[0])
    [row] = rows_of(api.get(path(groups[0].campaign_id)))
    assert row["consent_url"] == ""


def test_the_file_is_read_while_it_is_sent(api, groups, monkeypatch):
    monkeypatch.setattr(merge_list, "CHUNK", 2)
    monkeypatch.setattr("foundation.csv_export.ROWS_AT_ONCE", 2)
    for _ in range(7):
        make_contact(groups[0])
    blocks = iter(api.get(path(groups[0].campaign_id)).streaming_content)
    next(blocks)
    make_contact(groups[0])
    rest = b"".join(blocks).decode()
    assert len(rest.splitlines()) == 7


def test_an_empty_campaign_is_a_line_of_headings(api, groups):
    assert rows_of(api.get(path(groups[0].campaign_id))) == []


def test_it_needs_a_token_both_permissions_and_a_campaign(api, sign_in, groups):
    own = path(groups[0].campaign_id)
    assert APIClient().get(own).status_code == 401
    for name in ("campaigns.view_contact", "tracking.view_pixel"):
        assert sign_in(name, name=name).get(own).status_code == 403
    for unknown in (groups[0].campaign_id + 1, "x", "9" * 30):
        response = api.get(path(unknown))
        assert (response.status_code, response.json()["detail"]) == (404, "Campaign not found")


def test_a_list_is_recorded_with_who_took_it_and_what_narrowed_it(api, groups):
    make_contact(groups[1])
    rows_of(api.get(path(groups[1].campaign_id)))
    rows_of(api.get(path(groups[1].campaign_id), {"group": groups[0].id, "opened": "no"}))
    narrow, whole = Export.objects.order_by("-id")
    assert (whole.kind, whole.rows, whole.group, whole.opened) == ("merge_list", 1, None, "")
    assert (narrow.rows, narrow.group, narrow.opened) == (0, groups[0], "no")
    assert whole.by == narrow.by == User.objects.get(username="root")


def test_a_list_that_is_refused_is_none(sign_in, groups):
    sign_in("campaigns.view_contact").get(path(groups[0].campaign_id))
    assert not Export.objects.exists()
