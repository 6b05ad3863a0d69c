"""The pages in a real browser on a real server: what the marketer's day does not visit."""

import re
from datetime import datetime, timedelta
from urllib.request import Request, urlopen

import pytest

from tests.browser import blameless_page, chromium
from tests.looking import faults_of
from tests.looking_at_lists import faults_of_list
from tests.tracking.factories import APPLE_PRIVACY, GMAIL, THUNDERBIRD
from tests.whole_site import fill_in_sign_in, open_tab, sign_in

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("pages")]

VIEWPORT = {"width": 1280, "height": 900}
OF_THE_SETUP = "/admin/campaigns/campaign/1"
MOMENT = re.compile(r"\d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d:\d\d")


@pytest.fixture(scope="module")
def site(site_for_browsers):
    return site_for_browsers


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def signed_in(site, browser):
    """The cookies of root, whose password then costs its hashing once."""
    with blameless_page(browser, site.address) as page:
        sign_in(page, site, "root")
        return page.context.storage_state()


@pytest.fixture
def page(site, browser, signed_in):
    with blameless_page(browser, site.address, viewport=VIEWPORT, storage_state=signed_in) as page:
        yield page


def create_campaign(page, site, name):
    """A campaign that sends now, with the groups A and B; leaves its page open."""
    today = datetime.now()
    page.goto(f"{site.address}/admin/campaigns/campaign/add/")
    page.locator("#id_name").fill(name)
    for field, days in (("start_at", -1), ("end_at", 30)):
        page.locator(f"#id_{field}").fill(f"{today + timedelta(days=days):%Y-%m-%dT00:00}")
    page.locator("#id_groups-0-name").fill("A")
    page.locator("#id_groups-1-name").fill("B")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("was added successfully").wait_for()


def paste(page, group, lines):
    """Adds contacts that are due now to a group of the campaign whose page is open."""
    open_tab(page, "Contacts")
    page.get_by_role("link", name="Add several contacts").click()
    page.locator("#id_lines").fill("\n".join(lines))
    page.locator("#id_group").select_option(label=group)
    page.locator("#id_scheduled_at").fill(f"{datetime.now():%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Add contacts").click()
    page.get_by_text("Contacts added").first.wait_for()


def tags_of_new_contacts(page):
    fields = page.locator("#made input.to-copy").all()
    return [field.input_value() for field in fields]


def load(tag, agent):
    """Loads a pixel as a mail client does when it shows the e-mail."""
    url = re.search(r'<img src="([^"]+)"', tag).group(1)
    with urlopen(Request(url, headers={"User-Agent": agent})) as answer:
        assert answer.headers["Content-Type"] == "image/gif"


def figures(page):
    rows = page.locator("#figures tbody tr").all()
    return [" ".join(row.inner_text().split()) for row in rows]


def counted(page, unique_opens):
    """Waits on the campaign's report until so many contacts have opened."""
    open_tab(page, "Report")
    page.locator("#unique-opens", has_text=str(unique_opens)).wait_for()


def test_pasted_contacts_are_counted_found_and_erased(page, site):
    create_campaign(page, site, "Pasted")
    paste(page, "1 A", ["ann@example.com, Ann", "nonsense", "bob@example.com", "cleo@example.com"])
    assert page.get_by_text("Contacts added: 3.").is_visible()
    assert page.locator("#refused tbody tr").inner_text().split("\t")[0] == "2"
    assert faults_of(page) == []
    for tag, agent in zip(tags_of_new_contacts(page), (APPLE_PRIVACY, GMAIL), strict=False):
        load(tag, agent)
    paste(page, "2 B", ["dora@example.com"])
    [tag] = tags_of_new_contacts(page)
    load(tag, THUNDERBIRD)
    load(tag, THUNDERBIRD)

    counted(page, 2)
    open_tab(page, "Settings")
    assert figures(page) == [
        "1 A 3 3 1 1 0 1 1 33.3% to 66.7%",
        "2 B 1 1 1 1 1 0 0 100.0%",
        "All groups 4 4 2 2 1 1 1 50.0% to 75.0%",
    ]
    open_tab(page, "Contacts")
    page.get_by_role("textbox", name="Search").fill("dora@example.com")
    page.get_by_role("button", name="Search").click()
    assert "example.com" not in page.url
    page.locator("#result_list tbody th a").click()
    assert "Thunderbird" in page.locator("#opens").inner_text()
    assert faults_of(page) == []

    page.go_back()
    page.locator("#result_list tbody").get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option(label="Erase personal data")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Erase").wait_for()
    assert faults_of(page) == []
    page.get_by_role("button", name="Erase").click()
    page.get_by_text("Erased: 1.").wait_for()


