"""The main job done by clicking: a real server, a real browser, real mail clients' loads."""

import re
from datetime import datetime, timedelta
from urllib.request import Request, urlopen

import pytest

from tests.browser import blameless_page, chromium
from tests.processes.running import Site, answers, wait_until
from tests.tracking.factories import APPLE_PRIVACY, GMAIL, THUNDERBIRD

pytestmark = pytest.mark.pages
PASSWORD = "correct-horse-battery"
MAKE_ADMIN = (
    "from django.contrib.auth.models import User; "
    f"User.objects.create_superuser('ann', password='{PASSWORD}')"
)

CLIPBOARD = ["clipboard-read", "clipboard-write"]

# The smallest phone's, a desk's and a wall's, in CSS pixels.
WIDTHS = (360, 1280, 2560)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    site = Site(folder, f"sqlite:///{folder}/site.db")
    site.address = f"http://127.0.0.1:{site.port}"
    assert site.manage("migrate", "--verbosity", "0") == 0
    assert site.manage("shell", "--verbosity", "0", "--command", MAKE_ADMIN) == 0
    site.launch_web(PUBLIC_URL=site.address)
    wait_until(lambda: answers(site.port), "the web process to listen")
    yield site
    site.close()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(site, browser):
    with blameless_page(browser, site.address, viewport={"width": 1280, "height": 900}) as page:
        sign_in(page, site)
        yield page


def sign_in(page, site):
    page.goto(f"{site.address}/admin/")
    fill_in_sign_in(page)


def fill_in_sign_in(page):
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def create_campaign(page, name):
    """A campaign that sends now, with the groups A and B; leaves its page open."""
    today = datetime.now()
    page.get_by_role("link", name="Campaigns", exact=True).first.click()
    page.get_by_role("link", name="Add campaign").click()
    page.locator("#id_name").fill(name)
    for field, days in (("start_at", -1), ("end_at", 30)):
        page.locator(f"#id_{field}_0").fill(f"{today + timedelta(days=days):%Y-%m-%d}")
        page.locator(f"#id_{field}_1").fill("00:00")
    page.locator("#id_groups-0-name").fill("A")
    page.locator("#id_groups-1-name").fill("B")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("was added successfully").wait_for()


def paste(page, group, lines):
    """Adds contacts that are due now to a group of the campaign whose page is open."""
    page.get_by_role("link", name="Add several contacts").click()
    page.locator("#id_lines").fill("\n".join(lines))
    page.locator("#id_group").select_option(label=group)
    # The clock's and the calendar's own scripts put these in.
    page.get_by_role("link", name="Today").click()
    page.get_by_role("link", name="Now").click()
    page.get_by_role("button", name="Add contacts").click()
    page.get_by_text("Contacts added").first.wait_for()


def tags_of_new_contacts(page):
    fields = page.locator("#made input.to-copy").all()
    return [field.input_value() for field in fields]


def load(tag, agent):
    """Loads a pixel as a mail client does that shows the tag's e-mail."""
    url = re.search(r'<img src="([^"]+)"', tag).group(1)
    with urlopen(Request(url, headers={"User-Agent": agent})) as answer:
        assert answer.headers["Content-Type"] == "image/gif"


def figures(page):
    rows = page.locator("#figures tbody tr").all()
    return [" ".join(row.inner_text().split()) for row in rows]


def act(page, action):
    page.locator("select[name=action]").select_option(label=action)
    page.get_by_role("button", name="Go").click()


