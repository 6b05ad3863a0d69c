"""The report in a real browser: on a desk and on a phone, on paper, read out, and alone."""

import re

import pytest

from tests.browser import blameless_page, chromium
from tests.looking import faults_of
from tests.whole_site import sign_in

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("pages")]

REPORT = "/admin/campaigns/campaign/1/report/"
SCROLL = "document.documentElement.scrollWidth"
# How far the parts of the first group's card reach to the right.
CARD = """
[...document.querySelectorAll("#groups tbody tr:first-child > *")]
    .map((cell) => cell.getBoundingClientRect().right)
"""


@pytest.fixture(scope="module")
def page(site_for_browsers):
    viewport = {"width": 1440, "height": 900}
    with (
        chromium() as browser,
        blameless_page(browser, site_for_browsers.address, viewport=viewport) as page,
    ):
        sign_in(page, site_for_browsers, "root")
        yield page


def test_a_report_reads_well_on_a_desk_a_phone_and_paper(page, site_for_browsers):
    page.goto(f"{site_for_browsers.address}{REPORT}")
    page.get_by_text("Updates by itself.").wait_for()
    assert faults_of(page) == []
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(SCROLL) <= width
        assert page.locator("#aging .plot path").count() == 2
    assert max(page.evaluate(CARD)) <= 390, "groups are cards on a phone"
    assert page.locator("#groups thead").bounding_box()["height"] <= 1
    assert page.get_by_role("columnheader", name="Contacts").count() == 1
    assert len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))) == 1
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("window.print = () => { window.wasPrinted = true; }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.wasPrinted")


def test_a_group_is_chosen_and_left_by_mouse(page, site_for_browsers):
    page.goto(f"{site_for_browsers.address}{REPORT}")
    page.locator("#groups").get_by_role("link", name="2 Group 2").click()
    page.locator(".chips", has_text="Group: Group 2").wait_for()
    assert page.locator("#unique-opens").inner_text() == "150"
    assert page.locator("#series .plot path").count() == 1
    page.get_by_role("link", name="Remove the filter Group: Group 2").click()
    page.locator(".chips").wait_for(state="detached")
    assert page.locator("#unique-opens").inner_text() == "210"


def test_of_a_verdict_only_a_new_state_is_read_out(page, site_for_browsers):
    pieces = {"state": "Decided"}

    def answer(route):
        response = route.fetch(headers={**route.request.headers, "if-none-match": ""})
        changed = response.json()
        panels = changed["panels"].replace("All groups", "Every group")
        changed["panels"] = re.sub('data-state="[^"]*"', f'data-state="{pieces["state"]}"', panels)
        route.fulfill(response=response, json=changed)

    page.route("**/report/data/**", answer)
    page.goto(f"{site_for_browsers.address}{REPORT}")
    state = page.locator("#verdict").get_attribute("data-state")
    pieces["state"] = state
    page.get_by_text("Every group").wait_for()
    assert page.locator("#announced").inner_text() == "", "numbers alone are not read out"
    pieces["state"] = "Decided"
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.locator("#announced", has_text="Verdict: Decided").wait_for()
    page.unroute("**/report/data/**")
