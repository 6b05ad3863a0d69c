"""Every page writes numbers in one way: 15,500 and 36.2%, wherever they come from."""

import re

import pytest
from django.utils import timezone

from campaigns.models import ContactImport, ImportState
from tests import test_roles
from tests.admin_pages import text_of
from tests.discounts import factories as discounts
from tests.test_roles import ADMIN, PAGES, address, short, signed_in, user_with

pytestmark = [pytest.mark.django_db, pytest.mark.walks, pytest.mark.one_engine]
one_of_each = test_roles.rows
OPENED = [name for name in ADMIN if "M" in PAGES.get(short(name), ("", ""))[0]]
# Five digits and more in a row: no year, and no part of a code, an address or a fraction.
UNGROUPED = re.compile(r"(?<![\w.,:/#+-])\d{5,}(?![\w:/-]|\.\d)")
APART = re.compile(r"\d\s+%")


@pytest.fixture
def many(one_of_each):
    """Figures of five digits in an import, a budget and a day's uses."""
    job = one_of_each["contact-import"]
    ContactImport.objects.filter(id=job.id).update(
        state=ImportState.FINISHED,
        created=15_500,
        unchanged=20_600,
        repeated=30_700,
        rejected=40_800,
        finished_at=timezone.now(),
    )
    sale = one_of_each["discounts_discountcampaign"]
    discounts.update(sale, total_budget_minor=9_876_543_00)
    return one_of_each


def test_no_page_leaves_a_number_ungrouped_or_a_percent_sign_apart(many):
    client, wrong = signed_in(user_with("M")), {}
    for name in OPENED:
        response = client.get(address(name, many))
        if "text/html" not in response.headers.get("Content-Type", ""):
            continue
        words = text_of(response)
        if found := UNGROUPED.findall(words) + APART.findall(words):
            wrong[name] = found
    assert wrong == {}


def test_the_figures_of_an_import_are_grouped(many):
    page = signed_in(user_with("M")).get(address("admin:campaigns_campaign_import_state", many))
    words = re.findall(r"<dd>([^<]*)</dd>", page.content.decode())
    assert words == ["15,500", "20,600", "30,700", "40,800"]