def test_from_a_list_of_contacts_to_counted_opens(page, site):
    create_campaign(page, "Spring sale")
    paste(page, "1 A", ["ann@example.com, Ann", "nonsense", "bob@example.com", "cleo@example.com"])
    assert page.get_by_text("Contacts added: 3.").is_visible()
    assert page.locator("#refused tbody tr").inner_text().split("\t")[0] == "2"
    for tag, agent in zip(tags_of_new_contacts(page), (GMAIL, APPLE_PRIVACY), strict=False):
        load(tag, agent)
    page.get_by_role("link", name="Spring sale").click()
    paste(page, "2 B", ["dora@example.com"])
    [tag] = tags_of_new_contacts(page)
    load(tag, THUNDERBIRD)
    load(tag, THUNDERBIRD)
    assert site.manage("ingest_opens", "--once") == 0

    page.get_by_role("link", name="Spring sale").click()
    assert figures(page) == [
        "1 A 3 3 1 1 0 1 1 33.3% to 66.7%",
        "2 B 1 1 1 1 1 0 0 100.0%",
        "All groups 4 4 2 2 1 1 1 50.0% to 75.0%",
    ]
    page.get_by_role("link", name="Contacts", exact=True).last.click()
    page.get_by_role("textbox", name="Search").fill("dora@example.com")
    page.get_by_role("button", name="Search").click()
    assert "example.com" not in page.url
    page.locator("#result_list tbody th a").click()
    assert "Thunderbird" in page.locator("#opens").inner_text()


def test_an_archived_campaign_leaves_the_list(page):
    create_campaign(page, "Old news")
    page.get_by_role("link", name="Campaigns", exact=True).first.click()
    row = page.locator("#result_list tbody tr", has_text="Old news")
    row.get_by_role("checkbox").check()
    act(page, "Archive selected campaigns")
    page.get_by_text("Archived: Old news.").wait_for()
    assert row.count() == 0
    page.get_by_role("link", name="Archived", exact=True).click()
    assert "archived" in row.inner_text()


def test_a_contact_is_added_and_erased(page):
    create_campaign(page, "One by one")
    page.get_by_role("link", name="Add a contact").click()
    page.locator("#id_group").select_option(label="2 B")
    page.locator("#id_email").fill("ann@example.com")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text("was added successfully").wait_for()
    assert page.locator("#pixels input.to-copy").count() == 2
    page.get_by_role("link", name="One by one").click()
    page.get_by_role("link", name="Contacts", exact=True).last.click()
    page.locator("#result_list tbody").get_by_role("checkbox").check()
    act(page, "Erase personal data")
    page.get_by_role("button", name="Erase").click()
    page.get_by_text("Erased: 1.").wait_for()
    assert "ann@example.com" not in page.locator("#result_list").inner_text()


# --- From a file to a test in one's own mailbox -------------------------------------------------

CONTACTS = """Mail;Who;When
ann@example.com;Ann;31.03.2026 09:00
bob@;Bob;31.03.2026 09:00
"""


def start_import(page, content):
    """Uploads a file into the campaign whose page is open; leaves the page of its columns open."""
    page.get_by_role("link", name="1. Import contacts").click()
    file = {"name": "contacts.csv", "mimeType": "text/csv", "buffer": content.encode()}
    page.locator("#id_file").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/columns/")


def test_a_file_is_matched_looked_at_and_imported(page, site):
    create_campaign(page, "From a file")
    start_import(page, CONTACTS)
    assert page.locator("#preview").get_by_text("Choose a default group").is_visible()
    page.locator("#id_default_group").select_option(label="1 A")
    page.get_by_text("Nothing is wrong").or_(page.get_by_text("would be refused")).wait_for()
    page.locator("#id_name_column").select_option(label="Who")
    page.locator("th", has_text="Who").filter(has_text="Name").wait_for()
    page.locator("#id_scheduled_at_column").select_option(label="When")
    page.get_by_text("None of these rows can be imported like this").wait_for()
    page.locator("#id_schedule_format").select_option(label="31.03.2026 21:30")
    page.get_by_text("1 of these 2 rows would be refused").wait_for()
    assert "Give an e-mail address" in page.locator("tr.fate-refused td.bad").inner_text()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Waiting.").wait_for()
    address = page.url
    page.get_by_role("link", name="From a file").click()
    page.goto(address)
    page.evaluate("window.stillTheSamePage = true")
    assert site.manage("db_worker", "--batch") == 0
    page.get_by_text("1 created, 0 unchanged, 1 rejected.").wait_for()
    assert page.evaluate("window.stillTheSamePage")
    with page.expect_download() as download:
        page.get_by_role("link", name="All of them as CSV").click()
    assert "bob@" in download.value.path().read_text()


