"""The person's page in a real browser: on a phone, by keyboard alone, without scripts."""

import pytest

from tests import migrated
from tests.browser import blameless_page, chromium
from tests.console.person.visiting import FIREFOX
from tests.looking import PHONE, faults_of
from tests.processes.running import Site

pytestmark = [pytest.mark.pages, pytest.mark.xdist_group("pages")]

CODES = ("en", "de", "fr", "it", "es", "nl")
SET_UP = {
    "PRIVACY_SENDER": "Example Books",
    "PRIVACY_CONTACT": "privacy@books.example",
    "PRIVACY_POLICY_URL": "https://books.example/privacy",
}
# A contact for each language; their addresses go into a file.
CONTACTS = """
from datetime import timedelta
from pathlib import Path
from django.conf import settings
from django.utils.timezone import now
from consent.page.visit import consent_url
from tests.tracking import factories
group = factories.make_campaign("Winter news", start=now()).groups.get(number=1)
with Path({file!r}).open("w") as file:
    for code in {codes!r}:
        contact = factories.make_contact(
            group, email=f"{{code}}@example.org", locale=code, scheduled_at=now())
        file.write(consent_url(
            campaign_id=group.campaign_id, contact_id=contact.uuid, base="") + chr(10))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A Site that knows the path of a page in each language."""
    folder = tmp_path_factory.mktemp("person")
    migrated.copy_to(folder / "site.db")
    site = Site(folder, f"sqlite:///{folder}/site.db", **SET_UP)
    site.address = f"http://127.0.0.1:{site.port}"
    file = folder / "paths"
    contacts = CONTACTS.format(file=str(file), codes=CODES)
    assert site.manage("shell", "--verbosity", "0", "--command", contacts) == 0, site.output()
    site.paths = dict(zip(CODES, file.read_text().splitlines(), strict=True))
    site.start_web(PUBLIC_URL=site.address)
    yield site
    site.close()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(site, browser):
    """Opens pages as a person's browser does, which no headless one is."""

    def visit(**options):
        screen = {"width": PHONE, "height": 900}
        agent = {"user_agent": FIREFOX, "viewport": screen}
        return blameless_page(browser, site.address, **agent, **options)

    return visit


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


@pytest.mark.parametrize("code", CODES)
def test_in_each_language_it_is_agreed_and_withdrawn_by_keyboard_alone(site, visit, code):
    with visit(locale="en-GB") as page:
        page.goto(f"{site.address}{site.paths[code]}")
        assert page.locator("html").get_attribute("lang") == code
        page.locator("summary").click()
        assert faults_of(page) == []
        page.reload()
        press(page, "Tab", "Space", "Tab", "Tab", "Enter")
        page.get_by_role("status").wait_for()
        assert page.locator(".decided").count() == 2
        assert page.get_by_role("checkbox", checked=True).count() == 0
        assert faults_of(page) == []
        press(page, "Tab", "Tab", "Tab", "Tab", "Enter")
        page.get_by_role("status").wait_for()
        assert page.locator(".decided").count() == 2


def test_it_needs_no_scripts(site, visit):
    with visit(java_script_enabled=False) as page:
        page.goto(f"{site.address}{site.paths['en']}")
        page.get_by_label("Yes, you may see when I open your e-mails.").check()
        page.get_by_role("button", name="Save my choice").click()
        assert page.get_by_role("status").inner_text() == "Your choice is saved."
        page.get_by_role("button", name="Stop measuring").click()
        assert page.get_by_role("status").inner_text().startswith("Saved: we measure neither")


def test_what_leads_to_nobody_is_a_page_to_read(site, visit):
    with visit(expected="status of 404") as page:
        assert page.goto(f"{site.address}{site.paths['en']}x").status == 404
        assert faults_of(page) == []
        assert page.get_by_role("heading").inner_text() == "This link leads nowhere"
