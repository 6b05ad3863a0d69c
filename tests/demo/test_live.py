"""Opens that arrive while the demo runs: when, and of demo contacts only."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from threading import Thread

import pytest

import campaigns.services
from campaigns.models import Campaign, Contact
from contacts.change import erase_contact
from demo import live as demo_live
from demo import mail
from demo.live import Coming, LiveDemo
from demo.management.commands.seed_demo import create
from foundation.shutdown import Stop
from tracking.models import Pixel

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
BASE = "http://127.0.0.1:8000"


def small(plan):
    return replace(plan, groups=tuple(replace(g, contacts=40) for g in plan.groups))


def make_demo(plan, **changes):
    plan = replace(small(plan), **changes)
    people = mail.people(plan, random=Random(1), now=NOW)
    create(plan, people, now=NOW)
    return people


@pytest.fixture
def sale():
    """The people of a campaign that is being sent."""
    return make_demo(mail.PLANS["sale"])


def opened_contact(sale):
    """A contact whose mail was sent and did not bounce."""
    return Contact.objects.get(uuid=sale[0].recipient.uuid)


def player(*, loads, clock=lambda: NOW, seconds=math.inf, **changes):
    """A LiveDemo that keeps its requests and does not wait."""
    return LiveDemo(
        BASE,
        rate=changes.pop("rate", 1e9),
        seconds=seconds,
        stop=changes.pop("stop", Stop()),
        say=changes.pop("say", lambda sentence: None),
        load=changes.pop("load", lambda url, agent: loads.append((url, agent))),
        clock=clock,
    )


def test_the_opens_to_come_are_those_of_the_plan_after_now(sale):
    coming = demo_live.openings_to_come(now=NOW)
    planned = [visit.at for p in sale for visit in mail.visits(p.recipient) if visit.at > NOW]

    assert [opening.at for opening in coming] == sorted(planned)
    assert demo_live.openings_to_come(now=LATER) == []


def test_every_pixel_of_a_mail_is_loaded_with_the_same_client():
    person, *_ = make_demo(mail.PLANS["news"])
    opening = Coming(NOW, person.recipient.uuid, person.recipient.scheduled_at, "Thunderbird")
    loads = []
    live = player(loads=loads)
    live.run([opening])

    pixels = Pixel.objects.filter(contact_id=person.recipient.uuid).order_by("number")
    assert loads == [(f"{BASE}/pixel/{pixel.uuid}.gif", "Thunderbird") for pixel in pixels]
    assert (len(loads), live.opened) == (2, 1)


def test_nobody_opens_a_mail_before_it_is_sent(sale):
    due = {p.recipient.uuid for p in sale if p.recipient.scheduled_at <= NOW}
    coming = demo_live.openings_to_come(now=NOW)
    not_yet = [opening for opening in coming if opening.contact_id not in due]
    assert not_yet
    loads, left = [], len(coming) - len(not_yet)
    stop = Stop()

    def load(url, agent):
        loads.append(url)
        if len(loads) == left:
            stop.set()

    player(loads=loads, load=load, stop=stop).run(coming)

    assert coming == not_yet
    pixels = {f"{BASE}/pixel/{pixel.uuid}.gif": pixel.contact_id for pixel in Pixel.objects.all()}
    assert {pixels[url] for url in loads} <= due


def test_it_ends_after_the_last_open(sale):
    loads = []
    player(loads=loads, clock=lambda: LATER).run(demo_live.openings_to_come(now=NOW))

    assert len(loads) > 20


def test_it_ends_in_time(sale):
    loads = []
    player(loads=loads, seconds=0).run(demo_live.openings_to_come(now=NOW))

    assert loads == []


# --- Whose mail is never opened ------------------------------------------------------------------


def rename_campaign(contact):
    campaigns.services.update_campaign(
        campaign_id=contact.campaign_id, changes={"name": "Autumn sale"}, now=NOW
    )


def archive_campaign(contact):
    campaigns.services.archive_campaign(campaign_id=contact.campaign_id, now=NOW)


def change_address(contact):
    contact.email, contact.email_domain = "ann@shop.com", "shop.com"
    contact.save()


def change_address_to_one_of_the_demo_s_domains(contact):
    contact.email, contact.email_domain = "ann@gmail.example", "gmail.example"
    contact.save()


def change_address_behind_the_domain_s_back(contact):
    contact.email = "ann@shop.com"
    contact.save()


def change_external_id(contact):
    contact.external_id = "crm-1"
    contact.save()


def bounce(contact):
    contact.not_sent_at, contact.not_sent_reason = NOW, "bounced"
    contact.save()


def erase(contact):
    erase_contact(contact_id=contact.uuid, now=NOW)


def send_later(contact):
    contact.scheduled_at = LATER
    contact.save()


@pytest.mark.parametrize(
    "change",
    [
        rename_campaign,
        archive_campaign,
        change_address,
        change_address_to_one_of_the_demo_s_domains,
        change_address_behind_the_domain_s_back,
        change_external_id,
        bounce,
        erase,
        send_later,
    ],
    ids=lambda change: change.__name__,
)
def test_a_contact_that_is_changed_while_the_demo_runs_is_not_opened(sale, change):
    contact = opened_contact(sale)
    opening = Coming(NOW, contact.uuid, contact.scheduled_at, "Thunderbird")
    assert demo_live.pixels_to_load(contact.uuid, now=NOW)
    change(contact)

    loads = []
    live = player(loads=loads)
    live.run([opening])

    assert loads == []
    assert live.opened == 0


def test_a_real_contact_in_a_demo_campaign_is_never_opened(sale):
    group_id = opened_contact(sale).group_id
    campaign = Campaign.objects.get()
    before = len(demo_live.openings_to_come(now=NOW))
    for number, domain in enumerate(("shop.com", "gmail.example")):
        contact = Contact.objects.create(
            campaign=campaign,
            group_id=group_id,
            scheduled_at=NOW - timedelta(hours=1),
            email=f"ann@{domain}",
            email_hash=str(number),
            email_domain=domain,
            external_id=f"crm-{number}",
        )
        Pixel.objects.create(contact=contact, number=1)
        assert demo_live.pixels_to_load(contact.uuid, now=NOW) == []

    assert len(demo_live.openings_to_come(now=NOW)) == before


# --- A server that is away -----------------------------------------------------------------------


@pytest.fixture
def _no_waiting(monkeypatch):
    monkeypatch.setattr(demo_live, "WAIT_SECONDS", 0)


@pytest.mark.usefixtures("_no_waiting")
@pytest.mark.parametrize("failures", [2, 3, 10])
def test_it_waits_for_the_server_and_says_so_once(sale, failures):
    contact = opened_contact(sale)
    loads, said = [], []

    def load(url, agent):
        loads.append(url)
        if len(loads) <= failures:
            raise ConnectionRefusedError

    live = player(loads=loads, load=load, say=said.append)
    live.run([Coming(NOW, contact.uuid, contact.scheduled_at, "Thunderbird")])

    waited = [
        f"Live demo: waiting for {BASE} (ConnectionRefusedError).",
        f"Live demo: going on with {BASE}.",
    ]
    assert said == (waited if failures >= 3 else [])
    assert (len(loads), live.opened) == (failures + 1, 1)


@pytest.mark.usefixtures("_no_waiting")
def test_it_stops_when_the_server_stops_answering(sale):
    contact, stop = opened_contact(sale), Stop()

    def load(url, agent):
        stop.set()
        raise ConnectionRefusedError

    live = player(loads=[], load=load, stop=stop)
    live.run([Coming(NOW, contact.uuid, contact.scheduled_at, "Thunderbird")])

    assert live.opened == 0


class Door(BaseHTTPRequestHandler):
    """Answers with the status in the path and keeps the user agents."""

    seen = []

    def do_GET(self):
        self.seen.append((self.path, self.headers["User-Agent"]))
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def door():
    with HTTPServer(("127.0.0.1", 0), Door) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_image_is_asked_for_as_the_mail_client(door):
    demo_live.load_image(f"{door}/200", "Outlook-iOS/1")

    assert Door.seen[-1] == ("/200", "Outlook-iOS/1")


def test_an_answer_without_an_image_counts_as_an_unreachable_server(door):
    with pytest.raises(demo_live.AWAY):
        demo_live.load_image(f"{door}/502", "Outlook-iOS/1")
