"""Ten groups with long names, and more than are compared, on a phone, a desk and a wall."""

import pytest

from tests.browser import blameless_page, chromium
from tests.looking import DESK, HEIGHT, PHONE, WALL, faults_of
from tests.whole_site import open_tab, sign_in

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("pages")]

# Names of sixty letters: words, and one that has no place to break.
SETUP = """
from datetime import timedelta
from django.utils.timezone import now
from campaigns.models import Group
from tests.tracking import factories

sent = now() - timedelta(hours=3)
for count in (10, 21):
    campaign = factories.make_campaign(f"Of {count} groups", start=sent, groups=count)
    for group in campaign.groups.all():
        long = "a subject line that goes on " * 2 if group.number % 2 else "Donaudampfschiff" * 3
        Group.objects.filter(id=group.id).update(name=f"{long} {group.number}")
        contacts = factories.make_contacts(group, [sent] * 4)
        factories.open_contacts(contacts[:2], after=timedelta(hours=1))
"""
# The table's width, and that of its box.
BOXES = """
() => [...document.querySelectorAll("#groups .wide-table, #figures .wide-table")]
    .map((box) => [box.scrollWidth, box.clientWidth])
"""
# How far the first number lies inside of the box.
NUMBERS = """
() => {
    const box = document.querySelector("#groups .wide-table").getBoundingClientRect();
    const first = document.querySelector("#groups tbody td").getBoundingClientRect();
    return box.right - first.right;
}
"""
IS_DRAWN = """
() => {
    const { width, height } = document.querySelector("#series .plot").getBoundingClientRect();
    return height >= 150 && width <= window.innerWidth;
}
"""


@pytest.fixture(scope="module")
def site(site_for_browsers):
    assert site_for_browsers.manage("shell", "--verbosity", "0", "--command", SETUP) == 0
    return site_for_browsers


@pytest.fixture(scope="module")
def page(site):
    with (
        chromium() as browser,
        blameless_page(browser, site.address, viewport={"width": DESK, "height": HEIGHT}) as page,
    ):
        sign_in(page, site, "root")
        yield page


def widths(page):
    for width in (PHONE, DESK, WALL):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        yield width


def open_campaign(page, site, count, *, report):
    page.goto(f"{site.address}/admin/campaigns/campaign/")
    name = f"Report of Of {count} groups" if report else f"Of {count} groups"
    page.get_by_role("link", name=name, exact=True).click()
    if not report:
        open_tab(page, "Settings")
    page.locator("#groups tbody tr" if report else "#figures tbody tr").nth(count).wait_for()


@pytest.mark.parametrize("count", [10, 21])
def test_a_report_of_many_groups_shows_their_numbers_on_every_screen(page, site, count):
    open_campaign(page, site, count, report=True)
    assert faults_of(page) == []
    for width in widths(page):
        [(table, box)] = page.evaluate(BOXES)
        assert table <= box or width == PHONE
        assert page.evaluate(NUMBERS) > 0, "a number beside the names without scrolling"
        assert page.evaluate(IS_DRAWN)


@pytest.mark.parametrize("count", [10, 21])
def test_the_page_of_a_campaign_with_many_groups_fits_every_screen(page, site, count):
    open_campaign(page, site, count, report=False)
    assert faults_of(page) == []
    for width in widths(page):
        [(table, box)] = page.evaluate(BOXES)
        assert table <= box or width == PHONE
