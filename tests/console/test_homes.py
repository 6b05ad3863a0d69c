"""Whatever the home of an account leads to, it may open."""

import io
import re
from collections import Counter, deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from tests import test_roles
from tests.admin_pages import text_of
from tests.test_roles import ADMIN, address, may_open

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine, pytest.mark.walks]

HOME = "/admin/"
# Of pages that differ in the rows or in the choices that they show.
MOST_OF_A_KIND = 2
MOST_PAGES = 150
OPENED = {HOME, "/docs"}
CONTACTS = "/admin/campaigns/contact/"


CUSTOMERS = ("view_customer", "change_customer")
# What a role of one's own may lack of a manager's: nobody may open all that is beside a page.
LACKING = {
    "what a row belongs to": ("view_campaign", "change_campaign", *CUSTOMERS),
    "the rows of a campaign": ("view_contact", "view_pixel", "view_contactimport"),
    "what it may write": ("view_", "change_contact"),
}
rows = test_roles.rows


def signed_in(role):
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def manager_without(codenames):
    held = Permission.objects.filter(group__name="Marketing manager")
    for codename in codenames:
        held = held.exclude(codename__startswith=codename)
    user = User.objects.create_user("colleague", is_staff=True)
    user.user_permissions.set(held)
    client = Client()
    client.force_login(user)
    return client


def links_of(page, path):
    for link in re.findall(r'<a [^>]*?href="([^"]+)"', page):
        target = urlsplit(urljoin(path, unescape(link)))
        if not target.netloc and (target.path.startswith(HOME) or target.path in OPENED):
            yield target.path + (f"?{target.query}" if target.query else "")


def walk(client, *begin):
    """The status of each page that the home leads to, directly or by others."""
    statuses, kinds, waiting = {}, Counter(), deque([HOME, *begin])
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


@pytest.mark.parametrize("lacking", LACKING)
def test_who_may_open_a_part_of_the_pages_is_led_to_no_other(lacking, rows):
    client = manager_without(LACKING[lacking])
    # Forms that no list leads to, and a list whose links depend on what was opened.
    begin = [address(name, rows) for name in ADMIN if name.endswith(("_add", "_add_contacts"))]
    begin.append(f"{CONTACTS}?campaign={rows['campaigns_campaign'].pk}&opened=no")
    begin = [page for page in begin if may_open(client.get(page))]
    statuses = walk(client, *begin)
    assert closed(statuses) == {}
    assert len(statuses) > len(begin)
