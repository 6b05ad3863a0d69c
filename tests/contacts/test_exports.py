"""What is given out of contacts is recorded, and who withdrew since is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign, Export, ExportKind
from contacts.exports import GivenOut, record_answer, recorded, stale_in_words, stale_lists
from tests.consent.deciding import agree, withdraw
from tests.tracking.factories import make_campaign, make_contact

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def campaign():
    return make_campaign()


@pytest.fixture
def group(campaign):
    return campaign.groups.get(number=1)


@pytest.fixture
def ann(group):
    return make_contact(group, email="ann@example.com")


def given(campaign, by, **narrowed):
    return GivenOut(campaign, ExportKind.MERGE_LIST, by, **narrowed)


def listed(campaign, at, **fields):
    return Export.objects.create(
        campaign=campaign, kind=ExportKind.MERGE_LIST, made_at=at, rows=1, **fields
    )


def stale():
    return [(one.campaign, one.people) for one in stale_lists(Campaign.objects.order_by("id"))]


def test_a_list_is_recorded_with_its_rows_but_the_header(campaign, group, admin_user):
    table = iter([["email"], ["ann@example.com"], ["bob@example.com"]])
    rows = recorded(table, given(campaign, admin_user, group=group, opened="no"))
    assert Export.objects.get().rows == 0
    assert len(list(rows)) == 3
    export = Export.objects.get()
    assert (export.campaign, export.group, export.opened) == (campaign, group, "no")
    assert (export.rows, export.by, export.kind) == (2, admin_user, "merge_list")
    assert timezone.now() - export.made_at < MINUTE


def test_a_list_that_is_cut_off_has_given_out_what_it_had(campaign, admin_user):
    rows = recorded(iter([["email"], ["ann"], ["bob"], ["carl"]]), given(campaign, admin_user))
    assert [next(rows), next(rows), next(rows)][-1] == ["bob"]
    rows.close()
    # Whether the last one arrived nobody knows.
    assert Export.objects.get().rows in (1, 2)


def test_an_answer_is_recorded_by_campaign(campaign, admin_user):
    other = make_campaign("Autumn")
    record_answer([campaign.id, other.id, campaign.id], by=admin_user)
    rows = Export.objects.order_by("id").values_list("campaign", "rows", "kind")
    assert list(rows) == [(campaign.id, 2, "bulk_answer"), (other.id, 1, "bulk_answer")]


def test_who_withdrew_since_the_last_list_is_counted(campaign, group, ann):
    now = timezone.now()
    bob, carl, dora = (make_contact(group, email=f"{n}@example.com") for n in ("b", "c", "d"))
    unnamed = make_contact(group)
    withdraw(bob, now=now - 3 * MINUTE)
    listed(campaign, now - 2 * MINUTE)
    assert stale() == []
    withdraw(ann, now=now - MINUTE)
    withdraw(unnamed, now=now - MINUTE)
    agree(carl, now=now - MINUTE)
    assert stale() == [(campaign, 2)]
    listed(campaign, now)
    assert stale() == []
    assert dora.campaign == campaign


def test_a_withdrawal_concerns_the_campaigns_whose_list_has_the_person(campaign, ann):
    now = timezone.now()
    other, third = make_campaign("Autumn"), make_campaign("Winter")
    make_contact(other.groups.get(number=1), email="ann@example.com")
    make_contact(third.groups.get(number=1), email="bob@example.com")
    for one in (campaign, other, third):
        listed(one, now - 2 * MINUTE)
    withdraw(ann, now=now)
    assert stale() == [(campaign, 1), (other, 1)]


def test_who_came_after_the_list_is_not_in_it(campaign, group):
    now = timezone.now()
    listed(campaign, now - 2 * MINUTE)
    withdraw(make_contact(group, email="new@example.com", created_at=now - MINUTE), now=now)
    assert stale() == []


def test_a_part_of_the_list_takes_no_place_of_the_whole(campaign, group, ann):
    now = timezone.now()
    listed(campaign, now - 3 * MINUTE)
    withdraw(ann, now=now - 2 * MINUTE)
    listed(campaign, now - MINUTE, group=group)
    listed(campaign, now - MINUTE, opened="no")
    assert stale() == [(campaign, 1)]


def test_without_a_whole_list_the_last_part_counts(campaign, group, ann):
    now = timezone.now()
    listed(campaign, now - 3 * MINUTE, group=group)
    withdraw(ann, now=now - 2 * MINUTE)
    assert stale() == [(campaign, 1)]
    record_answer([campaign.id], by=None)
    assert stale() == [(campaign, 1)]


def test_it_takes_one_query(campaign, ann, django_assert_num_queries):
    listed(campaign, timezone.now() - MINUTE)
    withdraw(ann)
    with django_assert_num_queries(1):
        assert stale() == [(campaign, 1)]


def test_it_is_told_as_a_person_says_it(settings):
    at = timezone.now().replace(month=5, day=3, hour=10)
    assert (
        stale_in_words(12, at) == "12 people withdrew since the list of 3 May: download it again."
    )
    assert stale_in_words(1, at).startswith("1 person withdrew")
    before = at.replace(year=at.year - 1)
    assert f"since the list of 3 May {before.year}:" in stale_in_words(12, before)
