"""Nobody is counted under another person's consent, nor by what contacts have not followed yet."""

from datetime import timedelta

import pytest

from campaigns import services
from campaigns.modes import Measured
from consent.models import FormerPerson
from consent.modes import Dropped
from contacts.change import change_contact, erase_contact
from tests.consent.deciding import agree, withdraw
from tests.contacts.measured.measuring import followed
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import LastDay, Open
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEFORE, LATER = START - DAY, START + DAY
NO, YES, LAPSED = Measured.NO, Measured.YES, Measured.LAPSED


@pytest.fixture
def ask_first(settings):
    settings.NEVER_ASKED = "off"


@pytest.fixture
def ann(group):
    return make_contact(group, email="ann@example.com")


@pytest.fixture
def bob():
    """Somebody of another campaign."""
    return make_contact(make_campaign("Summer").groups.first(), email="bob@example.com")


def move(contact, email="bob@example.com", *, now=LATER):
    change_contact(contact_id=contact.uuid, changes={"email": email}, now=now)
    contact.refresh_from_db()


def counted(contact, *, after=2 * DAY, now=None):
    """Whether a hit is an open."""
    hit = make_hit(contact, after=after)
    record([hit], now=now)
    assert list(audit.find_differences().lines()) == []
    return Open.objects.filter(event_id=hit.event_id).exists()


# --- Another address after the mail -------------------------------------------------------------


@pytest.mark.usefixtures("ask_first")
def test_who_was_not_measured_is_not_under_the_yes_of_another_address(ann, bob):
    agree(bob, now=BEFORE)
    move(ann)
    assert followed(ann, now=LATER) == [NO]
    assert not counted(ann)
    assert counted(bob)


@pytest.mark.usefixtures("ask_first")
def test_nor_once_the_old_address_agrees_too_late(ann, bob):
    agree(bob, now=BEFORE)
    old = ann.email_hash
    agree(ann, now=START + HOUR)
    move(ann)
    assert FormerPerson.objects.get().person == old
    assert not counted(ann)


@pytest.mark.usefixtures("ask_first")
def test_who_agreed_is_measured_no_more_under_an_address_that_did_not(ann):
    agree(ann, now=BEFORE)
    move(ann, "new@example.com")
    assert not counted(ann)
    assert followed(ann, now=LATER) == [LAPSED]


@pytest.mark.usefixtures("ask_first")
def test_an_address_that_withdraws_is_heard_of_mails_it_got_before_it_was_changed(group, ann, bob):
    agree(ann, now=BEFORE)
    agree(bob, now=BEFORE)
    twin = make_contact(make_campaign("Autumn").groups.first(), email="ann@example.com")
    move(ann)
    assert followed(ann, now=LATER) == [YES]
    assert counted(ann)
    withdraw(twin, now=LATER + HOUR)
    hit = make_hit(ann, after=3 * DAY)
    assert record([hit]).dropped[Dropped.WITHDRAWN] == 1
    assert followed(ann, now=LATER + 2 * HOUR) == [YES]
    assert followed(bob, now=LATER + 2 * HOUR) == [YES]


@pytest.mark.usefixtures("ask_first")
def test_who_was_not_opened_and_withdraws_under_the_old_address_lapses(ann, bob):
    for contact in (ann, bob):
        agree(contact, now=BEFORE)
    twin = make_contact(make_campaign("Autumn").groups.first(), email="ann@example.com")
    move(ann)
    withdraw(twin, now=LATER + HOUR)
    assert followed(ann, bob, now=LATER + 2 * HOUR) == [LAPSED, YES]


@pytest.mark.usefixtures("ask_first")
def test_who_got_no_mail_yet_is_the_person_of_the_new_address(group, bob):
    contact = make_contact(group, email="typo@example.com", scheduled_at=START + 9 * DAY)
    agree(bob, now=BEFORE)
    move(contact)
    assert not FormerPerson.objects.exists()
    assert counted(contact, now=START + 20 * DAY, after=10 * DAY)


@pytest.mark.usefixtures("ask_first")
def test_the_day_of_another_person_is_not_kept_either(ann, bob, settings):
    settings.TRACKING_MODE = "last_day"
    agree(bob, now=BEFORE)
    move(ann)
    assert not counted(ann)
    assert not LastDay.objects.exists()


def test_where_nobody_is_asked_another_address_changes_nothing(ann):
    withdraw(make_contact(ann.group, email="zoe@example.com"), now=BEFORE)
    move(ann, "new@example.com")
    assert counted(ann)


def test_an_erased_contact_keeps_no_former_address(ann):
    move(ann)
    assert FormerPerson.objects.count() == 1
    erase_contact(contact_id=ann.uuid, now=LATER)
    assert not FormerPerson.objects.exists()


# --- While contacts have not followed -----------------------------------------------------------


def test_who_may_not_be_measured_when_due_is_not_before_contacts_follow(ann):
    withdraw(ann, now=START - 2 * HOUR)
    agree(ann, now=START + HOUR, proof="form 7")
    # Stored as measured, and both the hit's moment and now would be allowed.
    assert Measured(ann.measured) is YES
    assert not counted(ann)
    assert followed(ann, now=LATER) == [NO]
    assert not counted(ann, after=3 * DAY)


@pytest.mark.parametrize("field", ["tracking_mode", "never_asked"])
def test_nor_before_they_follow_a_campaign(group, campaign, field):
    ann = make_contact(group, email="ann@example.com", created_at=START - 2 * DAY)

    def change(mode, now):
        services.update_campaign(campaign_id=campaign.id, changes={field: mode}, now=now)

    change("off", BEFORE)
    change(None, START + HOUR)
    assert not counted(ann)
    assert followed(ann, now=LATER) == [NO]


def test_decisions_that_contacts_followed_cost_nothing_more(ann, django_assert_max_num_queries):
    withdraw(make_contact(ann.group, email="zoe@example.com"), now=BEFORE)
    followed(now=LATER)
    record([make_hit(ann)])
    hit = make_hit(ann, after=2 * DAY)
    with django_assert_max_num_queries(26):
        record([hit])
