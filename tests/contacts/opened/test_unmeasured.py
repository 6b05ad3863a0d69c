"""Lists never name whom nobody measured as not opened."""

import pytest
from django.urls import reverse

from contacts.opened.resent import mark_unopened_resent
from contacts.pixels.merge_list import merge_table
from contacts.pixels.opened_lists import OpenedSo
from reports.silent_domains import silent_domains
from tests.admin_pages import text_of
from tests.reports.partly import LATER, partly_measured
from tracking.opened import Opened

pytestmark = pytest.mark.django_db
UNKNOWN = (
    "Of 5 contacts that were sent to it is not known: they may not be measured, or withdrew before "
    "anything was opened."
)


@pytest.fixture
def partly():
    """The campaign, and who is known not to have opened."""
    campaign, contacts = partly_measured()
    return campaign, {contact.uuid for contact in contacts[4:6]}


def test_the_api_names_who_is_known_not_to_have_opened(api, partly):
    campaign, unopened = partly
    response = api.get("/api/v1/contacts/", {"campaign": campaign.id, "opened": "no"})
    assert {row["uuid"] for row in response.json()} == set(map(str, unopened))
    assert response.headers["X-Total-Count"] == "2"


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("admin:campaigns_contact_changelist", {"opened": "no"}),
        ("admin:campaigns_campaign_write_again", None),
    ],
)
def test_pages_say_of_whom_it_is_not_known(admin_client, partly, page, query):
    campaign, _ = partly
    address = reverse(page, args=[] if query else [campaign.id])
    response = admin_client.get(address, query and query | {"campaign": campaign.id})
    assert UNKNOWN in text_of(response)


def test_nobody_else_is_recorded_as_mailed_again(partly):
    campaign, unopened = partly
    ids = [contact.uuid for group in campaign.groups.all() for contact in group.contacts.all()]
    found, recorded = mark_unopened_resent(ids, now=LATER)
    assert (set(found), recorded) == (unopened, 2)


def test_the_merge_list_of_who_did_not_open_holds_nobody_else(partly):
    campaign, unopened = partly
    pick = OpenedSo(Opened.NO, LATER)
    header, *rows = merge_table(campaign_id=campaign.id, base="https://x.test", pick=pick)
    assert {row[header.index("uuid")] for row in rows} == unopened


def test_a_domain_is_not_silent_because_nobody_there_may_be_measured(partly, monkeypatch):
    campaign, _ = partly
    monkeypatch.setattr("reports.silent_domains.FEWEST_SENT", 4)
    contacts = campaign.groups.get(number=1).contacts
    contacts.filter(measured=0).update(email_domain="refused.example")
    assert silent_domains(campaign_id=campaign.id, now=LATER).domains == []
