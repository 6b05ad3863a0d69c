"""Contacts follow a change of modes, chunk by chunk, by what held when they fell due."""

from datetime import timedelta

import pytest

from campaigns import services
from campaigns.models import Campaign, FormerModes
from campaigns.modes import Measured
from consent.installation import note_installation
from contacts.measured import changed_modes
from contacts.measured.changed_modes import follow_modes, take_step
from tests.consent.deciding import agree
from tests.contacts.measured.measuring import followed, measured
from tests.tracking.factories import START, make_campaign, make_contact
from tracking.counting import recount

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO, YES, LAPSED = Measured.NO, Measured.YES, Measured.LAPSED
LATER = START + DAY


@pytest.fixture
def contacts(group):
    """Due at START, in the next hours, and never."""
    return [
        *(make_contact(group, scheduled_at=START + hours * HOUR) for hours in (0, 2, 4)),
        make_contact(group, scheduled_at=None),
    ]


def change(campaign, now, mode, field="tracking_mode"):
    services.update_campaign(campaign_id=campaign.id, changes={field: mode}, now=now)


@pytest.mark.parametrize("field", ["tracking_mode", "never_asked"])
def test_who_is_not_due_yet_follows_and_the_others_stay_in_the_rates(campaign, contacts, field):
    change(campaign, START + HOUR, "off", field)
    assert followed(*contacts, now=START + HOUR) == [LAPSED, NO, NO, NO]
    change(campaign, START + 3 * HOUR, None, field)
    assert followed(*contacts, now=START + 3 * HOUR) == [LAPSED, NO, YES, YES]


def test_who_falls_due_before_contacts_follow_gets_what_held_then(campaign, contacts):
    change(campaign, START + HOUR, "off")
    change(campaign, START + 3 * HOUR, None)
    change(campaign, START + 5 * HOUR, "off")
    change(campaign, START + 6 * HOUR, None)
    assert followed(*contacts, now=LATER) == [LAPSED, NO, LAPSED, YES]


def test_who_agreed_is_not_concerned_by_what_holds_for_the_others(campaign, group):
    ann = make_contact(group, email="ann@example.com", scheduled_at=LATER)
    agree(ann, now=START)
    change(campaign, START + HOUR, "off", "never_asked")
    assert followed(ann, now=START + HOUR) == [YES]


def test_other_changes_concern_no_contact(campaign, contacts):
    services.update_campaign(campaign_id=campaign.id, changes={"name": "Other"}, now=LATER)
    assert not FormerModes.objects.exists()
    assert not Campaign.objects.filter(measuring_since__isnull=False).exists()


def test_a_change_that_was_interrupted_goes_on_where_it_stopped(campaign, contacts, monkeypatch):
    monkeypatch.setattr(changed_modes, "CHUNK", 1)
    change(campaign, START + HOUR, "off")
    assert not follow_modes(now=LATER, steps=1)
    assert measured(*contacts) == [LAPSED, NO, YES, YES]
    monkeypatch.setattr(recount.facts, "contacts", lambda ids: pytest.fail("died"))
    with pytest.raises(pytest.fail.Exception):
        follow_modes(now=LATER)
    monkeypatch.undo()
    monkeypatch.setattr(changed_modes, "CHUNK", 1)
    assert measured(*contacts) == [LAPSED, NO, YES, YES]
    assert not take_step(campaign.id, now=LATER)
    assert measured(*contacts) == [LAPSED, NO, NO, NO]
    assert follow_modes(now=LATER)
    assert not take_step(campaign.id, now=LATER)


def test_another_change_meanwhile_has_all_follow_from_the_first_on(campaign, contacts, monkeypatch):
    monkeypatch.setattr(changed_modes, "CHUNK", 1)
    change(campaign, START + HOUR, "off")
    assert not follow_modes(now=START + HOUR, steps=1)
    change(campaign, START + 3 * HOUR, None)
    assert followed(*contacts, now=LATER) == [LAPSED, NO, YES, YES]


@pytest.mark.parametrize("setting", ["TRACKING_MODE", "NEVER_ASKED"])
def test_the_installation_concerns_all_campaigns(contacts, settings, setting):
    other = make_contact(make_campaign("Summer").groups.first(), scheduled_at=LATER)
    note_installation(now=START - DAY)
    assert not Campaign.objects.filter(measuring_since__isnull=False).exists()
    setattr(settings, setting, "off")
    note_installation(now=START + HOUR)
    setattr(settings, setting, "individual")
    note_installation(now=START + 3 * HOUR)
    note_installation(now=START + 4 * HOUR)
    assert FormerModes.objects.count() == 2
    assert followed(*contacts, other, now=LATER) == [LAPSED, NO, YES, YES, YES]


def test_the_first_start_with_a_narrower_setting_concerns_who_is_not_due_yet(contacts, settings):
    settings.NEVER_ASKED = "off"
    note_installation(now=START + HOUR)
    assert followed(*contacts, now=START + HOUR) == [LAPSED, NO, NO, NO]
