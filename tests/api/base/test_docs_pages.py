"""The two pages that show the schema: from our own files, under the strict policy."""

import pytest

from tests.browser import blameless_page, chromium
from tests.looking import faults_of

# What each page shows of the call that creates many contacts.
PAGES = {"/docs": "text=Create many contacts", "/redoc": "h2:has-text('Create many contacts')"}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_no_inline_script_and_no_outside_host(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.pages
@pytest.mark.xdist_group("pages")
def test_both_pages_show_the_api_and_ask_nobody_outside(site_for_browsers):
    site = site_for_browsers.address
    with chromium() as browser, blameless_page(browser, site) as page:
        for path, shown in PAGES.items():
            page.goto(f"{site}{path}")
            page.locator(shown).first.wait_for()
            page.wait_for_load_state("networkidle")
            if path == "/docs":
                page.locator(".opblock-post .opblock-summary-control").first.click()
                page.get_by_text("Example Value").first.wait_for()
                assert faults_of(page) == []
