"""Whatever happens, and in whatever order: nothing wider is kept than was allowed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from campaigns import services
from campaigns.modes import Mode, is_wider, narrowest
from consent.decisions import record_decisions
from consent.installation import note_installation
from consent.models import Way
from consent.modes import CLOCKS, Answer, Audience
from consent.queries import person_of, subject_of
from consent.weighing import Report, Source
from contacts.change import change_contact
from contacts.measured.changed_modes import follow_modes
from contacts.measured.decided import follow_decisions
from foundation.personal_data.hashes import read_email_hash
from tests.consent.worlds import CAMPAIGN, DUE, EVENTS, NAMES, TELLING, World
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tests.tracking.sharing import load
from tracking.counting.record import record
from tracking.models import LastDay, Open, SharedLoad, SharedPixel

pytestmark = pytest.mark.django_db
ADDRESSES = ("ann@example.com", "ann@work.example")


class Site:
    """The same history, lived through on the database."""

    def __init__(self, *, due_at):
        self.campaign = make_campaign()
        self.group = self.campaign.groups.get(number=1)
        self.contact = make_contact(self.group, email=ADDRESSES[0], scheduled_at=due_at)
        self.was_opened = False
        self.shared = {
            audience: SharedPixel.objects.create(
                group=self.group, audience=audience, created_at=self.contact.created_at
            )
            for audience in Audience
        }
        note_installation(now=self.contact.created_at)

    def happen(self, what, number, value, *, now, site_settings):
        if what in NAMES:
            field = "tracking_mode" if what == "tracking" else "never_asked"
            if number == CAMPAIGN:
                services.update_campaign(
                    campaign_id=self.campaign.id,
                    changes={field: value.value},
                    now=now,
                    last_day_confirmed=True,
                )
            else:
                setattr(site_settings, field.upper(), value.value)
                note_installation(now=now)
        elif what == "move":
            self.move(number, now)
        elif what == "wait":
            pass
        elif what == "follow":
            follow_decisions(now=now)
            follow_modes(now=now)
        else:
            answer, ago, is_proven = value if what == "import" else (value, 0, False)
            self.tell(number, answer, now - timedelta(seconds=ago), is_proven, now)

    def tell(self, person, answer, decided_at, is_proven, now):
        report = Report(
            read_email_hash(ADDRESSES[person]),
            None,
            answer,
            decided_at,
            text="A text." if answer == Answer.GRANTED else "",
            proof="form" if is_proven else "",
        )
        record_decisions([report], source=Source(Way.API), now=now)

    def move(self, person, now):
        change_contact(contact_id=self.contact.uuid, changes={"email": ADDRESSES[person]}, now=now)
        self.contact.refresh_from_db()

    def hit(self, at, now):
        """The widest of what is kept of a hit, and the audiences of whom a load is."""
        LastDay.objects.all().delete()
        own = make_hit(self.contact, after=at - START)
        loads = {who: load(pixel.uuid, after=at - START) for who, pixel in self.shared.items()}
        record([own, *loads.values()], now=now)
        kept = Mode.OFF
        if LastDay.objects.exists():
            assert list(LastDay.objects.values_list("person", flat=True)) == [
                person_of(subject_of(self.contact))
            ]
            kept = Mode.LAST_DAY
        if Open.objects.filter(event_id=own.event_id).exists():
            kept = Mode.INDIVIDUAL
        counted = set(SharedLoad.objects.values_list("event_id", flat=True))
        return kept, {who for who, one in loads.items() if one.event_id in counted}


def _never_wider(events, *, due_at, site_settings, folder):
    site_settings.CONSENT_JOURNAL = folder / f"{uuid4()}.journal"
    site_settings.TRACKING_MODE = site_settings.NEVER_ASKED = Mode.INDIVIDUAL.value
    world, lived = World(due_at=due_at), Site(due_at=due_at)
    for what, number, value in events:
        if what != "hit":
            world.happen(what, number, value)
            lived.happen(what, number, value, now=world.now, site_settings=site_settings)
            continue
        at = world.now - timedelta(seconds=number)
        moments = (at - CLOCKS, world.now)
        kept, audiences = lived.hit(at, world.now)
        assert not is_wider(kept, narrowest(*map(world.allowed_to_all, moments)))
        # A day that may be another person's is nobody's.
        assert kept != Mode.LAST_DAY or world.mailed == [world.person]
        if not lived.was_opened:
            # Whoever was opened before is measured.
            assert not is_wider(kept, world.allowed_when_due())
        lived.was_opened |= kept == Mode.INDIVIDUAL
        if Audience.ANYBODY in audiences:
            assert narrowest(*map(world.allowed_unanswered, moments)) != Mode.OFF
        if Audience.AGREED in audiences:
            agreed = [world.allowed(moment, word=Answer.GRANTED) for moment in moments]
            assert narrowest(*agreed) != Mode.OFF


def _in_a_transaction(events, due_at, site_settings, folder):
    with transaction.atomic():
        _never_wider(events, due_at=due_at, site_settings=site_settings, folder=folder)
        transaction.set_rollback(True)


# The fixtures are made once for all examples, which leave nothing in the database.
SHARED_FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize(("events", "due_at"), TELLING)
def test_nothing_wider_is_kept_where_chance_seldom_leads(settings, tmp_path, events, due_at):
    _in_a_transaction(events, due_at, settings, tmp_path)


@given(EVENTS, DUE)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=SHARED_FIXTURES)
def test_nothing_wider_is_kept_than_was_allowed(settings, tmp_path, events, due_at):
    _in_a_transaction(events, due_at, settings, tmp_path)


@pytest.mark.soak
@given(EVENTS, DUE)
@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=SHARED_FIXTURES)
def test_nothing_wider_is_kept_in_three_hundred_histories(settings, tmp_path, events, due_at):
    _in_a_transaction(events, due_at, settings, tmp_path)
