"""Pages of who opened, from an index: complete, without repeats, at a constant cost."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import NotSentReason
from contacts.not_sent import mark_not_sent
from contacts.opened.openers import OpenerPosition, openers_of
from foundation.cursors import BadCursor, encode_cursor
from tests.contacts.opened.test_pages import plan_of, steps_of
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contacts,
    open_contacts,
)
from tracking.hits.classify import Kind
from tracking.opened import Opened

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def groups():
    return list(make_campaign(groups=3).groups.order_by("number"))


@pytest.fixture
def opened(groups):
    """Two groups with 20 contacts each, some opened in every way; a third one without contacts."""
    by = {Opened.PERSON: set(), Opened.MACHINE: set(), Opened.NO: set()}
    for group in groups[:2]:
        contacts = make_contacts(group, [START] * 20)
        for part, agent, how in (
            (contacts[:4], GMAIL, Opened.PERSON),
            (contacts[4:9], THUNDERBIRD, Opened.PERSON),
            (contacts[9:12], APPLE_PRIVACY, Opened.MACHINE),
        ):
            open_contacts(part, after=HOUR, agent=agent)
            by[how] |= {contact.uuid for contact in part}
        by[Opened.NO] |= {contact.uuid for contact in contacts[12:]}
    return by


def all_pages(groups, opened, *, limit):
    after, pages = None, []
    while True:
        page = openers_of([g.id for g in groups], opened, after=after, limit=limit)
        pages.append([contact.uuid for contact in page.contacts])
        if page.further is None:
            return pages
        after = OpenerPosition.of_cursor(page.further.cursor)


@pytest.mark.parametrize("how", [Opened.PERSON, Opened.MACHINE])
@pytest.mark.parametrize("limit", [1, 2, 4, 5, 18, 100])
def test_the_pages_together_hold_each_contact_once(groups, opened, how, limit):
    pages = all_pages(groups, how, limit=limit)
    found = [contact for page in pages for contact in page]
    assert len(found) == len(set(found))
    assert set(found) == opened[how]
    assert all(len(page) == limit for page in pages[:-1])
    assert 0 < len(pages[-1]) <= limit


def test_contacts_marked_not_sent_are_in_no_list(groups, opened):
    first = sorted(opened[Opened.PERSON])[::2]
    mark_not_sent(
        campaign_id=groups[0].campaign_id,
        contact_ids=first,
        reason=NotSentReason.BOUNCED,
        now=START + HOUR,
    )
    [found] = all_pages(groups, Opened.PERSON, limit=100)
    assert set(found) == opened[Opened.PERSON] - set(first)


def test_another_groups_openers_are_left_out(groups, opened):
    [found] = all_pages(groups[2:], Opened.PERSON, limit=100)
    assert found == []


def test_the_cost_of_a_page_does_not_grow_with_the_contacts(groups):
    if connection.vendor != "sqlite":
        pytest.skip("The steps are SQLite's.")
    group, steps = groups[0], []
    for _ in range(2):
        for _ in range(4 if steps else 1):
            contacts = make_contacts(group, [START] * 200)
            open_contacts(contacts[:20], after=HOUR, agent=GMAIL)
        steps.append(steps_of(lambda: openers_of([group.id], Opened.PERSON, after=None, limit=5)))
    few, many = steps
    assert many <= few * 1.1


def test_no_query_of_a_page_sorts_or_reads_a_whole_table(groups, opened):
    ids = [group.id for group in groups]
    first = openers_of(ids, Opened.PERSON, after=None, limit=6)
    with CaptureQueriesContext(connection) as queries:
        openers_of(ids, Opened.PERSON, after=first.further, limit=6)
    # Where there are any; then, of two parts, who opened; and the rows.
    assert len(queries) == 4
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            plans = [plan_of(cursor, query["sql"]) for query in queries]
        assert not [plan for plan in plans if "SCAN" in plan or "TEMP B-TREE" in plan]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_position_goes_through_a_cursor(kind):
    position = OpenerPosition(7, kind, UUID("6f1c2a1e-58cc-4372-a567-0e02b2c3d479"))
    assert OpenerPosition.of_cursor(position.cursor) == position


UUID_TEXT = "6f1c2a1e-58cc-4372-a567-0e02b2c3d479"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        encode_cursor(1, 2),
        encode_cursor(0, 2, UUID_TEXT),
        encode_cursor(1, 3, UUID_TEXT),
        encode_cursor(1, True, UUID_TEXT),
        encode_cursor(1, "2", UUID_TEXT),
        encode_cursor(2**63, 2, UUID_TEXT),
        encode_cursor(1, 2, "x"),
        encode_cursor(1, 2, UUID_TEXT, 3),
    ],
)
def test_a_malformed_cursor_is_refused(cursor):
    with pytest.raises(BadCursor):
        OpenerPosition.of_cursor(cursor)
