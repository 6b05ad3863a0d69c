"""Imports in a real browser: guesses, the browser's zone, a stop on the way, and an undoing."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser import blameless_page, chromium
from tests.looking import faults_of
from tests.test_pages import create_campaign
from tests.whole_site import sign_in

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("pages")]
ZONE = "Europe/Rome"
MANY = 60_000


def upload(page, text):
    page.locator("#id_file").set_input_files(
        {"name": "kontakte.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/columns/")


def begin(page):
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(re.compile(r"/imports/\d+/$"))


def rows(count, at):
    return "".join(f"p{n}@example.com;P {n};{at}\n" for n in range(count))


def ask_about_a_date(page):
    """Both readings are offered; choosing one shows the rows."""
    year = datetime.now(UTC).year + 1
    upload(page, "Kunden-E-Mail;Vorname;Versand am\n" + rows(3, f"05/11/{year} 14:30"))
    assert page.locator("#id_zone").input_value() == ZONE
    assert not page.locator(".errornote").count()
    asked = f"05/11/{year} 14:30: 5 November or 11 May? Choose how times are written."
    page.locator("#hints").get_by_text(asked).wait_for()
    faults = faults_of(page)
    ways = page.locator("#id_schedule_format")
    ways.select_option(label=f"05/11/{year} 14:30 is 11 May {year}, 14:30")
    page.get_by_text("Nothing is wrong with these rows.").wait_for()
    # Another column brings its own ways.
    page.locator("#id_scheduled_at_column").select_option("")
    page.get_by_text("No column has times of sending").wait_for()
    page.locator("#id_scheduled_at_column").select_option("2")
    page.get_by_text("Nothing is wrong with these rows.").wait_for()
    return faults


def undo(page):
    page.get_by_role("link", name="Undo this import").click()
    page.get_by_text("This removes what the import made:").wait_for()
    faults = faults_of(page)
    page.get_by_role("button", name="Undo the import").click()
    page.get_by_text("contacts were removed, with their pixels.").wait_for()
    return faults + faults_of(page)


def test_a_file_is_guessed_imported_stopped_and_undone(site_for_browsers):
    site = site_for_browsers
    with (
        chromium() as browser,
        blameless_page(browser, site.address, timezone_id=ZONE) as page,
    ):
        sign_in(page, site, "root")
        create_campaign(page, site, "Undone")
        # Whatever the page of a campaign looks like.
        campaign = re.search(r"/campaign/(\d+)/", page.url).group(1)
        imports = f"{site.address}/admin/campaigns/campaign/{campaign}/import/"
        page.goto(imports)
        faults = ask_about_a_date(page)
        begin(page)
        page.get_by_text("3 created, 0 unchanged, 0 rejected.").wait_for()
        faults += undo(page)

        page.goto(imports)
        at = datetime.now(UTC) + timedelta(days=3)
        upload(page, "E-Mail-Adresse;Name;Versand am\n" + rows(MANY, f"{at:%d.%m.%Y %H:%M}"))
        begin(page)
        page.get_by_role("button", name="Stop the import").click()
        page.get_by_text(re.compile("Stopped (after|before)")).wait_for()
        assert not page.get_by_role("button", name="Stop the import").count()
        faults += faults_of(page)
    assert faults == []
