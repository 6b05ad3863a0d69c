"""Once proofs expire only what is refused stays of a person, about opens and clicks each."""

from datetime import timedelta

import pytest

from consent.models import ClickConsent, Decision, PersonConsent
from consent.modes import Answer
from consent.proofs import remove_proofs
from contacts.change import change_contact, erase_contact
from foundation.personal_data.hashes import read_email_hash
from tests.consent.deciding import decide, tables_with, withdraw
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = START + 2 * DAY
ANN = "ann@example.com"
YES, NO = Answer.GRANTED, Answer.DENIED


@pytest.fixture
def group():
    return make_campaign().groups.get(number=1)


@pytest.fixture
def ann(group):
    return make_contact(group, email=ANN)


def let_the_proof_expire(contact):
    erase_contact(contact_id=contact.uuid, now=NOW + 2 * DAY)
    return remove_proofs(now=NOW + 3000 * DAY, years=5)


def kept():
    """What each decision that is left says of opens and clicks, in order."""
    return list(Decision.objects.order_by("number").values_list("opens", "clicks"))


def test_a_refusal_of_opens_outlives_a_later_decision_about_clicks_alone(ann, group):
    withdraw(ann, now=NOW)
    decide(ann, None, clicks=NO, now=NOW + DAY)
    let_the_proof_expire(ann)
    assert kept() == [("denied", None), (None, "denied")]
    assert record([make_hit(make_contact(group, email=ANN))]).recorded == 0


def test_a_refusal_that_was_carried_over_outlives_its_proof(group):
    ann = make_contact(group, email="old@example.com")
    decide(ann, NO, clicks=NO, now=NOW)
    change_contact(contact_id=ann.uuid, changes={"email": ANN}, now=NOW + DAY)
    carried = Decision.objects.get(person=read_email_hash(ANN))
    assert (carried.opens, carried.clicks) == ("denied", "denied")
    ann.refresh_from_db()
    let_the_proof_expire(ann)
    assert record([make_hit(make_contact(group, email=ANN))]).recorded == 0


def test_of_a_no_beside_a_yes_the_no_alone_stays(ann):
    decide(ann, NO, clicks=YES, now=NOW)
    assert let_the_proof_expire(ann) == 1
    assert kept() == [("denied", None)]
    assert Decision.objects.get().text is None
    assert not ClickConsent.objects.exists()


def test_a_no_to_clicks_stays_where_opens_were_agreed_to(ann):
    decide(ann, YES, clicks=NO, now=NOW)
    let_the_proof_expire(ann)
    assert kept() == [(None, "denied")]
    assert ClickConsent.objects.get().text is None
    assert not PersonConsent.objects.exists()


def test_a_no_that_a_later_yes_ended_goes(ann):
    decide(ann, NO, clicks=NO, now=NOW)
    decide(ann, None, clicks=YES, now=NOW + DAY, proof="form 7")
    let_the_proof_expire(ann)
    assert kept() == [("denied", None)]


def test_of_a_yes_to_both_nothing_stays(ann):
    decide(ann, YES, clicks=YES, now=NOW)
    let_the_proof_expire(ann)
    assert tables_with(read_email_hash(ANN)) == set()