# --- The poll -----------------------------------------------------------------------------------


def ask_now(page):
    """Makes the page ask for news at once, as it does when the network is back."""
    page.evaluate("window.dispatchEvent(new Event('online'))")


def test_a_page_survives_an_outage_and_says_when_it_is_signed_out(site, browser):
    # It has its own session, since it signs out.
    with blameless_page(browser, site.address, expected="ERR_INTERNET_DISCONNECTED") as page:
        sign_in(page, site, "root")
        create_campaign(page, site, "With an outage")
        paste(page, "1 A", ["ann@example.com", "bob@example.com"])
        [tag, _] = tags_of_new_contacts(page)
        tabs = page.locator(".tabs")
        pixels = tabs.get_by_role("link", name="Pixels").get_attribute("href")
        open_tab(page, "Report")
        page.get_by_text("Updates by itself.").wait_for()
        page.context.set_offline(True)
        ask_now(page)
        page.get_by_text("Connection lost, trying again.").wait_for()
        assert page.locator("#unique-opens").inner_text() == "0"
        load(tag, GMAIL)
        page.context.set_offline(False)
        page.locator("#unique-opens", has_text="1").wait_for()
        page.get_by_text("Updates by itself.").wait_for()

        page.context.clear_cookies()
        ask_now(page)
        page.get_by_text("You are signed out").wait_for()
        page.get_by_role("link", name="Sign in again").click()
        fill_in_sign_in(page, "root")
        page.locator("#unique-opens", has_text="1").wait_for()

        page.goto(f"{site.address}{pixels}")
        page.get_by_text("Updates by itself.").wait_for()
        page.context.clear_cookies()
        ask_now(page)
        page.get_by_text("You are signed out").wait_for()


def test_the_reports_clock_writes_moments_as_the_server_does(page, site):
    page.goto(f"{site.address}{OF_THE_SETUP}/report/")
    page.get_by_text("Updates by itself.").wait_for()
    first = page.locator("#as-of").inner_text()
    assert MOMENT.fullmatch(first)
    # What is written next comes from the script.
    page.wait_for_function(
        "(first) => document.getElementById('as-of').innerText !== first", arg=first
    )
    assert MOMENT.fullmatch(page.locator("#as-of").inner_text())


# --- Discounts ----------------------------------------------------------------------------------


def test_a_discounts_performance_is_shown_as_chart_and_text(page, site):
    page.goto(f"{site.address}/admin/discounts/discountcampaign/1/performance/")
    assert page.locator(".plot").count() == 2
    assert "₹20.00 of ₹1,000.00 are used" in page.locator("#burn-summary").inner_text()
    assert "1 redemption on 1 day" in page.locator("#days-summary").inner_text()
    page.get_by_text("Show as table").click()
    assert page.locator("#days tbody tr").count() >= 18
    assert faults_of(page) == []


# --- The keyboard -------------------------------------------------------------------------------

# Of radio buttons only the chosen one is a stop.
CONTROLS = """
() => {
    const every = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    const isStop = (control) => control.checkVisibility() && !control.disabled
        && !(control.type === "radio" && !control.checked);
    const controls = [...document.querySelectorAll(every)].filter(isStop);
    controls.forEach((control, n) => { control.dataset.stop = n; });
    return controls.map((control) => control.outerHTML.slice(0, 120));
}
"""
FOCUSED = """
() => {
    const { dataset, tagName } = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return {
        stop: dataset.stop === undefined ? null : Number(dataset.stop),
        seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
        left: tagName === "BODY",
    };
}
"""
# A field for a date and a time has a stop for each of its parts.
MOST_TABS = 300


