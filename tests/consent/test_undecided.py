"""The notice about people who were never asked stays until somebody decides."""

import re

import pytest
from django.utils import timezone

from campaigns.services import update_campaign
from consent.undecided import NOTICE
from tests.tracking.factories import make_campaign

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

CAMPAIGNS = "/api/v1/email-campaigns/"
SPRING = {"name": "Spring", "start_at": "2026-03-01T00:00:00Z", "end_at": "2026-03-31T00:00:00Z"}


def panel(client, name):
    return f'<section id="{name}"' in client.get("/admin/").content.decode()


def test_it_asks_and_proposes_and_promises_nothing():
    assert NOTICE.startswith("Do you write to people in the EU? ")
    assert len(re.findall(r"\.( |$)", NOTICE)) == 2
    assert "NEVER_ASKED=off or NEVER_ASKED=shared into .env" in NOTICE
    assert "the line is NEVER_ASKED=individual" in NOTICE
    assert "compl" not in NOTICE.casefold()


def test_the_home_says_it_until_somebody_decides(admin_client, settings):
    assert NOTICE in admin_client.get("/admin/").content.decode().replace("&#x27;", "'")
    settings.MODES_ARE_DECIDED = True
    assert "people in the EU" not in admin_client.get("/admin/").content.decode()


def test_it_is_the_first_step_until_somebody_decides(admin_client, settings):
    def step():
        page = admin_client.get("/admin/").content.decode()
        words = "Decide whether people who were never asked may be measured."
        return f'<a href="#attention">{words}' in page, words in page

    assert step() == (True, True)
    settings.MODES_ARE_DECIDED = True
    assert step() == (False, True)


def test_who_may_see_no_campaign_is_asked_nothing(staff):
    page = staff("discounts.view_discountcampaign").get("/admin/").content.decode()
    assert "people in the EU" not in page
    assert "never asked" not in page


def test_an_answer_with_one_campaign_says_it_until_somebody_decides(api, settings):
    created = api.post(CAMPAIGNS, SPRING).json()
    address = f"{CAMPAIGNS}{created['id']}/"
    changed = api.patch(address, {"description": "New"}).json()
    assert created["notices"] == api.get(address).json()["notices"] == changed["notices"]
    assert created["notices"] == [NOTICE]
    assert "notices" not in api.get(CAMPAIGNS).json()[0]
    settings.MODES_ARE_DECIDED = True
    assert api.get(address).json()["notices"] == []


@pytest.mark.parametrize("field", ["tracking_mode", "never_asked"])
@pytest.mark.parametrize("mode", ["off", "individual"])
def test_a_campaign_with_a_mode_of_its_own_was_decided(api, field, mode):
    campaign = make_campaign()
    update_campaign(campaign_id=campaign.id, changes={field: mode}, now=timezone.now())
    assert api.get(f"{CAMPAIGNS}{campaign.id}/").json()["notices"] == []


def test_no_call_of_the_api_makes_the_notice_go(api):
    assert api.post(CAMPAIGNS, SPRING | {"notices": []}).json()["notices"] == [NOTICE]
