"""Campaigns are chosen in their list and shown side by side."""

import pytest
from django.urls import reverse

from campaigns import services
from tests.admin_pages import messages_of, table_of, text_of
from tests.reports.verdict.campaigns import DAY, opened, pass_time, send, share
from tests.tracking.factories import START, make_campaign

pytestmark = [pytest.mark.one_engine, pytest.mark.django_db]
LIST = reverse("admin:campaigns_campaign_changelist")
PAGE = reverse("admin:campaigns_campaign_compare")


@pytest.fixture
def two():
    """One opened by a quarter, one by half of its hundred contacts."""
    campaigns = [make_campaign(name, groups=1) for name in ("Spring", "Summer")]
    for campaign, part in zip(campaigns, (0.25, 0.5), strict=True):
        opened(share(send(campaign.groups.get(), 100), part))
    pass_time(START + 9 * DAY, look=False)
    return campaigns


def ask(client, *ids):
    return client.get(PAGE, {"campaign": list(ids)})


def choose(client, campaigns, **options):
    form = {"action": "compare", "_selected_action": [str(one.pk) for one in campaigns]}
    return client.post(LIST, form, **options)


def test_the_action_of_the_list_leads_to_the_page(admin_client, two):
    response = choose(admin_client, two, follow=True)
    query = "&".join(f"campaign={campaign.pk}" for campaign in two)
    assert response.redirect_chain == [(f"{PAGE}?{query}", 302)]
    assert response.status_code == 200


@pytest.mark.parametrize("number", [1, 9])
def test_fewer_than_two_or_more_than_eight_are_refused(admin_client, number):
    campaigns = [make_campaign(f"Number {n}", groups=0) for n in range(number)]
    assert messages_of(choose(admin_client, campaigns, follow=True)) == [
        "Choose 2 to 8 campaigns to compare."
    ]
    response = ask(admin_client, *[campaign.pk for campaign in campaigns])
    assert response.status_code == 400
    assert "Choose 2 to 8 campaigns to compare." in text_of(response)


def test_figures_stand_beside_the_drawing(admin_client, two):
    page = ask(admin_client, *[campaign.pk for campaign in two])
    heads, *rows = table_of(page, "figures")
    assert heads[-1] == "Within 7 days (95%)"
    assert [row[0] for row in rows] == ["Summer", "Spring"]
    assert rows[1][3:] == ["100", "100", "25.0%", "25.0% (17.5% to 34.3%)"]
    html = page.content.decode()
    assert html.count('<rect class="solid"') == 2
    for campaign in two:
        assert f'href="{reverse("report-page", args=[campaign.pk])}"' in html


def test_no_campaign_is_called_better(admin_client, two):
    words = text_of(ask(admin_client, *[campaign.pk for campaign in two]))
    assert "No campaign is called better here: each was sent to other people" in words


def test_drafts_and_archived_campaigns_are_shown_too(admin_client, two):
    draft = make_campaign("<Draft>")
    services.archive_campaign(campaign_id=two[0].pk, now=START)
    page = ask(admin_client, draft.pk, *[campaign.pk for campaign in two])
    rows = {row[0]: row for row in table_of(page, "figures")}
    assert (rows["<Draft>"][1], rows["<Draft>"][5]) == ("Draft", "-")
    assert rows["Spring"][1] == "Archived"
    assert "once the contacts of all these campaigns are past 4 hours" in text_of(page)


@pytest.mark.parametrize(
    ("ids", "status"),
    [(["x", "2"], 400), (["-1", "2"], 400), (["9" * 40, "2"], 400), (["999998", "999999"], 404)],
)
def test_what_is_no_campaign_is_said_to_be_missing(admin_client, ids, status):
    response = ask(admin_client, *ids)
    assert response.status_code == status
    assert "choose them in the list again" in text_of(response)


def test_one_that_is_named_twice_is_one(admin_client, two):
    assert ask(admin_client, two[0].pk, two[0].pk).status_code == 400


def test_who_may_not_see_reports_is_offered_nothing_and_refused(staff, two):
    client = staff("campaigns.view_campaign")
    assert "Compare selected" not in client.get(LIST).content.decode()
    choose(client, two)
    assert ask(client, *[campaign.pk for campaign in two]).status_code == 403


def test_reports_alone_are_enough_for_the_page(staff, two):
    client = staff("tracking.view_report")
    assert ask(client, *[campaign.pk for campaign in two]).status_code == 200


def test_the_page_takes_few_queries(admin_client, two, django_assert_max_num_queries):
    with django_assert_max_num_queries(11):
        ask(admin_client, *[campaign.pk for campaign in two])