def test_a_pixel_is_copied_and_its_open_comes_by_itself(site, browser):
    with blameless_page(browser, site.address, permissions=CLIPBOARD) as page:
        sign_in(page, site)
        create_campaign(page, "For my own mailbox")
        page.get_by_role("link", name="2. Copy the pixels").click()
        page.get_by_role("button", name="Copy the tag for Mailchimp").click()
        page.get_by_text("Copied").wait_for()
        assert 'src="*|PIXEL_1|*"' in page.evaluate("navigator.clipboard.readText()")
        page.locator("#id_label").fill("Outlook at work")
        page.get_by_role("button", name="Make a test contact").click()
        page.get_by_text("Not opened yet.").wait_for()
        page.evaluate("window.stillTheSamePage = true")
        load(page.locator(".test input.to-copy").input_value(), THUNDERBIRD)
        assert site.manage("ingest_opens", "--once") == 0
        page.get_by_text("A person: a mail client.").wait_for()
        assert page.evaluate("window.stillTheSamePage")
        page.get_by_role("link", name="For my own mailbox").click()
        assert figures(page)[-1] == "All groups 0 0 0 0 0 0 0 -"
        page.goto(f"{site.address}/admin/campaigns/contact/?not_sent_reason=test")
        page.locator("#result_list tbody th a").first.click()
        assert "A person: a mail client." in page.locator("#opens").inner_text()

        page.goto(f"{site.address}/admin/campaigns/campaign/1/pixels/")
        page.get_by_text("Updates by itself.").wait_for()
        page.context.clear_cookies()
        ask_now(page)
        page.get_by_text("You are signed out").wait_for()


# --- The live report --------------------------------------------------------------------------


def open_report(page, name):
    """The report of a new campaign with two contacts, and their pixels' tags."""
    create_campaign(page, name)
    paste(page, "1 A", ["ann@example.com", "bob@example.com"])
    tags = tags_of_new_contacts(page)
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_text("Updates by itself.").wait_for()
    return tags


def ask_now(page):
    """Lets the page ask for news at once, as it does when the network is back."""
    page.evaluate("window.dispatchEvent(new Event('online'))")


def test_the_report_moves_without_reloading(page, site):
    tag, _ = open_report(page, "Live report")
    page.evaluate("window.stillTheSamePage = true")
    assert page.locator("#unique-opens").inner_text() == "0"
    assert page.locator("#chart").is_hidden()
    load(tag, THUNDERBIRD)
    assert site.manage("ingest_opens", "--once") == 0
    page.locator("#unique-opens", has_text="1").wait_for()
    page.locator("#chart").wait_for()
    assert "1 opens by the minute" in page.locator("#chart").get_attribute("aria-label")
    page.get_by_text("Show as table").click()
    ask_now(page)
    assert page.locator("#series-table tbody tr td").first.inner_text() == "1"
    assert page.evaluate("window.stillTheSamePage")
    page.get_by_label("Last 24 hours").check()
    page.wait_for_url("**/report/?period=24h")
    assert page.get_by_label("Last 24 hours").is_checked()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))) == 1


