"""A first campaign takes few clicks and minutes; docs/first-campaign.md shows the walk."""

import re
from pathlib import Path

import pytest

from tests.browser import blameless_page, chromium
from tests.first_campaign import Newcomer, make_first_campaign
from tests.whole_site import sign_in

ROOT = Path(__file__).resolve().parent.parent
FILM = ROOT / "docs/images/first-campaign"
MOST_CLICKS, MOST_MINUTES = 12, 6
LARGEST_BYTES = 60_000


@pytest.mark.pages
@pytest.mark.xdist_group("pages")
def test_a_first_campaign_takes_few_clicks_and_minutes(site_for_browsers):
    site = site_for_browsers
    pages = []
    with (
        chromium() as browser,
        blameless_page(
            browser, site.address, permissions=["clipboard-read", "clipboard-write"]
        ) as page,
    ):
        sign_in(page, site, "ann")
        newcomer = Newcomer(page, film=pages.append)
        make_first_campaign(newcomer)
    assert newcomer.clicks <= MOST_CLICKS
    assert newcomer.minutes <= MOST_MINUTES
    assert pages == sorted(path.stem for path in FILM.glob("*.png"))


def test_the_document_shows_each_page_of_the_walk_in_its_order():
    document = (ROOT / "docs/first-campaign.md").read_text()
    shown = re.findall(r"!\[[^\]]{20,}\]\(images/first-campaign/([\w-]+)\.png\)", document)
    assert shown == sorted(path.stem for path in FILM.glob("*.png"))
    assert all(path.stat().st_size <= LARGEST_BYTES for path in FILM.glob("*.png"))
