"""Nothing fails at the limits of fields, and no figure is wrong there.

A part of the walk; `script/soak extremes` does all of it (docs/soak.md).
"""

import pytest

from tests.addresses import short
from tests.soak import mailings, sales
from tests.soak.checking import walk_mailing, walk_sale
from tests.soak.site import (
    ELSEWHERE,
    STRANGERS,
    WRITING,
    rows_of,
    tour_bad_ids,
    tour_filters,
    tour_forms,
    tour_queries,
)
from tests.soak.walking import CALLS, PAGES, Walk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.walks,
    # A date in a URL is in the project's zone.
    pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive:RuntimeWarning"),
]
ORDINARY = {
    "groups": 2,
    "contacts each": 6,
    "opened": "by all kinds",
    "first opens": "two days ago",
    "due": "two days ago",
    "dates": "around now",
    "texts": "markup",
    "not sent": "none",
    "erased": False,
    "archived": False,
    "window": "all",
    "machine": False,
    "zone": "UTC",
}
CORE = 2


@pytest.fixture
def walk(admin_user):
    return Walk(admin_user)


def walk_rows(walk, rows, walk_row, settings):
    """Visits each row in its zone; returns how many were accepted."""
    taken = 0
    for n, row in enumerate(rows, start=1):
        settings.TIME_ZONE = row.get("zone", "UTC")
        taken += walk_row(walk, row) is not False
        if n % 5 == 0:
            print(f"row {n} of {len(rows)}: {taken} taken, {len(walk.faults)} faults", flush=True)
    settings.TIME_ZONE = "UTC"
    return taken


def usual_rows():
    """An ordinary mailing and a discount that was used."""
    row = sales.rows()[0] | {"used": "once", "afterwards": "left alone", "for": "everybody"}
    return row | {"period": "2000 to 2199", "discount": ("discount_percentage", 1)}


@pytest.fixture
def usual(walk):
    """A row of every model that a URL may name."""
    campaign = mailings.make(ORDINARY)
    discount, customer = sales.make(usual_rows(), walk.api)
    return rows_of(campaign, discount, customer)


def report(walk, title):
    print(f"{title}: {walk.requests:,} requests, {len(walk.faults)} faults")
    assert not walk.faults, "\n".join(walk.faults[:40])


# --- The core -------------------------------------------------------------------------------


def test_mailings_in_some_states_show_the_right_figures(walk, settings):
    walk_rows(walk, mailings.rows()[:CORE], walk_mailing, settings)
    report(walk, "mailings")


def test_discounts_at_some_limits_show_the_right_figures(walk, settings):
    assert walk_rows(walk, sales.rows()[:CORE], walk_sale, settings)
    report(walk, "discounts")


def test_every_page_and_reading_call_is_visited(walk, settings):
    """New pages are included; this fails for one whose rows the walk does not know."""
    walk_mailing(walk, ORDINARY)
    assert walk_sale(walk, usual_rows())
    names = {name for name in (*PAGES, *CALLS) if name not in WRITING}
    missed = {short(name) for name in names - walk.visited} - ELSEWHERE
    assert {name for name in missed if not name.startswith(STRANGERS)} == set()
    report(walk, "everything once")


def test_some_bad_urls_are_answered(walk, usual):
    tour_bad_ids(walk, usual, every=29)
    tour_queries(walk, usual, every=401)
    report(walk, "bad addresses")


def test_the_filters_of_calls_accept_their_limits(walk, usual):
    tour_filters(walk, usual)
    report(walk, "filters")


def test_forms_accept_or_refuse_their_limits(walk, usual):
    tour_forms(walk, usual, most=1)
    report(walk, "forms")


# --- All of it ------------------------------------------------------------------------------


@pytest.mark.soak
def test_all_mailings(walk, settings):
    rows = mailings.rows()
    walk_rows(walk, rows, walk_mailing, settings)
    report(walk, f"{len(rows)} mailings")


@pytest.mark.soak
def test_all_discounts(walk, settings):
    rows = sales.rows()
    taken = walk_rows(walk, rows, walk_sale, settings)
    report(walk, f"{taken} of {len(rows)} discount campaigns taken")


@pytest.mark.soak
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_all_bad_addresses(walk, usual, zone, settings):
    settings.TIME_ZONE = zone
    tour_bad_ids(walk, usual, every=1)
    tour_queries(walk, usual, every=7)
    report(walk, f"bad addresses in {zone}")


@pytest.mark.soak
def test_all_forms(walk, usual):
    tour_forms(walk, usual, most=40)
    report(walk, "forms in pairs")


@pytest.mark.soak
def test_the_list_of_rows_is_printed():
    for title, rows in (("mailings", mailings.rows()), ("discounts", sales.rows())):
        for n, row in enumerate(rows, start=1):
            print(f"{title} {n}: {row}")