def test_the_report_survives_an_outage_and_says_when_it_is_signed_out(site, browser):
    with blameless_page(browser, site.address, expected="ERR_INTERNET_DISCONNECTED") as page:
        sign_in(page, site)
        tag = open_report(page, "Report with an outage")[0]
        page.context.set_offline(True)
        ask_now(page)
        page.get_by_text("Connection lost, trying again.").wait_for()
        assert page.locator("#unique-opens").inner_text() == "0"
        load(tag, GMAIL)
        assert site.manage("ingest_opens", "--once") == 0
        page.context.set_offline(False)
        page.locator("#unique-opens", has_text="1").wait_for()
        page.get_by_text("Updates by itself.").wait_for()

        page.context.clear_cookies()
        ask_now(page)
        page.get_by_text("You are signed out").wait_for()
        page.get_by_role("link", name="Sign in again").click()
        fill_in_sign_in(page)
        page.locator("#unique-opens", has_text="1").wait_for()


# --- Discounts --------------------------------------------------------------------------------

MAKE_DISCOUNT = """
from datetime import timedelta
from django.utils.timezone import now
from discounts import campaign_services, customers, services
from discounts.rules import Basket
ann = customers.create_customer(email="ann@shop.example", name="Ann", now=now())
sale = campaign_services.create_campaign(now=now(), values={
    "name": "Summer sale", "discount_type": "cart", "discount_percentage_hundredths": 1000,
    "total_budget_minor": 100_000, "start_date": now() - timedelta(days=9),
    "end_date": now() + timedelta(days=9),
})
services.apply_discount(now=now(), application=services.Application(
    campaign_id=sale.id, customer_id=ann.id, basket=Basket(cart_value_minor=20_000)))
"""


def fits_the_screens(page):
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            return False
    return True


def test_a_discounts_performance_is_drawn_and_a_basket_is_simulated(page, site):
    assert site.manage("shell", "--verbosity", "0", "--command", MAKE_DISCOUNT) == 0
    page.goto(f"{site.address}/admin/discounts/discountcampaign/")
    page.get_by_role("link", name="Performance").click()
    page.locator("#burn-chart").wait_for()
    assert "₹20.00 of ₹1,000.00 are used" in page.locator("#burn-chart").get_attribute("aria-label")
    assert "1 redemption on 1 day" in page.locator("#days-chart").get_attribute("aria-label")
    page.get_by_text("Show as table").click()
    assert page.locator("#days tbody tr").count() >= 18
    assert fits_the_screens(page)

    page.get_by_role("link", name="Discount campaigns").first.click()
    page.get_by_role("link", name="Simulate").click()
    page.get_by_label("Customer").fill("ann@shop.example")
    page.get_by_label("Cart value").fill("450")
    page.get_by_role("button", name="Simulate").click()
    refused = page.locator("#refused tbody tr", has_text="Summer sale")
    assert "Used once on" in refused.inner_text()
    assert "shop.example" not in page.url
    assert fits_the_screens(page)


def links(page, selector):
    return [link.get_attribute("href") for link in page.locator(selector).all()]


def pages_of_the_admin(page, site):
    """Each list, its page for a new row and the page of its first row."""
    page.goto(f"{site.address}/admin/")
    lists = links(page, "#content-main th[scope=row] a")
    yield "/admin/"
    for address in lists:
        yield address
        page.goto(f"{site.address}{address}")
        yield from links(page, ".object-tools a.addlink")
        yield from links(page, "#result_list tbody tr:first-child th a")[:1]
    yield "/admin/campaigns/campaign/1/add-contacts/"
    yield "/admin/campaigns/group/reschedule/?group=1"
    yield "/admin/campaigns/campaign/1/history/"
    yield "/admin/campaigns/campaign/1/report/"
    yield "/admin/campaigns/campaign/1/import/"
    yield "/admin/campaigns/campaign/1/pixels/"


def test_no_page_of_the_admin_complains_or_is_wider_than_the_screen(page, site):
    create_campaign(page, "For looking")
    paste(page, "1 A", ["somebody@example.com"])
    too_wide = []
    for address in list(pages_of_the_admin(page, site)):
        page.goto(f"{site.address}{address}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                too_wide.append((address, width))
    assert too_wide == []
