"""Every list of the admin is whole on screens of six widths, plain and narrowed."""

import pytest
from django.urls import reverse

from tests.browser import blameless_page, chromium
from tests.looking_at_lists import faults_of_list
from tests.processes.running import Site, answers, wait_until
from tests.soak.walking import lists
from tests.whole_site import PASSWORD, sign_in

pytestmark = pytest.mark.soak

WIDTHS = (360, 390, 768, 1280, 1440, 2000)
ROOT = f"""
from django.contrib.auth.models import User
from contacts.imports.tasks import import_contacts
User.objects.create_superuser("root", password={PASSWORD!r})
import_contacts.enqueue(0)
"""
NARROWED = {
    "admin:campaigns_contact": ["?campaign=1", "?campaign=1&opened=no", "?opened=person"],
    "admin:campaigns_group": ["?campaign=1&archived=all"],
    "admin:tracking_open": ["?campaign=1&by=machine"],
    "admin:tracking_pixel": ["?campaign=1"],
    "admin:discounts_discountusage": ["?campaign=1&cancelled=no&discount_type__exact=cart"],
}


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path, f"sqlite:///{tmp_path}/site.db")
    site.address = f"http://127.0.0.1:{site.port}"
    for command in (["migrate"], ["seed_demo"], ["shell", "--command", ROOT]):
        assert site.manage(*command, "--verbosity", "0") == 0, site.output()
    site.launch_web(PUBLIC_URL=site.address)
    wait_until(lambda: answers(site.port), "the web process to listen")
    yield site
    site.close()


def test_every_list_is_whole_on_every_screen(site):
    addresses = [
        f"{site.address}{reverse(f'{name}_changelist')}{query}"
        for name, _ in lists()
        for query in ("", *NARROWED.get(name, ()))
    ]
    faults = []
    with chromium() as browser, blameless_page(browser, site.address) as page:
        sign_in(page, site, "root")
        for address in addresses:
            page.goto(address)
            for width in WIDTHS:
                faults += faults_of_list(page, width)
    print(f"{len(addresses)} lists on {len(WIDTHS)} screens: {len(faults)} faults")
    assert faults == [], "\n".join(faults)
