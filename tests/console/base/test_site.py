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
        assert sheets[-1] == "/static/console/base/admin.css"
        assert sheets.count("/static/console/base/admin.css") == 1


def test_the_apps_are_in_the_order_in_which_they_are_used(admin_client):
    apps = [app["app_label"] for app in admin_client.get("/admin/").context["app_list"]]
    assert apps[:3] == ["campaigns", "tracking", "discounts"]
    assert set(apps) >= {"auth", "axes"}


def test_narrow_screens_have_a_menu_without_a_script(admin_client):
    text = admin_client.get("/admin/campaigns/campaign/").content.decode()
    menu = re.search(r'<details id="narrow-menu">.*?</details>', text, re.DOTALL).group()
    assert '<a href="/admin/campaigns/campaign/" aria-current="page">Campaigns</a>' in menu
    assert "/admin/discounts/customer/" in menu


def test_the_menu_holds_what_the_user_may_open(staff):
    client = staff("campaigns.view_campaign")
    text = client.get("/admin/campaigns/campaign/").content.decode()
    assert "/admin/discounts/customer/" not in text
