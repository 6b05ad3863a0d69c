"""No page of the admin takes more than eleven queries, whatever it shows, except a few."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import ContactImport
from consent.models import ConsentState
from tests import test_roles
from tests.discounts import factories as discounts
from tests.test_roles import ADMIN, PAGES, address, short, signed_in, user_with
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    make_campaign,
    make_contacts,
    open_contacts,
)
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import note_complete

pytestmark = [pytest.mark.django_db, pytest.mark.walks]

MOST = 11
# Of which the average of the last campaigns and silent domains are one each; two read the session,
# and the user with all permissions.
MOST_OF_A_REPORT = 12
# Who did not open is found in three, beside what was recorded of second mails and of consent.
# Where not all may be measured, whom that concerns is one more.
MOST_OF_WHO_DID_NOT = 13
# A list that is given out is written down, with its history: four queries. One of pixels asks
# thrice what may be measured.
MOST_OF_A_MERGE_LIST = 15
# Each of its checks and panels is of other tables. Two find when the next mailings are due, and
# three recent decisions and which rest waits.
MOST_AT_HOME = 17
# Where a mailing is about to be sent, its rate is expected by past ones: five at most.
MOST_BEFORE_SENDING = {"index": 22, "campaigns_campaign_change": 16}
one_of_each = test_roles.rows
OPENED = [name for name in ADMIN if "M" in PAGES.get(short(name), ("", ""))[0]]
# What pages read in addition for some parameters.
ASKING = {
    "report-page": ["domains=true", "machine=true&period=7d", "period=24h&domains=true"],
    "report-data": ["machine=true", "period=24h", "group={group}"],
    "admin:campaigns_contact_changelist": [
        "campaign={campaign}&group={group}",
        "q=ann",
        "campaign={campaign}&opened=no",
        "campaign={campaign}&group={group}&opened=person",
    ],
    "admin:tracking_pixel_changelist": ["campaign={campaign}&group={group}"],
    "admin:tracking_open_changelist": ["campaign={campaign}&group={group}"],
    "admin:campaigns_group_changelist": ["campaign={campaign}"],
    "admin:discounts_discountusage_changelist": ["campaign={discount}"],
}
ASKED = [(name, query) for name in OPENED for query in ["", *ASKING.get(name, [])]]


@pytest.fixture
def many_rows(one_of_each):
    """More rows of everything, opened this hour, so that the series goes by the minute."""
    now = timezone.now()
    campaigns = [one_of_each["campaigns_campaign"]]
    campaigns += [make_campaign(f"Campaign {n}", start=now - timedelta(hours=1)) for n in range(3)]
    for group in [group for campaign in campaigns for group in campaign.groups.all()]:
        contacts = make_contacts(group, [now - timedelta(minutes=40)] * 8)
        open_contacts(contacts[:4], after=timedelta(minutes=10), agent=GMAIL)
        open_contacts(contacts[3:6], after=timedelta(minutes=20), agent=APPLE_PRIVACY)
    fix_due_campaigns(now=now)
    note_complete(moment=now)
    for n in range(3):
        discount = discounts.make_campaign(name=f"Discount {n}", is_targeted=False)
        for _ in range(3):
            discounts.apply(discount, discounts.make_customer())
        ContactImport.objects.create(
            campaign=campaigns[n],
            file_name="contacts.csv",
            state="finished",
            rejected=n,
            lease_until=now,
            created_at=now,
            finished_at=now,
        )
    cache.delete("dashboard:budgets")
    # Ingest makes it when it starts.
    ConsentState.objects.get_or_create(id=1)
    return one_of_each


def test_every_page_takes_few_queries(many_rows):
    client = signed_in(user_with("M"))
    named = {
        "campaign": many_rows["campaigns_campaign"].pk,
        "group": many_rows["campaigns_group"].pk,
        "discount": many_rows["discounts_discountcampaign"].pk,
    }
    taken = {}
    for name, query in ASKED:
        path = address(name, many_rows)
        query = query.format(**named)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"{path}?{query}" if query else path)
            response.getvalue()
        assert response.status_code in (200, 302), path
        taken[f"{short(name)} {query}".strip()] = len(queries)
    assert taken.pop("index") <= MOST_AT_HOME
    assert {page: count for page, count in taken.items() if count > most_of(page)} == {}


def test_what_is_planned_takes_few_queries_too(many_rows):
    """From the rates of a mailing on which nothing was decided, which takes most."""
    now, day = timezone.now(), timedelta(days=1)
    past = make_campaign("Past", start=now - 40 * day)
    next_one = make_campaign("Next", start=now - day)
    for campaign, due in ((past, now - 30 * day), (next_one, now + day)):
        for group in campaign.groups.all():
            make_contacts(group, [due] * 60)
    fix_due_campaigns(now=now)
    client, rows = signed_in(user_with("M")), many_rows | {"campaigns_campaign": next_one}
    for name, most in MOST_BEFORE_SENDING.items():
        path = address(f"admin:{name}", rows)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        assert len(queries) <= most, path


def most_of(page):
    if "opened=no" in page:
        return MOST_OF_WHO_DID_NOT
    if page == "campaigns_campaign_contacts_csv":
        return MOST_OF_A_MERGE_LIST
    return MOST_OF_A_REPORT if page.startswith("report-") else MOST
