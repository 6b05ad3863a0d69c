"""What was measured of somebody goes without a trace in the counters; what was decided stays."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from campaigns.models import Contact, ForgottenPeople, NotSentReason
from campaigns.modes import Measured
from consent import journal
from consent.models import ConsentState
from consent.queries import mode_of, modes_of
from contacts.change import change_contact, erase_contact
from contacts.measured.decided import follow_decisions
from contacts.person.erasing import erase_person
from contacts.person.forgetting import forget_contacts
from tests.consent.deciding import agree, tables_with, withdraw
from tests.contacts.measured.measuring import measured
from tests.reporting import campaign_report
from tests.tracking.counting.test_last_days import turn_on
from tests.tracking.factories import (
    GMAIL,
    SCANNER,
    START,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record
from tracking.models import ContactOpens, GroupVersion, LastDay, Open, VerdictCall, VerdictDecision
from tracking.upkeep import audit
from tracking.upkeep.prune import prune_opens

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = START + 2 * DAY


@pytest.fixture
def campaign():
    return make_campaign()


@pytest.fixture
def group(campaign):
    return campaign.groups.get(number=1)


@pytest.fixture
def ann(group):
    return make_contact(group, email="ann@example.com", pixels=2)


@pytest.fixture
def bob(group):
    return make_contact(group, email="bob@example.com")


def forget(*contacts, now=NOW):
    return forget_contacts(contact_ids=[contact.pk for contact in contacts], now=now)


def differences():
    return list(audit.find_differences().lines())


def figures(campaign):
    return campaign_report(campaign_id=campaign.id, now=NOW).totals


def test_opens_summary_and_every_share_of_a_counter_go(campaign, ann, bob):
    record([make_hit(ann, agent=GMAIL), make_hit(ann, pixel=1, agent=SCANNER), make_hit(bob)])
    assert forget(ann) == 1
    assert set(Open.objects.values_list("contact_id", flat=True)) == {bob.pk}
    assert ContactOpens.objects.get().contact_id == bob.pk
    assert differences() == []
    totals = figures(campaign)
    assert (totals.opens, totals.unique_opens, totals.sent) == (1, 1, 2)


def test_no_table_holds_an_open_of_a_forgotten_contact(ann):
    hit = make_hit(ann)
    record([hit])
    forget(ann)
    # The pixel is in the e-mail, and the contact is a recipient.
    assert tables_with(ann.pk, without=("campaigns_contact", "tracking_pixel")) == set()
    assert tables_with(hit.event_id) == set()


def test_the_rate_of_the_others_stays_what_it_is(campaign, group, ann, bob):
    carl = make_contact(group)
    record([make_hit(ann), make_hit(bob)])
    assert figures(campaign).open_rate == pytest.approx(2 / 3)
    forget(ann, carl)
    assert figures(campaign).open_rate == 1
    assert measured(ann, bob, carl) == [Measured.NO, Measured.YES, Measured.NO]


def test_the_report_counts_the_forgotten_and_names_nobody(campaign, ann, bob):
    record([make_hit(ann)])
    assert campaign_report(campaign_id=campaign.id, now=NOW).forgotten == 0
    forget(ann)
    forget(bob)
    assert campaign_report(campaign_id=campaign.id, now=NOW).forgotten == 2
    assert ForgottenPeople.objects.get().campaign == campaign


def test_a_report_that_was_read_before_is_out_of_date(group, ann):
    record([make_hit(ann)])
    before = GroupVersion.objects.get(group_id=group.id).version
    forget(ann)
    assert GroupVersion.objects.get(group_id=group.id).version > before


def test_forgetting_again_changes_nothing(campaign, ann):
    record([make_hit(ann)])
    assert [forget(ann), forget(ann, now=NOW + DAY)] == [1, 0]
    assert ForgottenPeople.objects.get().people == 1
    ann.refresh_from_db()
    assert ann.forgotten_at == NOW


def test_hits_read_twice_or_still_on_their_way_bring_nothing_back(ann):
    counted, waiting = make_hit(ann), make_hit(ann, after=2 * HOUR, agent="Quaint/7.5")
    record([counted])
    forget(ann)
    outcome = record([counted, waiting, make_hit(ann, after=5 * DAY)])
    assert (outcome.recorded, outcome.dropped["forgotten"]) == (0, 3)
    assert tables_with("Quaint") == set()
    assert differences() == []


def test_agreeing_later_brings_nothing_back_in_this_campaign(ann, settings):
    settings.NEVER_ASKED = "off"
    agree(ann, now=START - DAY)
    record([make_hit(ann)])
    withdraw(ann, now=START + DAY)
    forget(ann)
    agree(ann, now=NOW + DAY, proof="form 7")
    follow_decisions(now=NOW + 2 * DAY)
    assert record([make_hit(ann, after=9 * DAY)]).recorded == 0
    assert measured(ann) == [Measured.NO]


def test_lists_give_out_no_pixel_of_a_forgotten_contact(ann, bob):
    forget(ann)
    ann.refresh_from_db()
    assert mode_of(ann) == "off"
    assert modes_of([ann, bob]) == {ann.pk: "off", bob.pk: "individual"}


def test_whoever_is_not_due_and_not_opened_has_nothing_to_forget(group):
    later = make_contact(group, scheduled_at=START + 9 * DAY)
    assert forget(later) == 0
    assert measured(later) == [Measured.YES]
    assert not ForgottenPeople.objects.exists()


def test_who_was_not_measured_has_nothing_to_forget(group, ann):
    withdraw(ann, now=START - DAY)
    follow_decisions(now=START - HOUR)
    assert forget(ann) == 0


def test_a_test_contact_is_forgotten_and_is_no_person_in_figures(campaign, group):
    made = {"not_sent_reason": NotSentReason.TEST, "not_sent_at": START - DAY}
    test = make_contact(group, **made)
    record([make_hit(test)])
    assert forget(test) == 1
    assert (Open.objects.count(), campaign_report(campaign_id=campaign.id, now=NOW).forgotten) == (
        0,
        0,
    )
    assert differences() == []


def test_a_stored_call_and_decision_stay(campaign, group, ann):
    record([make_hit(ann)])
    stored = {"campaign_id": campaign.id, "figures": {"age": 240}, "group_id": group.id}
    VerdictCall.objects.create(**stored, called_at=START, goal="opened", way="looks")
    VerdictDecision.objects.create(
        **stored, decided_at=START, state="better", ratios=[], text="It is better."
    )
    before = [list(model.objects.values()) for model in (VerdictCall, VerdictDecision)]
    forget(ann)
    assert [list(model.objects.values()) for model in (VerdictCall, VerdictDecision)] == before


@pytest.mark.parametrize(
    "remove",
    [
        lambda contact: forget(contact),
        lambda contact: erase_contact(contact_id=contact.pk, now=NOW),
        lambda _: erase_person("ann@example.com", now=NOW, proof_years=5),
    ],
    ids=["forget", "erase the contact", "erase the person"],
)
def test_a_day_from_before_the_address_goes_too(campaign, group, remove):
    turn_on(campaign)
    contact = make_contact(group, external_id="crm-1")
    record([make_hit(contact)])
    change_contact(contact_id=contact.pk, changes={"email": "ann@example.com"}, now=NOW)
    assert LastDay.objects.count() == 1
    remove(contact)
    assert not LastDay.objects.exists()


def test_pruned_days_keep_their_counters(campaign, ann, bob):
    record([make_hit(ann), make_hit(ann, after=3 * DAY), make_hit(bob)])
    prune_opens(now=START + 4 * DAY, keep_days=2)
    forget(ann, now=START + 4 * DAY)
    totals = campaign_report(campaign_id=campaign.id, now=START + 4 * DAY).totals
    assert (totals.opens, totals.unique_opens) == (2, 1)
    assert differences() == []


def test_rows_that_pruning_has_not_come_to_yet_are_treated_as_pruned(campaign, ann):
    record([make_hit(ann), make_hit(ann, after=3 * DAY)])
    old = list(Open.objects.filter(opened_at__lt=START + DAY))
    prune_opens(now=START + 4 * DAY, keep_days=2)
    Open.objects.bulk_create(old)
    forget(ann, now=START + 4 * DAY)
    assert not Open.objects.exists()
    assert campaign_report(campaign_id=campaign.id, now=START + 4 * DAY).totals.opens == 1
    assert differences() == []


def test_an_erased_contact_can_be_forgotten_and_the_other_way_round(ann, bob):
    record([make_hit(ann), make_hit(bob)])
    erase_contact(contact_id=ann.pk, now=NOW)
    forget(ann, bob)
    erase_contact(contact_id=bob.pk, now=NOW)
    assert not Open.objects.exists()
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_a_restored_backup_forgets_again_even_what_is_still_on_its_way(ann, group):
    undated = make_contact(group, scheduled_at=None)
    hit = make_hit(undated)
    record([make_hit(ann), hit])
    forget(ann, undated, now=timezone.now())
    # The backup is of before the second contact was opened.
    ForgottenPeople.objects.all().delete()
    ConsentState.objects.all().delete()
    Contact.objects.update(forgotten_at=None)
    with pytest.raises(journal.NotReplayed):
        journal.require_replayed()
    said = StringIO()
    call_command("replay_consent", stdout=said)
    assert "2 contacts forgotten." in said.getvalue()
    assert record([hit]).dropped["forgotten"] == 1
