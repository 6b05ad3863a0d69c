"""Whatever the home of an account leads to, it may open."""

import io
import re
from collections import Counter, deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from tests.admin_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.walks]

HOME = "/admin/"
# Of pages that differ in the rows or in the choices that they show.
MOST_OF_A_KIND = 2
MOST_PAGES = 150
OPENED = {HOME, "/docs"}


def signed_in(role):
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def links_of(page, path):
    for link in re.findall(r'<a [^>]*?href="([^"]+)"', page):
        target = urlsplit(urljoin(path, unescape(link)))
        if not target.netloc and (target.path.startswith(HOME) or target.path in OPENED):
            yield target.path + (f"?{target.query}" if target.query else "")


def walk(client):
    """The status of each page that the home leads to, directly or by others."""
    statuses, kinds, waiting = {}, Counter(), deque([HOME])
    while waiting and len(statuses) < MOST_PAGES:
        path = waiting.popleft()
        kind = re.sub(r"[0-9a-f-]{36}|\d+|=[^&]*", "*", path)
        if path in statuses or kinds[kind] >= MOST_OF_A_KIND:
            continue
        kinds[kind] += 1
        response = client.get(path)
        statuses[path] = response.status_code
        if "html" in response.headers.get("Content-Type", ""):
            waiting.extend(links_of(response.content.decode(), path))
        else:
            response.getvalue()
    return statuses


def closed(statuses):
    return {path: status for path, status in statuses.items() if status not in (200, 302)}


def test_every_link_of_an_empty_system_leads_to_a_page():
    statuses = walk(signed_in("Marketing manager"))
    assert closed(statuses) == {}
    assert "/admin/campaigns/campaign/add/" in statuses


def test_an_analyst_and_a_shop_are_led_to_nothing_that_they_may_not_open():
    call_command("seed_demo", stdout=io.StringIO())
    analyst = signed_in("Marketing analyst")
    statuses = walk(analyst)
    assert closed(statuses) == {}
    [imports, *_] = [path for path in statuses if path.endswith("/import/")]
    assert "Importing contacts takes the permission" in text_of(analyst.get(imports))
    assert not [path for path in statuses if path.endswith("/add/")]

    shop = walk(signed_in("Shop API"))
    assert closed(shop) == {}
    assert {"/docs", "/admin/discounts/customer/"} <= shop.keys()
    assert not [path for path in shop if path.startswith("/admin/campaigns/")]
