"""Pages of who opened and who did not: complete together, each at a bounded cost."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Contact
from contacts.in_order import Position, behind
from contacts.opened import pages as opened_pages
from contacts.opened.pages import page_of, read_page
from foundation.cursors import BadCursor, encode_cursor
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    make_campaign,
    make_contacts,
    open_contacts,
)
from tracking.opened import Opened

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def group():
    return make_campaign().groups.first()


@pytest.fixture
def few_at_once(monkeypatch):
    monkeypatch.setattr(opened_pages, "CHUNK", 4)
    monkeypatch.setattr(opened_pages, "LOOKED_AT", 8)


def position_of(contact):
    return Position(contact.created_at, contact.uuid)


def of_group(group):
    return Contact.objects.filter(group=group)


def pages_of(group, opened, *, limit, now=START + HOUR, groups=None):
    cursor, pages = None, []
    while True:
        page = read_page(
            of_group(group), opened, groups=groups, cursor=cursor, limit=limit, now=now
        )
        pages.append(page)
        if page.further is None:
            return pages
        cursor = page.further.cursor


def uuids(pages):
    return [contact.uuid for page in pages for contact in page.contacts]


def test_the_pages_together_hold_each_contact_once_in_order(group, few_at_once):
    contacts = make_contacts(group, [START] * 30)
    person, machine = contacts[::3], contacts[1::5]
    open_contacts(machine, after=HOUR, agent=APPLE_PRIVACY)
    open_contacts(person, after=HOUR, agent=GMAIL)
    machine = [contact for contact in machine if contact not in person]
    no = [contact for contact in contacts if contact not in person + machine]
    wanted = {Opened.PERSON: person, Opened.MACHINE: machine, Opened.NO: no}
    for limit in (1, 3, 7, 100):
        for opened, expected in wanted.items():
            pages = pages_of(group, opened, limit=limit)
            assert uuids(pages) == [contact.uuid for contact in expected]
            assert max(len(page.contacts) for page in pages) <= limit


def test_contacts_created_at_once_are_all_found(group, few_at_once):
    contacts = make_contacts(group, [START] * 10)
    Contact.objects.update(created_at=START - HOUR)
    found = uuids(pages_of(group, Opened.NO, limit=3))
    assert sorted(found) == sorted(contact.uuid for contact in contacts)


def test_an_open_between_two_pages_changes_no_later_page(group, few_at_once):
    contacts = make_contacts(group, [START] * 12)
    first = page_of(of_group(group), Opened.NO, after=None, limit=3, now=START)
    open_contacts(contacts[:2] + contacts[4:5], after=HOUR)
    rest = page_of(of_group(group), Opened.NO, after=first.further, limit=100, now=START)
    assert [contacts.index(one) for one in rest.contacts] == [3, 5, 6, 7, 8, 9, 10]


def test_a_page_looks_at_so_many_contacts_and_says_where_to_go_on(group, few_at_once):
    contacts = make_contacts(group, [START] * 20)
    open_contacts(contacts[:19], after=HOUR)
    pages = pages_of(group, Opened.NO, limit=5)
    assert [(len(page.contacts), page.looked_at) for page in pages] == [(0, 8), (0, 8), (1, 4)]
    assert pages[0].further == position_of(contacts[7])


def test_the_last_page_has_no_next_page(group, few_at_once):
    make_contacts(group, [START] * 8)
    assert page_of(of_group(group), Opened.NO, after=None, limit=8, now=START).further is not None
    [first, second] = pages_of(group, Opened.NO, limit=8)
    assert (len(first.contacts), len(second.contacts)) == (8, 0)
    assert page_of(of_group(group), Opened.NO, after=None, limit=7, now=START).further is not None
    empty = page_of(Contact.objects.none(), Opened.NO, after=None, limit=8, now=START)
    assert (empty.contacts, empty.looked_at, empty.further) == ([], 0, None)


def test_a_page_reads_the_whole_contact_in_few_queries(group, django_assert_num_queries):
    make_contacts(group, [START] * 30)
    # The contacts looked at, their summaries, their opens, whether anybody ever decided (two where
    # ingest never ran), and the rows of the page.
    with django_assert_num_queries(6):
        page = page_of(of_group(group), Opened.NO, after=None, limit=10, now=START)
        assert {contact.email for contact in page.contacts} == {None}


@pytest.mark.parametrize("opened_part", [0, 1])
@pytest.mark.parametrize("opened", list(Opened))
def test_the_cost_of_a_page_does_not_grow_with_the_contacts(
    group, few_at_once, opened, opened_part
):
    """Where nearly everybody opened and where nearly nobody did; counted in steps of SQLite."""
    if connection.vendor != "sqlite":
        pytest.skip("The steps are SQLite's.")
    steps = []
    for _ in range(2):
        for _ in range(4 if steps else 1):
            contacts = make_contacts(group, [START] * 200)
            opening = contacts[1:] if opened_part else contacts[:1]
            open_contacts(opening, after=HOUR, agent=GMAIL)
        steps.append(
            steps_of(lambda: page_of(of_group(group), opened, after=None, limit=5, now=START))
        )
    few, many = steps
    assert many <= few * 1.1


def steps_of(read):
    """How many steps SQLite's virtual machine took."""
    counted = [0]

    def count():
        counted[0] += 1

    connection.ensure_connection()
    connection.connection.set_progress_handler(count, 1)
    try:
        read()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return counted[0]


def test_no_query_of_a_page_sorts_or_reads_a_whole_table(group, few_at_once):
    make_contacts(group, [START] * 40)
    after = position_of(Contact.objects.order_by("created_at", "uuid")[3])
    with CaptureQueriesContext(connection) as queries:
        page_of(of_group(group), Opened.PERSON, after=after, limit=5, now=START)
    assert len(queries) == 6
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            plans = [plan_of(cursor, query["sql"]) for query in queries]
        assert not [plan for plan in plans if "SCAN" in plan or "TEMP B-TREE" in plan]


def plan_of(cursor, sql):
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
    return " / ".join(row[3] for row in cursor.fetchall())


def test_a_position_goes_through_a_cursor(group):
    [contact] = make_contacts(group, [START])
    position = position_of(contact)
    assert Position.of_cursor(position.cursor) == position
    assert list(behind(of_group(group), position)) == []
    assert list(behind(of_group(group), None)) == [contact]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        encode_cursor("2026-03-02T09:00:00Z"),
        encode_cursor("soon", str(UUID(int=1))),
        encode_cursor("2026-03-02T09:00:00Z", "x"),
        encode_cursor("2026-03-02T09:00:00Z", str(UUID(int=1)), 3),
        encode_cursor(1, 2),
    ],
)
def test_a_malformed_cursor_is_refused(cursor):
    with pytest.raises(BadCursor):
        Position.of_cursor(cursor)
