"""When a campaign will be decided, as expected before slots are fixed."""

import pytest

from campaigns.roles import Role
from reports.verdict.expected import expected_decision
from tests.reporting import campaign_report
from tests.reports.verdict.campaigns import DAY, HOUR, MINUTE, opened, pass_time, send
from tests.tracking.factories import START, make_campaign

pytestmark = pytest.mark.django_db
BEFORE = START - DAY


@pytest.fixture
def campaign():
    return make_campaign()


def change(campaign, **values):
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.save()


def expected(campaign, now=BEFORE):
    return expected_decision(campaign, now=now)


@pytest.mark.parametrize("age", [240, 4_320])
@pytest.mark.parametrize("cut_off", [None, 3 * HOUR, 9 * HOUR])
def test_it_is_the_moment_in_the_report_once_slots_are_fixed(campaign, age, cut_off):
    change(campaign, decision_age=age, cut_off_at=cut_off and START + cut_off)
    for group in campaign.groups.all():
        send(group, 60, over=5 * HOUR)
    before = expected(campaign)
    assert not before.is_fixed
    assert campaign_report(campaign_id=campaign.id, now=BEFORE).decides_at == before.at
    fixed = START + HOUR
    pass_time(fixed)
    assert campaign_report(campaign_id=campaign.id, now=fixed).decides_at == before.at
    assert expected(campaign, fixed)[:2] == (None, True)


def test_a_contact_long_after_the_end_does_not_delay_it(campaign):
    for group in campaign.groups.all():
        send(group, 60)
    late = campaign.groups.first()
    send(late, 1, at=campaign.end_at + 90 * DAY)
    assert expected(campaign).at <= campaign.end_at + 4 * DAY


def test_without_two_scheduled_variants_only_a_cut_off_gives_a_moment(campaign):
    first, second = campaign.groups.all()
    send(first, 10)
    assert expected(campaign)[:2] == (None, False)
    change(campaign, cut_off_at=START + DAY)
    assert expected(campaign).at == START + 4 * DAY + 4 * MINUTE
    first.archived_at = START
    first.save()
    assert expected(campaign).at == START + 4 * DAY + 4 * MINUTE
    second.role, second.single_role = Role.REST, Role.REST
    second.save()
    assert expected(campaign)[:2] == (None, False)


@pytest.mark.parametrize("contacts", [0, 60])
def test_a_cut_off_gives_no_moment_for_fewer_than_two_groups(campaign, contacts):
    change(campaign, cut_off_at=START + DAY)
    first, second = campaign.groups.all()
    second.archived_at = START - 2 * DAY
    second.save()
    if contacts:
        send(first, contacts)
    assert expected(campaign)[:2] == (None, False)
    assert campaign_report(campaign_id=campaign.id, now=BEFORE).decides_at is None


def test_a_past_cut_off_gives_no_moment_for_later_contacts(campaign):
    change(campaign, cut_off_at=START + DAY)
    assert expected(campaign, START + DAY)[:2] == (None, False)


@pytest.mark.parametrize("cut_off", [None, START + DAY])
@pytest.mark.parametrize(("groups", "promised"), [(20, True), (21, False)])
def test_for_too_many_groups_there_is_no_moment(cut_off, groups, promised):
    campaign = make_campaign("Many", groups=groups)
    change(campaign, cut_off_at=cut_off)
    for group in campaign.groups.all():
        send(group, 2)
    found = expected(campaign)
    assert (found.at is not None, found.groups) == (promised, groups)


def test_nothing_is_expected_of_what_is_decided(campaign):
    for group in campaign.groups.all():
        send(group, 200)
    for moment in (START + HOUR, START + 4 * DAY):
        pass_time(moment)
    assert campaign_report(campaign_id=campaign.id, now=START + 4 * DAY).decides_at is None


def test_a_report_before_anything_is_fixed_takes_twelve_queries(
    campaign, django_assert_max_num_queries
):
    change(campaign, cut_off_at=START + HOUR)
    for group in campaign.groups.all():
        contacts = send(group, 60, over=5 * HOUR)
        opened(contacts[:5], after=MINUTE)
    pass_time(START + 30 * MINUTE)
    with django_assert_max_num_queries(12):
        campaign_report(campaign_id=campaign.id, now=START + 30 * MINUTE)
