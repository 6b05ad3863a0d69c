"""Each campaign of the demo shows its verdict, whenever the demo is made."""

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from campaigns.models import Campaign
from demo import baskets
from demo.live import openings_to_come
from reports.verdict.states import State
from reports.verdict.storing import store_verdicts
from tests.contradictions import contradictions
from tests.reporting import campaign_report
from tracking.counting import record
from tracking.hits.event_log import Hit
from tracking.models import Pixel

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

SHOWN = {
    "Product news": (State.BETTER, "Question as subject is better: opened at least 1."),
    "Members' letter": (State.NO_DIFFERENCE_WORTH_ACTING_ON, "No difference worth acting on: "),
    "Customer survey": (State.DECIDED_OPEN, "Decided: no clear difference. If there is one, "),
    "Partners' letter": (State.DECIDED_OPEN, "Decided: no clear difference. If there is one, "),
    "Webinar invitation": (
        State.FLIPS_WITHOUT_MACHINE_OPENS,
        "With an attachment leads only when machine opens are counted",
    ),
    "Spring offer": (State.BETTER, "Free delivery is likely better so far: opened sooner, "),
    "Cart reminder": (State.SENT_APART, "At noon and In the evening were not sent to at the same"),
    "Trade fair": (State.GROUPS_UNBALANCED, "Too different shares of the groups were marked after"),
    "Back in stock": (State.PROMISING, "With a picture is ahead, but this could still be chance"),
    "Weekend sale": (State.TOO_EARLY, "Too early: "),
    "Autumn catalogue": (State.TOO_EARLY, "Too early: "),
    "Open day": (State.TOO_EARLY, ""),
    "Club news": (State.TOO_EARLY, ""),
    "Change of terms": (State.TOO_EARLY, ""),
}
# Whatever the hour: on a day on which clocks jump, and where a month or a year ends.
MOMENTS = [
    datetime(2026, 3, 29, 12, tzinfo=UTC),
    pytest.param(datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC), marks=pytest.mark.soak),
    pytest.param(datetime(2026, 3, 10, 3, 17, 5, tzinfo=UTC), marks=pytest.mark.soak),
    pytest.param(datetime(2026, 12, 31, 12, tzinfo=UTC), marks=pytest.mark.soak),
]


@pytest.fixture(autouse=True)
def _no_discounts(monkeypatch):
    monkeypatch.setattr(baskets, "CAMPAIGNS", ())


def seed():
    call_command("seed_demo", stdout=io.StringIO())


def verdicts():
    reports = (
        campaign_report(campaign_id=campaign.id, now=timezone.now())
        for campaign in Campaign.objects.all()
    )
    return {report.campaign.name: report.verdict for report in reports}


def states():
    return {name: verdict.state for name, verdict in verdicts().items()}


def record_opens_since(moment):
    """Records at once what has been opened since then."""
    pixels = dict(Pixel.objects.filter(number=1).values_list("contact_id", "uuid"))
    coming = [one for one in openings_to_come(now=moment) if one.at < timezone.now()]
    record.record([Hit(uuid4(), one.at, pixels[one.contact_id], one.agent) for one in coming])
    return len(coming)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_each_campaign_shows_its_verdict_when_the_demo_is_made_and_hours_later(now, admin_client):
    with time_machine.travel(now, tick=False) as traveller:
        seed()
        found = verdicts()
        assert contradictions(admin_client) == []
        traveller.shift(timedelta(hours=3))
        assert record_opens_since(now) > 100
        record.note_complete(moment=timezone.now())
        store_verdicts(now=timezone.now())
        later = states()
        assert contradictions(admin_client) == []
    assert {name: one.state for name, one in found.items()} == {
        name: state for name, (state, _) in SHOWN.items()
    }
    assert later == {name: state for name, (state, _) in SHOWN.items()}
    assert {n: v.text for n, v in found.items() if not v.text.startswith(SHOWN[n][1])} == {}
    stops = {name: [stop.text for stop in one.stops] for name, one in found.items() if one.stops}
    said = "Stop Addresses from the fair: more of its mails bounce, 7.2% against 1.2%."
    assert stops == {"Trade fair": [said]}
    assert (found["Product news"].confirmed, found["Spring offer"].preliminary) == (True, True)
