"""Every page writes dates and times in one way: "29 November 2026, 15:32"."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from tests import test_roles
from tests.admin_pages import text_of
from tests.test_roles import ADMIN, address, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.walks, pytest.mark.one_engine]

one_of_each = test_roles.rows
MOMENT = re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d\b")
MONTHS = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
# Django's own clock of twelve hours, months cut short, and dates of digits. What asks for a date
# in digits gives one as an example.
OTHERS = {
    "twelve hours": re.compile(r"[ap]\.m\.|\bnoon\b|\bmidnight\b(?! begins)"),
    "a short month": re.compile(rf"\b\d{{1,2}} (?:{MONTHS})\b|\b(?:{MONTHS})\.? \d"),
    "digits": re.compile(r"\b\d{4}-\d\d-\d\d\b|\b\d\d[/.]\d\d[/.]\d{4}\b"),
}
# The names that django-axes gives its rows.
OF_AXES = re.compile(r"@ \d{4}-\d\d-\d\d")


def words_of(client, name, rows):
    """ "" for what is no page, such as a file or the way to another page."""
    response = client.get(address(name, rows), follow=True)
    is_page = response.headers["Content-Type"].startswith("text/html")
    return OF_AXES.sub("", text_of(response)) if is_page and response.status_code == 200 else ""


def test_no_page_writes_a_date_or_a_time_in_another_way(one_of_each):
    client = signed_in(User.objects.create_superuser("root"))
    pages = {name: words_of(client, name, one_of_each) for name in ADMIN}
    found = {
        f"{name}: {what}": other.findall(words)
        for name, words in pages.items()
        for what, other in OTHERS.items()
        if other.search(words)
    }
    assert found == {}
    assert sum(bool(MOMENT.search(words)) for words in pages.values()) >= 15


# --- Where it is chosen -------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[3]
# What is no date on its own: seconds behind one, a weekday before one, what fields and machines
# read.
PARTS = {"DATE_FORMAT", "DATETIME_FORMAT", ":s", "l", "c", r"Y-m-d\TH:i"}
PACKAGES = ("api", "campaigns", "console", "contacts", "discounts", "reports", "tracking")


def test_no_template_chooses_a_format_of_its_own():
    templates = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    chosen = {
        text for page in templates for _, text in re.findall(r"""\|date:(["'])(.*?)\1""", page)
    }
    assert "DATETIME_FORMAT" in chosen
    assert chosen <= PARTS


def test_months_are_named_in_one_place():
    """`foundation.dates`, but for the steps of charts and what imports read."""
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    naming = {
        str(path.relative_to(ROOT))
        for path in modules
        if re.search(r"%-?d %[bB]", path.read_text())
    }
    assert naming == {
        "console/report/over_time.py",
        "contacts/imports/guessing/dates.py",
        "reports/report.py",
    }
