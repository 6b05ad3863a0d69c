"""Two threads draw in one campaign at once, on the real database, with the lock and without it."""

import pytest

from campaigns import services
from campaigns.models import Contact, ContactDraw, Draw, DrawStratum
from contacts import create
from contacts.drawing import draw
from tests.mailings import NOW
from tests.threads import meeting, run_together

pytestmark = pytest.mark.django_db(transaction=True)
SOME = [f"ann{n}@example.com" for n in range(25)]
OTHERS = [f"bob{n}@example.com" for n in range(25)]


@pytest.fixture
def campaign(make_campaign, make_group):
    """A few new people have been drawn in it."""
    campaign = make_campaign("Drawn")
    for number in (1, 2):
        make_group(campaign, number)
    add(campaign, ["first@example.com"])
    return campaign


@pytest.fixture
def reads(monkeypatch, vendor):
    """Two threads meet after reading how far a stratum is drawn, unless a lock keeps them apart."""
    if vendor == "sqlite":
        pytest.skip("SQLite's write lock keeps two writers apart")
    meet = meeting(draw._stored_strata)
    reads = []

    def read(*args):
        reads.append(args)
        return meet(*args)

    monkeypatch.setattr(draw, "_stored_strata", read)
    return reads


def add(campaign, emails):
    rows = [{"campaign": campaign.id, "group": "draw", "email": email} for email in emails]
    return create.create_contacts(contacts=rows, now=NOW, pixels_per_contact=0)


def add_together(campaign, *lists):
    return run_together(*(lambda emails=emails: add(campaign, emails) for emails in lists))


def assert_dealt_once(campaign, people):
    """Each place to one person, and both groups alike."""
    places = ContactDraw.objects.values_list("place", flat=True)
    assert sorted(places) == list(range(1, people + 1))
    counts = DrawStratum.objects.get().counts
    stored = {g.number: Contact.objects.filter(group=g).count() for g in campaign.groups.all()}
    assert {int(number): count for number, count in counts.items()} == stored
    assert abs(stored[1] - stored[2]) <= 1


def test_simultaneous_draws_run_one_after_the_other(campaign, reads):
    assert add_together(campaign, SOME, OTHERS) == []
    assert len(reads) == 2
    assert_dealt_once(campaign, 51)


def test_without_the_lock_a_place_is_dealt_twice_and_refused_by_the_database(
    campaign, reads, monkeypatch
):
    def unlocked(campaign_ids):
        return dict(Draw.objects.filter(campaign_id__in=campaign_ids).values_list())

    monkeypatch.setattr(create, "hold_draws", unlocked)
    assert add_together(campaign, SOME, OTHERS) == []
    assert len(reads) > 2
    assert_dealt_once(campaign, 51)


def test_the_same_people_added_twice_at_once_are_drawn_once(campaign):
    errors = add_together(campaign, SOME, SOME)
    assert errors == []
    assert_dealt_once(campaign, 26)


def test_the_first_two_draws_use_the_same_seed(make_campaign, make_group):
    campaign = make_campaign("Drawn")
    for number in (1, 2):
        make_group(campaign, number)
    assert add_together(campaign, SOME, OTHERS) == []
    assert Draw.objects.count() == 1
    assert_dealt_once(campaign, 50)


def test_a_group_that_is_archived_meanwhile_does_no_harm(campaign):
    archived = campaign.groups.get(number=2)
    calls = [
        lambda: add(campaign, SOME),
        lambda: services.archive_group(group_id=archived.id, now=NOW),
    ]
    assert run_together(*calls) == []
    kept = campaign.groups.get(number=1)
    assert {result.group for result in add(campaign, OTHERS)} == {kept.id}
    assert ContactDraw.objects.count() == 51
