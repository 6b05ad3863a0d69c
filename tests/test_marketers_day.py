"""A marketer's day, from signing in to signing out, all of it by mouse."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest

from tests.browser import blameless_page, chromium
from tests.looking import faults_of
from tests.tracking.factories import GMAIL, THUNDERBIRD
from tests.whole_site import open_tab, sign_in

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("pages")]

CLIPBOARD = ["clipboard-read", "clipboard-write"]
GOOD = 993
HEAD = ("Mail", "Who", "Group", "When")


def file_of_contacts():
    """A thousand rows of an office's spreadsheet, sent an hour ago; six bad ones come first."""
    sent = datetime.now(UTC) - timedelta(hours=1)
    at = f"{sent:%d.%m.%Y %H:%M}"
    bad = [
        ("no-address", "Bob", "A", at),
        ("", "Nobody", "A", at),
        ("two@example.com, three@example.com", "Two", "B", at),
        ("no.group@example.com", "Gus", "C", at),
        ("no.day@example.com", "Dan", "B", "31.02.2026 09:00"),
        ("no.time@example.com", "Tim", "A", "tomorrow"),
    ]
    good = [(f"person{n}@example.com", f"P {n}", "AB"[n % 2], at) for n in range(GOOD)]
    twin = ("person7@example.com", "Twin", "B", at)
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([HEAD, *bad, *good, twin])
    return {"name": "contacts.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}


class Look:
    """Looks at pages in every scheme and width, and keeps a picture of each on a dark phone."""

    def __init__(self, page, folder):
        self._page, self._folder = page, folder
        self.faults = []

    def at(self, name):
        """Called after waiting for something that only this page has: a click does not wait."""
        self._page.wait_for_load_state()
        self.faults += faults_of(self._page, self._folder / f"{name}.png")


def load(url, agent=THUNDERBIRD):
    """Loads a pixel as a mail client does."""
    with urlopen(Request(url, headers={"User-Agent": agent})) as answer:
        assert answer.headers["Content-Type"] == "image/gif"


def source_of(tag):
    return re.search(r'<img src="([^"]+)"', tag).group(1)


def fill_in_moments(page, fields):
    for field, days in fields.items():
        moment = datetime.now() + timedelta(days=days)
        page.locator(f"#id_{field}").fill(f"{moment:%Y-%m-%dT00:00}")


def create_campaign(page):
    page.get_by_role("link", name="New campaign").click()
    page.locator("#id_name").fill("Harvest sale")
    fill_in_moments(page, {"start_at": -1, "end_at": 30})
    page.get_by_label("Name of the group").nth(0).fill("A")
    page.get_by_label("Name of the group").nth(1).fill("B")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("was added successfully").wait_for()


def choose(page, field, header):
    """The column of a field, by its name in the file."""
    option = page.locator(f"#id_{field}_column option", has_text=f"{header} (")
    page.locator(f"#id_{field}_column").select_option(option.get_attribute("value"))


def match_columns(page, look):
    """Each choice changes what the first rows would become, at once."""
    page.get_by_role("button", name="Upload").wait_for()
    assert page.locator(".next-steps .next").inner_text() == "Import contacts"
    look.at("import")
    page.locator("#id_file").set_input_files(file_of_contacts())
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/columns/")
    choose(page, "name", "Who")
    page.locator("th", has_text="Who").filter(has_text="Name").wait_for()
    choose(page, "scheduled_at", "When")
    page.get_by_text("6 of these 20 rows would be refused").wait_for()
    look.at("columns")


def run_import(page, look):
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    page.evaluate("window.stillTheSamePage = true")
    page.get_by_text("993 created, 0 unchanged, 7 rejected.").wait_for()
    assert page.evaluate("window.stillTheSamePage")
    look.at("imported")
    with page.expect_download() as download:
        page.get_by_role("link", name="All of them as CSV").click()
    text = io.StringIO(download.value.path().read_text("utf-8-sig"))
    rejected = list(csv.DictReader(text, delimiter=";"))
    lines = {re.match(r"Line (\d+): ", row["problem"])[1] for row in rejected}
    assert lines == {"2", "3", "4", "5", "6", "7", "1001"}
    assert [row["Who"] for row in rejected][:2] == ["Bob", "Nobody"]


def send_a_test(page, look):
    """Copies a tag, and sees the test's open appear without reloading."""
    page.get_by_role("link", name="put the pixels into your e-mails").click()
    page.get_by_role("button", name="Copy the tag for Mailchimp").click()
    page.get_by_text("Copied").wait_for()
    assert 'src="*|PIXEL_1|*"' in page.evaluate("navigator.clipboard.readText()")
    page.locator("#id_label").fill("Outlook at work")
    page.get_by_role("button", name="Make a test contact").click()
    page.get_by_text("Not opened yet.").wait_for()
    page.evaluate("window.stillTheSamePage = true")
    page.locator(".test").get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    load(source_of(page.evaluate("navigator.clipboard.readText()")))
    page.get_by_text("A person: a mail client.").wait_for()
    assert page.evaluate("window.stillTheSamePage")
    look.at("pixels")


def pixels_of_contacts(page):
    """Their addresses, from the file for the mail service."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the contacts with their pixels").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert len(rows) == GOOD
    return [row["pixel_1_url"] for row in rows]


def watch_the_report(page, look, pixels):
    open_tab(page, "Report")
    page.get_by_text("Updates by itself.").wait_for()
    page.evaluate("window.stillTheSamePage = true")
    assert page.locator("#unique-opens").inner_text() == "0"
    assert page.locator("#series").count() == 0, "no chart of nothing"
    load(pixels[0])
    page.locator("#unique-opens", has_text="1").wait_for()
    page.locator("#series .plot").wait_for()
    assert "1 open by the minute" in page.locator("#series-summary").inner_text()
    page.locator("#series summary").click()
    load(pixels[1], GMAIL)
    page.locator("#unique-opens", has_text="2").wait_for()
    assert page.locator("#series-table").is_visible(), "what was folded out stays so"
    assert page.evaluate("window.stillTheSamePage")
    assert "Too early" in page.locator("#verdict").inner_text()
    assert len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))) == 1
    page.get_by_label("Time", exact=True).select_option(label="Last 24 hours")
    page.wait_for_url("**/report/?period=24h")
    page.get_by_role("link", name="Remove the filter Time: Last 24 hours").click()
    page.wait_for_url(re.compile(r"/report/\??$"))


def read_a_verdict(page, look):
    """Of the campaign of two days ago, from the home page."""
    page.get_by_role("link", name="Home").first.click()
    report = page.get_by_role("link", name="Report of Winter news")
    report.wait_for()
    look.at("home")
    report.click()
    verdict = page.locator("#verdict").inner_text()
    sooner = "opened sooner, 50.0% against 20.0% within"
    assert f"Group 2 is likely better so far: {sooner}" in verdict
    assert "Decides on " in verdict
    look.at("report")


def make_discount(page, look):
    page.get_by_role("link", name="Discounts", exact=True).first.click()
    page.get_by_role("link", name="Add discount campaign").click()
    page.get_by_label("Name").fill("Spring tenner")
    page.locator("#id_discount_type").select_option("cart")
    page.get_by_label("Percentage off").fill("10")
    page.get_by_label("Budget").fill("5000")
    fill_in_moments(page, {"start_date": -1, "end_date": 30})
    page.get_by_role("button", name="Save").click()
    page.get_by_text("was added successfully").wait_for()
    assert "10% off" in page.locator("#in-words").inner_text()
    look.at("discount")


def simulate(page, look):
    page.get_by_role("link", name="Discounts", exact=True).first.click()
    page.get_by_role("link", name="Simulate").click()
    page.get_by_label("Customer").fill("eva@shop.example")
    page.get_by_label("Cart value").fill("450")
    page.get_by_role("button", name="Simulate").click()
    applying = page.locator("#applying tbody tr", has_text="Spring tenner")
    assert "₹405.00" in applying.inner_text()
    refused = page.locator("#refused tbody tr", has_text="Summer sale")
    assert "Used once on" in refused.inner_text()
    assert "shop.example" not in page.url
    look.at("simulated")


def sign_out(page):
    address = page.url
    page.locator("#account summary").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="Logged out").wait_for()
    page.goto(address)
    page.get_by_label("Password").wait_for()


def test_the_day_from_signing_in_to_signing_out(site_for_browsers, tmp_path):
    site = site_for_browsers
    with (
        chromium() as browser,
        blameless_page(browser, site.address, permissions=CLIPBOARD) as page,
    ):
        look = Look(page, tmp_path)
        page.goto(f"{site.address}/admin/")
        look.at("sign-in")
        sign_in(page, site, "ann")
        create_campaign(page)
        look.at("campaign")
        match_columns(page, look)
        run_import(page, look)
        send_a_test(page, look)
        watch_the_report(page, look, pixels_of_contacts(page))
        read_a_verdict(page, look)
        make_discount(page, look)
        simulate(page, look)
        sign_out(page)
    assert look.faults == []
    assert len(list(tmp_path.glob("*.png"))) == 10
