"""The merge list through the API: every contact with its tags, streamed and safe to open."""

import csv
import io

import pytest
from rest_framework.test import APIClient

from contacts.pixels import merge_list
from contacts.pixels.links import pixel_html, pixel_url
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
