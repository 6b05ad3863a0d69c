"""A refused form in a real browser: where the focus is, where the summary leads, how it looks."""

import pytest

from tests.browser import blameless_page, chromium
from tests.looking import faults_of
from tests.whole_site import sign_in

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("pages")]
FOCUSED = "document.activeElement.id"


def fill_in_by_half(page):
    """A day without a time, of which a browser sends nothing: the form stays where it is."""
    page.locator("#id_start_date").focus()
    page.keyboard.type("01112026")
    page.get_by_role("button", name="Save").click()
    assert page.evaluate(FOCUSED) == "id_start_date"
    assert not page.locator("#wrong").count()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_first_wrong_field_has_the_focus_and_links_lead_to_the_others(site_for_browsers, width):
    site = site_for_browsers
    with (
        chromium() as browser,
        blameless_page(
            browser, site.address, viewport={"width": width, "height": 900}, locale="de-DE"
        ) as page,
    ):
        sign_in(page, site, "root")
        page.goto(f"{site.address}/admin/discounts/discountcampaign/add/")
        assert not page.locator("#id_target_customer_ids").is_visible()
        page.locator("#id_name").fill("Autumn sale")
        page.locator("#id_discount_type").select_option("cart")
        page.locator("#id_total_budget").fill("100")
        fill_in_by_half(page)
        page.locator("#id_start_date").fill("2026-11-01T09:00")
        page.locator("#id_end_date").fill("2026-10-01T09:00")
        page.get_by_label("Only for chosen customers").check()
        assert page.locator("#id_target_customer_ids").is_visible()
        page.get_by_role("button", name="Save").click()

        page.locator("#wrong").wait_for()
        assert page.title().startswith("Error: ")
        assert page.evaluate(FOCUSED) == "id_discount_percentage"
        page.locator("#id_discount_percentage").fill("5")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("The end must be after the start.").first.wait_for()
        assert page.evaluate(FOCUSED) == "id_end_date"
        page.locator("#wrong").get_by_role("link", name="End").click()
        assert page.evaluate(FOCUSED) == "id_end_date"
        assert page.locator("#id_start_date").input_value() == "2026-11-01T09:00"
        assert faults_of(page) == []


def test_without_scripts_a_half_date_is_an_error_at_its_field_and_clears_nothing(site_for_browsers):
    site = site_for_browsers
    with (
        chromium() as browser,
        blameless_page(browser, site.address, java_script_enabled=False, locale="de-DE") as page,
    ):
        sign_in(page, site, "root")
        page.goto(f"{site.address}/admin/campaigns/campaign/add/")
        page.locator("#id_name").fill("Half a date")
        page.locator("#id_cut_off_at").focus()
        page.keyboard.type("01112026")
        page.get_by_role("button", name="Save").click()
        assert page.url.endswith("/campaign/add/")
        assert page.evaluate(FOCUSED) == "id_cut_off_at"
        page.locator("#id_cut_off_at").fill("2099-11-01T09:00")
        page.locator("#id_end_at").fill("2099-11-30T09:00")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("heading", name="Half a date").wait_for()


def test_groups_of_a_campaign_are_cards_on_a_phone(site_for_browsers):
    site = site_for_browsers
    phone = {"width": 390, "height": 900}
    with (
        chromium() as browser,
        blameless_page(browser, site.address, viewport=phone) as page,
    ):
        sign_in(page, site, "root")
        page.goto(f"{site.address}/admin/campaigns/campaign/1/change/")
        page.get_by_text("Add another Group").click()
        groups = page.locator("#groups-group")
        assert groups.locator("tr.form-row:visible").count() > 1
        assert groups.locator("fieldset").evaluate("it => it.scrollWidth <= it.clientWidth")
        last = groups.locator("tr.form-row:visible").last
        for field in ("number", "name", "planned_share", "role", "description"):
            box = last.locator(f".field-{field}").bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert faults_of(page) == []
