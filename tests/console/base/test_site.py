"""The admin has PixelTrack's name and look, signed in or not."""

import re

import pytest

from tests.admin_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def test_every_page_has_the_name_and_the_theme(client, admin_client):
    for page in (client.get("/admin/login/"), admin_client.get("/admin/campaigns/campaign/")):
        text = page.content.decode()
        assert "<title>" in text and "| PixelTrack</title>" in text.replace("\n", "")
        assert "Django" not in text_of(page)
        assert re.search(r'<div id="site-name"><a href="/admin/"><img [^>]*alt=""', text)
        # After all stylesheets of Django.
        sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', text)
        own = [f"/static/console/base/{name}.css" for name in ("tokens", "admin", "components")]
        first = sheets.index(own[0])
        assert sheets[first : first + 3] == own
        assert all(sheet.startswith("/static/console/") for sheet in sheets[first:])


def menu(client, path="/admin/"):
    return client.get(path).context["menu"]


def test_the_menu_names_jobs_and_keeps_the_rest_in_one_group(admin_client):
    found = menu(admin_client)
    jobs = ["Home", "Campaigns", "People", "Discounts", "Customers", "Used discounts"]
    assert [item.title for item in found.jobs] == jobs
    rest = {item.title for item in found.administration}
    assert rest >= {"Groups", "Opens", "Pixels", "Roles", "Users", "Background jobs"}
    assert rest.isdisjoint(jobs)
    for item in (*found.jobs, *found.administration):
        assert admin_client.get(item.address).status_code == 200, item


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/admin/", "Home"),
        ("/admin/campaigns/campaign/", "Campaigns"),
        ("/admin/campaigns/campaign/add/", "Campaigns"),
        ("/admin/campaigns/contact/", "People"),
        ("/admin/campaigns/contact/?campaign=1", "Campaigns"),
        ("/admin/discounts/simulate/", "Discounts"),
        ("/admin/discounts/discountusage/", "Used discounts"),
        ("/admin/discounts/discountusage/?campaign=1", "Discounts"),
        ("/admin/auth/group/", "Roles"),
    ],
)
def test_the_menu_marks_the_job_that_a_page_belongs_to(admin_client, path, title):
    found = menu(admin_client, path)
    current = [item.title for item in (*found.jobs, *found.administration) if item.is_current]
    assert current == [title]
    assert found.is_administration == (title == "Roles")


def test_narrow_screens_have_a_menu_without_a_script(admin_client):
    text = admin_client.get("/admin/campaigns/campaign/").content.decode()
    narrow = text.split('id="narrow-menu"')[1].split("</details>")[0]
    assert '<a href="/admin/campaigns/campaign/" aria-current="page">Campaigns</a>' in narrow
    assert "/admin/discounts/customer/" in narrow


def test_the_menu_holds_what_the_user_may_open(staff):
    client = staff("campaigns.view_campaign")
    found = menu(client, "/admin/campaigns/campaign/")
    assert [item.title for item in found.jobs] == ["Home", "Campaigns"]
    assert (found.administration, found.new_campaign) == ([], "")
    assert "/admin/discounts/customer/" not in client.get("/admin/").content.decode()


def test_an_account_without_a_role_is_told_so(staff):
    assert "Your account has no role yet" in text_of(staff().get("/admin/"))


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/admin/campaigns/campaign/", "Campaigns"),
        ("/admin/discounts/discountcampaign/", "Discount campaigns"),
        ("/admin/auth/user/", "Users"),
        ("/admin/campaigns/campaign/add/", "New campaign"),
        ("/admin/auth/user/add/", "New user"),
    ],
)
def test_titles_are_nouns(admin_client, path, title):
    response = admin_client.get(path)
    assert response.context["title"] == title
    assert f"<h1>{title}</h1>" in response.content.decode()