def stops(page):
    """What the tab key focuses, until it leaves the page."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["left"]:
            return
        yield focused


@pytest.mark.parametrize("path", ["report/", "pixels/"])
def test_the_tab_key_reaches_each_control_and_shows_where_it_is(page, site, path):
    page.goto(f"{site.address}{OF_THE_SETUP}/{path}")
    page.get_by_text("Updates by itself.").wait_for()
    controls = page.evaluate(CONTROLS)
    come_by = list(stops(page))
    reached = {focused["stop"] for focused in come_by}
    assert [html for n, html in enumerate(controls) if n not in reached] == []
    unseen = {focused["stop"] for focused in come_by if not focused["seen"]} - {None}
    assert [controls[n] for n in unseen] == []


def test_the_first_stop_skips_to_the_content(page, site):
    page.goto(f"{site.address}{OF_THE_SETUP}/report/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


# --- Lists ----------------------------------------------------------------------------------


def test_lists_are_whole_on_a_phone_and_on_a_desk(page, site):
    """All of them on more screens: script/soak lists."""
    faults = []
    for path in ("campaigns/contact/?campaign=1", "tracking/open/", "discounts/discountusage/"):
        page.goto(f"{site.address}/admin/{path}")
        for width in (390, 1280):
            faults += faults_of_list(page, width)
    assert faults == []
    page.set_viewport_size({"width": 390, "height": 900})
    page.locator("#filter-switch > summary").click()
    page.get_by_role("link", name="Not cancelled").click()
    page.get_by_role("link", name="Remove the filter Cancelled: Not cancelled").click()
    page.locator(".chips").wait_for(state="detached")
    # The script of actions finds the boxes of cards, too.
    page.get_by_label("Select the discount of Eva").check()
    page.get_by_text(re.compile(r"1 of \d+ selected")).wait_for()


# --- Every page ---------------------------------------------------------------------------------

# Pages that no list links to.
OWN = [
    "/admin/",
    "/admin/campaigns/",
    "/admin/password_change/",
    f"{OF_THE_SETUP}/add-contacts/",
    f"{OF_THE_SETUP}/history/",
    f"{OF_THE_SETUP}/mix-schedule/",
    f"{OF_THE_SETUP}/plan/?difference=2&rate=20",
    f"{OF_THE_SETUP}/report-links/",
    "/admin/campaigns/group/reschedule/?group=1",
    "/admin/discounts/simulate/",
]
HARVEST = [
    "#narrow-menu a",
    "#new-campaign",
    ".object-tools a.addlink",
    "#result_list tbody tr:first-child th a",
    "a.deletelink",
]


def every_page(page, site):
    """Opens the pages one by one: each list, its page for a new row and that of its first row."""
    waiting, known = [*OWN], set()
    while waiting:
        path = waiting.pop(0)
        page.goto(f"{site.address}{path}")
        yield path
        for selector in HARVEST:
            found = [link.get_attribute("href") for link in page.locator(selector).all()]
            waiting += [path for path in found if not {path, path.split("?")[0]} & known]
            known |= {path.split("?")[0] for path in found}


def test_every_page_of_the_admin_fits_and_is_accessible_and_logs_no_error(page, site):
    faults, seen = [], 0
    for _ in every_page(page, site):
        faults += faults_of(page)
        seen += 1
    assert faults == []
    assert seen > 35, "the walk found the lists and their rows"


@pytest.mark.parametrize(
    ("path", "status"), [("campaigns/group/1/delete/", 403), ("campaigns/nowhere/", 404)]
)
def test_an_error_page_links_to_the_home(site, browser, signed_in, path, status):
    with blameless_page(
        browser, site.address, expected=f"status of {status}", storage_state=signed_in
    ) as page:
        assert page.goto(f"{site.address}/admin/{path}").status == status
        assert faults_of(page) == []
        page.get_by_role("link", name="Go to the home page").click()
        page.get_by_role("heading", name="Sending now").wait_for()
