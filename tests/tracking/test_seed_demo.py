"""The demo data in the database."""

import io
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns.models import Campaign, Contact, Group
from tracking import demo
from tracking.models import CampaignLaunch, Open, Pixel
from tracking.queries import campaign_report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fewer_contacts(monkeypatch):
    plans = tuple(
        replace(plan, groups=tuple(replace(g, contacts=g.contacts // 10) for g in plan.groups))
        for plan in demo.CAMPAIGNS
    )
    monkeypatch.setattr(demo, "CAMPAIGNS", plans)


def seed(**options):
    output = io.StringIO()
    call_command("seed_demo", stdout=output, **options)
    return output.getvalue()


def test_an_empty_database_gets_campaigns_with_opens_that_add_up():
    said = seed()

    assert Campaign.objects.count() == 3
    assert Group.objects.count() == 7
    assert Contact.objects.count() == 510
    assert Pixel.objects.count() == 510 + 240
    assert CampaignLaunch.objects.count() == 3
    assert f"510 contacts, {Open.objects.count():,} loaded pixels" in said
    call_command("audit_counters", stdout=io.StringIO())
    for campaign in Campaign.objects.all():
        report = campaign_report(campaign_id=campaign.id, now=timezone.now())
        assert report.totals.unique_opens > 5


def test_a_database_with_campaigns_is_left_alone():
    seed()
    opens = Open.objects.count()

    with pytest.raises(CommandError, match="empty database"):
        seed()
    assert seed(if_empty=True) == ""
    assert (Campaign.objects.count(), Open.objects.count()) == (3, opens)


def test_the_same_seed_gives_the_same_contacts():
    seed(seed=7)
    first = {c.uuid: (c.email, c.name) for c in Contact.objects.all()}
    for model in (Open, Pixel, CampaignLaunch, Contact, Group, Campaign):
        model.objects.all().delete()
    seed(seed=7)

    assert {c.uuid: (c.email, c.name) for c in Contact.objects.all()} == first
