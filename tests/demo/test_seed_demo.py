"""The demo data in the database, and what the command says where it can't make any."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from campaigns.models import Campaign, Contact, Group
from contacts.schedules.winner import waiting_rests
from demo import baskets, mail
from demo.live import openings_to_come
from demo.management.commands import seed_demo
from reports.report import report_subject
from reports.verdict.states import State
from tests.reporting import campaign_report
from tracking.models import (
    CampaignSlots,
    LastDay,
    Open,
    Pixel,
    SharedLoadsByHour,
    SharedPixel,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fewer_contacts(monkeypatch):
    plans = tuple(
        replace(plan, groups=tuple(replace(g, contacts=g.contacts // 10) for g in plan.groups))
        for plan in mail.CAMPAIGNS
    )
    monkeypatch.setattr(mail, "CAMPAIGNS", plans)


@pytest.fixture(autouse=True)
def _no_usages(monkeypatch):
    """Usages of discounts are made, and tested, separately."""
    plans = tuple(replace(plan, baskets_a_day=0) for plan in baskets.CAMPAIGNS)
    monkeypatch.setattr(baskets, "CAMPAIGNS", plans)


@pytest.fixture
def _one_campaign(monkeypatch):
    monkeypatch.setattr(mail, "CAMPAIGNS", mail.CAMPAIGNS[:1])


def seed(**options):
    output = io.StringIO()
    call_command("seed_demo", stdout=output, **options)
    return output.getvalue()


@time_machine.travel(datetime(2026, 11, 27, 15, tzinfo=UTC))
def test_an_empty_database_gets_campaigns_with_opens_that_add_up():
    # By day: nobody opens at night what was just sent.
    said = seed()

    assert Campaign.objects.count() == 14
    assert Group.objects.count() == 29
    assert Contact.objects.count() == 1870
    assert Contact.objects.filter(not_sent_reason="bounced").count() > 10
    assert Contact.objects.filter(scheduled_at__gt=timezone.now()).count() > 100
    assert Pixel.objects.count() == 1870 + 300
    assert CampaignSlots.objects.count() == 13
    loads = SharedLoadsByHour.objects.aggregate(all=Sum("loads"))["all"]
    assert f"1,870 contacts, {Open.objects.count() + loads:,} loaded pixels" in said
    call_command("audit_counters", stdout=io.StringIO())
    measuring = Campaign.objects.filter(tracking_mode__isnull=True)
    for campaign in measuring.filter(start_at__lt=timezone.now()):
        report = campaign_report(campaign_id=campaign.id, now=timezone.now())
        assert report.totals.unique_opens > 5


def test_the_verdict_is_stored_before_any_ingest_process_has_run(monkeypatch):
    monkeypatch.setattr(mail, "CAMPAIGNS", [mail.PLANS["webinar"]])
    seed()
    campaign = Campaign.objects.get()

    assert report_subject(campaign.id).as_of is not None
    verdict = campaign_report(campaign_id=campaign.id, now=timezone.now()).verdict
    assert verdict.state is State.FLIPS_WITHOUT_MACHINE_OPENS


def test_of_the_partners_letter_about_half_may_be_measured(monkeypatch):
    monkeypatch.setattr(mail, "CAMPAIGNS", [mail.PLANS["partners"]])
    seed()
    totals = campaign_report(campaign_id=Campaign.objects.get().id, now=timezone.now()).totals
    assert (totals.contacts - totals.sent, totals.mailed.lapsed) == (0, 0)
    assert totals.mailed.measured / totals.sent == pytest.approx(0.5, abs=0.01)
    assert totals.open_rate == pytest.approx(0.345, abs=0.05)
    unmeasured = set(Contact.objects.filter(measured=0).values_list("uuid", flat=True))
    assert not unmeasured & {one.contact_id for one in openings_to_come(now=timezone.now())}
    assert not Open.objects.filter(contact_id__in=unmeasured).exists()


def test_groups_that_share_a_pixel_show_loads_and_nobody(monkeypatch):
    monkeypatch.setattr(mail, "CAMPAIGNS", [mail.PLANS["visit"]])
    said = seed()
    report = campaign_report(campaign_id=Campaign.objects.get().id, now=timezone.now())
    loads = [sum(kinds.values()) for kinds in report.shared.by_group.values()]
    assert len(loads) == 2
    assert min(loads) > 30
    # Those of today are not shown.
    counted = SharedLoadsByHour.objects.aggregate(all=Sum("loads"))["all"]
    assert sum(loads) <= counted
    assert f"300 contacts, {counted:,} loaded pixels" in said
    assert report.totals.mailed.measured == 0
    assert not Open.objects.exists()
    assert openings_to_come(now=timezone.now()) == []


def test_of_club_members_the_day_of_the_last_open_is_kept_alone(monkeypatch):
    monkeypatch.setattr(mail, "CAMPAIGNS", [mail.PLANS["club"]])
    seed()
    assert 50 < LastDay.objects.count() < 100
    assert not Open.objects.exists()
    assert not SharedPixel.objects.exists()


def test_where_nobody_is_measured_nothing_is_loaded(monkeypatch):
    monkeypatch.setattr(mail, "CAMPAIGNS", [mail.PLANS["terms"]])
    assert "150 contacts, 0 loaded pixels" in seed()
    assert not LastDay.objects.exists()


def test_a_rest_waits_for_the_winner_and_is_opened_by_nobody(monkeypatch):
    monkeypatch.setattr(mail, "CAMPAIGNS", [mail.PLANS["offer"]])
    seed()
    [rest] = waiting_rests(limit=2)
    assert not rest.contacts.filter(due_at__isnull=False).exists()
    assert not Open.objects.filter(group_id=rest.id).exists()
    waiting = set(rest.contacts.values_list("uuid", flat=True))
    assert not waiting & {one.contact_id for one in openings_to_come(now=timezone.now())}


@pytest.mark.usefixtures("_one_campaign")
def test_a_database_with_campaigns_is_not_changed():
    seed()
    opens = Open.objects.count()

    with pytest.raises(CommandError, match="empty database"):
        seed()
    assert seed(if_empty=True) == ""
    assert (Campaign.objects.count(), Open.objects.count()) == (1, opens)


@pytest.mark.usefixtures("_one_campaign")
def test_the_same_seed_gives_the_same_contacts():
    seed(seed=7)
    first = {c.uuid: (c.email, c.name) for c in Contact.objects.all()}
    for model in (Open, Pixel, CampaignSlots, Contact, Group, Campaign):
        model.objects.all().delete()
    seed(seed=7)

    assert {c.uuid: (c.email, c.name) for c in Contact.objects.all()} == first


def test_live_ends_at_once_without_a_demo():
    assert seed(live=True) == "Live demo: no open of a demo contact is left to come.\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rate": 0}, "--rate must be above 0 and at most 10"),
        ({"rate": 11}, "--rate must be above 0 and at most 10"),
        ({"rate": float("nan")}, "--rate must be above 0 and at most 10"),
        ({"minutes": 0}, "--minutes must be above 0"),
        ({"minutes": float("inf")}, "--minutes must be above 0"),
        ({"url": "shop"}, "--url must be an address such as"),
        ({"url": "ftp://127.0.0.1"}, "--url must be an address such as"),
        ({"url": "http://127.0.0.1:x"}, "--url must be an address such as"),
    ],
)
def test_live_says_what_it_cannot_do(options, sentence):
    with pytest.raises(CommandError, match=sentence):
        seed(live=True, **options)


def test_the_next_run_completes_what_a_killed_one_began(monkeypatch, _one_campaign):
    def die(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(seed_demo, "seed_discounts", die)
        seed(if_empty=True)
    assert (Campaign.objects.count(), Contact.objects.count(), Open.objects.count()) == (0, 0, 0)

    assert "Demo data: 1 campaigns" in seed(if_empty=True)
    assert Open.objects.exists()
