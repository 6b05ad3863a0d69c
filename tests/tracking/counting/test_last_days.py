"""In the mode `last_day` one day per person is kept, and nothing else."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection

from campaigns import services
from campaigns.models import NotSentReason
from campaigns.modes import LAST_DAY_PURPOSE, Measured, Mode
from consent.courses import Course, Limit, Limits, limit_of_hits
from consent.modes import CLOCKS, Dropped
from consent.queries import person_of, subject_of
from contacts.change import change_contact, erase_contact
from contacts.person.forgetting import forget_contacts
from contacts.pixels.merge_list import merge_rows
from foundation.errors import InvalidInput
from tests.consent.deciding import tables_with, withdraw
from tests.tracking.factories import (
    LONG_BEFORE,
    SCANNER,
    START,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record
from tracking.models import ContactOpens, GroupVersion, LastDay, Open, Pixel, UserAgent
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGENT = "Quaint/7.5 (of a person)"
NETWORK = "198.51.100.0/24"


def turn_on(campaign, *, field="tracking_mode", now=LONG_BEFORE):
    return services.update_campaign(
        campaign_id=campaign.id, changes={field: "last_day"}, now=now, last_day_confirmed=True
    )


@pytest.fixture
def ann(group):
    turn_on(group.campaign)
    return make_contact(group, email="ann@example.com", pixels=2)


def days():
    return dict(LastDay.objects.values_list("person", "day"))


def day_of(contact):
    return days().get(person_of(subject_of(contact)))


def test_the_day_is_kept_under_the_hash_of_the_address(ann):
    outcome = record([make_hit(ann)])
    assert days() == {ann.email_hash: date(2026, 3, 2)}
    assert (outcome.recorded, +outcome.dropped) == (0, {Dropped.NOT_MEASURED: 1})


def test_nothing_else_is_kept(ann, group):
    before = GroupVersion.objects.get(group_id=group.id).version
    hit = make_hit(ann, agent=AGENT, network=NETWORK)
    record([hit])
    assert tables_with(AGENT, NETWORK, hit.event_id) == set()
    assert {field.name for field in LastDay._meta.fields} == {"person", "day"}
    for model in (Open, ContactOpens, UserAgent):
        assert not model.objects.exists()
    assert GroupVersion.objects.get(group_id=group.id).version == before
    assert list(audit.find_differences().lines()) == []


def test_a_later_day_overwrites_an_earlier_one_whatever_comes_first(ann):
    hits = [make_hit(ann, after=n * DAY, pixel=n % 2) for n in (1, 3, 2)]
    record(hits)
    assert day_of(ann) == date(2026, 3, 5)
    for again in (hits[:1], hits):
        record(again)
        assert list(days().values()) == [date(2026, 3, 5)]


def test_a_person_has_one_day_over_all_campaigns(ann):
    other = make_campaign("Summer")
    turn_on(other)
    again = make_contact(other.groups.first(), email="ANN@example.com")
    record([make_hit(ann), make_hit(again, after=DAY)])
    assert days() == {ann.email_hash: date(2026, 3, 3)}


def test_days_are_those_of_the_project(ann, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    record([make_hit(ann, after=8 * HOUR)])
    assert day_of(ann) == date(2026, 3, 3)


def test_a_machine_is_no_sign_of_a_person(ann):
    record([make_hit(ann, agent=SCANNER)])
    assert days() == {}


def test_a_test_contact_is_nobody(group):
    turn_on(group.campaign)
    test = make_contact(
        group, scheduled_at=None, not_sent_at=START, not_sent_reason=NotSentReason.TEST
    )
    record([make_hit(test)])
    assert days() == {}


@pytest.mark.parametrize("after", [9 * DAY, -80 * DAY])
def test_an_impossible_time_is_no_day(ann, after):
    record([make_hit(ann, after=after)], now=START + DAY)
    assert days() == {}


def test_without_a_given_moment_the_future_is_impossible_too(ann):
    with time_machine.travel(START + DAY):
        record([make_hit(ann, after=9 * DAY)])
    assert days() == {}


# --- Modes --------------------------------------------------------------------------------------


def test_who_refused_has_no_day(ann):
    withdraw(ann, now=START)
    outcome = record([make_hit(ann)])
    assert (days(), +outcome.dropped) == ({}, {Dropped.WITHDRAWN: 1})


@pytest.mark.parametrize("mode", ["off", "shared"])
def test_a_narrower_mode_keeps_no_day(ann, campaign, mode):
    services.update_campaign(campaign_id=campaign.id, changes={"never_asked": mode}, now=START)
    record([make_hit(ann)])
    assert days() == {}


def test_in_the_mode_individual_no_day_is_kept_beside_the_open(group):
    record([make_hit(make_contact(group))])
    assert (days(), Open.objects.count()) == ({}, 1)


def test_a_wider_mode_does_not_reach_back(ann, campaign):
    services.update_campaign(campaign_id=campaign.id, changes={"tracking_mode": "off"}, now=START)
    turn_on(campaign, now=START + 2 * HOUR)
    late = make_contact(campaign.groups.first(), email="bo@example.com", scheduled_at=None)
    record([make_hit(ann, after=2 * HOUR), make_hit(late, after=2 * HOUR)])
    assert days() == {}
    record([make_hit(late, after=2 * HOUR + CLOCKS)])
    assert day_of(late) == date(2026, 3, 2)
    # Her mail was due when nothing was allowed.
    record([make_hit(ann, after=3 * HOUR)])
    assert day_of(ann) is None


def test_a_decision_that_comes_between_two_looks_is_heard(ann, monkeypatch):
    resolving = record.__globals__["user_agents"].resolve

    def resolve(agents, **options):
        found = resolving(agents, **options)
        withdraw(ann, now=START)
        return found

    monkeypatch.setattr(record.__globals__["user_agents"], "resolve", resolve)
    record([make_hit(ann)])
    assert days() == {}


def test_the_e_mail_carries_the_contacts_own_pixels(ann, campaign):
    [row] = merge_rows(campaign.id)
    assert set(row.pixels.values()) == set(Pixel.objects.values_list("uuid", flat=True))


def test_such_a_contact_is_in_no_rate(ann):
    assert Measured(ann.__class__.objects.get(uuid=ann.uuid).measured) is Measured.NO


@pytest.mark.parametrize("mode", list(Mode))
def test_the_mode_of_the_due_time_limits_what_comes_later(mode):
    wide = Limits(Limit(Mode.INDIVIDUAL, Mode.INDIVIDUAL))
    then = Limit(mode, Mode.INDIVIDUAL)
    course = Course(wide, Limits(wide.current, [(START + HOUR, then)]))
    assert limit_of_hits(START, course, now=START + DAY) == mode


# --- Erasing and moving -------------------------------------------------------------------------


def test_erasing_a_contact_forgets_the_day_of_its_address(ann, group):
    bob = make_contact(group, email="bob@example.com")
    record([make_hit(ann), make_hit(bob)])
    erase_contact(contact_id=ann.uuid, now=START + DAY)
    assert list(days()) == [bob.email_hash]
    record([make_hit(ann, after=2 * DAY)])
    assert list(days()) == [bob.email_hash]


def test_another_address_is_another_person(ann):
    record([make_hit(ann)])
    change_contact(contact_id=ann.uuid, changes={"email": "new@example.com"}, now=START + DAY)
    assert days() == {ann.email_hash: date(2026, 3, 2)}


def test_nobody_has_the_day_of_mails_that_went_to_another_address(ann):
    change_contact(contact_id=ann.uuid, changes={"email": "new@example.com"}, now=START + DAY)
    record([make_hit(ann, after=2 * DAY)])
    assert days() == {}


# --- Turning it on ------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["tracking_mode", "never_asked"])
def test_it_is_confirmed_what_it_is_for(campaign, field):
    with pytest.raises(InvalidInput) as refused:
        services.update_campaign(campaign_id=campaign.id, changes={field: "last_day"}, now=START)
    assert refused.value.code == "not_confirmed"
    assert LAST_DAY_PURPOSE in refused.value.detail
    turn_on(campaign, field=field)


def test_what_is_on_needs_no_confirmation_again(campaign):
    turn_on(campaign)
    services.update_campaign(campaign_id=campaign.id, changes={"name": "Other"}, now=START)


def test_a_new_campaign_is_confirmed_too():
    values = {"name": "Late", "start_at": START, "end_at": START + DAY, "never_asked": "last_day"}
    with pytest.raises(InvalidInput):
        services.create_campaign(created_by=None, values=values)
    services.create_campaign(created_by=None, values=values, last_day_confirmed=True)


def test_keeping_days_costs_as_many_queries_however_many_there_are(group):
    turn_on(group.campaign)
    contacts = [make_contact(group, email=f"n{n}@example.com") for n in range(12)]
    costs = []
    for some in (contacts[:1], contacts):
        queries = []

        def watch(execute, sql, params, many, context, queries=queries):
            queries.append(sql)
            return execute(sql, params, many, context)

        hits = [make_hit(contact, after=DAY) for contact in some]
        with connection.execute_wrapper(watch):
            record(hits)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_forgetting_deletes_the_day_and_no_load_brings_it_back(ann):
    record([make_hit(ann)])
    now = START + 2 * DAY
    assert forget_contacts(contact_ids=[ann.pk], now=now) == 1
    assert days() == {}
    outcome = record([make_hit(ann, after=DAY)])
    assert (days(), +outcome.dropped) == ({}, {Dropped.FORGOTTEN: 1})


def test_restoring_a_forgetting_deletes_the_day_too(ann):
    record([make_hit(ann)])
    forget_contacts(contact_ids=[ann.pk], now=START, is_replayed=True)
    assert days() == {}
