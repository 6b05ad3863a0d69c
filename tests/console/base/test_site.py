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
        assert sheets[-3:] == own
