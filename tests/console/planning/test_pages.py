"""The planner on a campaign's page, and the warnings before launch on several pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import ContactImport
from tests.admin_pages import errors_of, text_of
from tests.tracking.factories import make_campaign, make_contacts

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WRONG = "Group 1 is sent 3 hours before Group 2 on average: their opens could not be compared."
FOUND = "With 2 x 200 contacts and 20% opening"


def make(*, apart, begins=DAY):
    begins = timezone.now().replace(second=0, microsecond=0) + begins
    campaign = make_campaign(start=begins - 2 * DAY)
    for group in campaign.groups.all():
        make_contacts(group, [begins + 3 * HOUR * apart * (group.number - 1)] * 200)
    return campaign


@pytest.fixture
def campaign():
    return make(apart=True)


def address(campaign, page="change"):
    return reverse(f"admin:campaigns_campaign_{page}", args=[campaign.id])


# --- The campaign's page --------------------------------------------------------------------


def test_the_campaigns_page_warns_and_plans(admin_client, campaign):
    answer = admin_client.get(address(campaign))
    said = text_of(answer)
    assert WRONG in said
    assert FOUND in said
    assert "to see 20% against 22% four times in five you need 14,000 contacts" in said
    assert address(campaign, "mix_schedule") in answer.content.decode()


def test_groups_that_are_sent_together_cause_no_warning(admin_client):
    said = text_of(admin_client.get(address(make(apart=False))))
    assert FOUND in said
    assert "could not be compared" not in said


def test_once_it_is_sent_there_is_no_warning(admin_client):
    said = text_of(admin_client.get(address(make(apart=True, begins=-2 * HOUR))))
    assert "could not be compared" not in said
    assert "Before you send" not in said


def test_without_schedules_no_mixing_is_offered(admin_client):
    campaign = make_campaign()
    page = admin_client.get(address(campaign)).content.decode()
    assert "No contact is scheduled yet." in page
    assert address(campaign, "mix_schedule") not in page


def test_the_warning_needs_no_permission_to_view_rates(staff, campaign):
    answer = staff("campaigns.view_campaign").get(address(campaign))
    assert WRONG in text_of(answer)
    assert FOUND not in text_of(answer)
    assert address(campaign, "mix_schedule") not in answer.content.decode()


def test_names_of_groups_are_escaped(admin_client, campaign):
    campaign.groups.filter(number=1).update(name="<b>A</b>")
    page = admin_client.get(address(campaign)).content.decode()
    assert "&lt;b&gt;A&lt;/b&gt; is sent 3 hours before" in page


def test_the_form_of_the_planner_is_not_inside_that_of_the_campaign(admin_client, campaign):
    page = admin_client.get(address(campaign)).content.decode()
    planner, own = page.index('class="plan-form"'), page.index('id="campaign_form"')
    assert planner < page.index("</form>", planner) < own


# --- The page to ask ------------------------------------------------------------------------


def test_a_difference_is_worked_out(admin_client, campaign):
    answer = admin_client.get(address(campaign, "plan"), {"difference": "4", "rate": "20"})
    said = text_of(answer)
    assert "you need 3,600 contacts, 1,800 in each group" in said
    assert "The chance that this mailing sees it with the contacts at hand is 14%." in said
    assert 'name="difference" value="4"' in answer.content.decode()


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"difference": "many"}, "difference"),
        ({"difference": "0"}, "difference"),
        ({"rate": "0"}, "rate"),
        ({"rate": "101"}, "rate"),
        ({"rate": "95", "difference": "10"}, "difference"),
    ],
)
def test_an_invalid_question_is_an_error_beside_its_field(admin_client, campaign, question, field):
    answer = admin_client.get(address(campaign, "plan"), question)
    assert answer.status_code == 200
    assert list(errors_of(answer)) == [field]
    assert "you need" not in text_of(answer)


def test_the_error_of_a_decimal_comma_says_how_to_write_it(admin_client, campaign):
    answer = admin_client.get(address(campaign, "plan"), {"difference": "4,5"})
    assert errors_of(answer) == {"difference": ["Write a number with a point: 4.5."]}


def test_an_invalid_field_keeps_results_that_do_not_depend_on_it(admin_client, campaign):
    wrong_difference = {"difference": "many", "rate": "40"}
    said = text_of(admin_client.get(address(campaign, "plan"), wrong_difference))
    assert "With 2 x 200 contacts and 40% opening" in said
    assert "see 40% against" not in said


def test_empty_fields_use_the_defaults(admin_client, campaign):
    said = text_of(admin_client.get(address(campaign, "plan"), {"difference": "", "rate": ""}))
    assert "to see 20% against 22%" in said


@pytest.mark.parametrize("missing", ["campaigns.view_campaign", "tracking.view_report"])
def test_asking_needs_permissions(staff, campaign, missing):
    needed = {"campaigns.view_campaign", "tracking.view_report"}
    assert staff(*needed - {missing}).get(address(campaign, "plan")).status_code == 403
    assert staff(*needed, name="bob").get(address(campaign, "plan")).status_code == 200


def test_the_mixing_page_names_later_contacts_only_if_there_are_any(admin_client):
    gone, part = make(apart=False, begins=-2 * HOUR), make_campaign("Later")
    make_contacts(part.groups.first(), [timezone.now() - HOUR] * 5)
    for campaign in (gone, part):
        said = text_of(admin_client.get(address(campaign, "mix_schedule")))
        assert "may be on their way." in said
        assert "come later" not in said


# --- Elsewhere ------------------------------------------------------------------------------


def test_a_groups_page_warns(admin_client, campaign):
    group = campaign.groups.first()
    page = admin_client.get(reverse("admin:campaigns_group_change", args=[group.id]))
    assert WRONG in text_of(page)
    assert address(campaign, "mix_schedule") in page.content.decode()


def finished_import(campaign, **values):
    now = timezone.now()
    return ContactImport.objects.create(
        campaign=campaign,
        **{"state": "finished", "created": 400, "lease_until": now, "created_at": now} | values,
    )


def test_an_import_that_leaves_groups_apart_warns(admin_client, campaign):
    job = finished_import(campaign)
    page = reverse("admin:campaigns_campaign_import_state", args=[campaign.id, job.id])
    said = text_of(admin_client.get(page))
    assert WRONG in said
    assert "put the pixels into your e-mails" in said


def test_a_running_import_shows_no_warning_yet(admin_client, campaign):
    job = finished_import(campaign, state="running")
    page = reverse("admin:campaigns_campaign_import_state", args=[campaign.id, job.id])
    assert "could not be compared" not in text_of(admin_client.get(page))


def test_the_home_warns_of_mailings_that_are_about_to_be_sent(admin_client, staff, campaign):
    page = admin_client.get("/admin/")
    assert f"“Spring”: {WRONG}" in text_of(page)
    assert address(campaign, "mix_schedule") in page.content.decode()
    seen = staff("campaigns.view_campaign").get("/admin/").content.decode()
    assert address(campaign, "mix_schedule") not in seen
    assert f'{address(campaign)}">See it' in seen


def test_a_campaigns_page_takes_few_queries(admin_client, campaign, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        admin_client.get(address(campaign))
