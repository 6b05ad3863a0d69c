"""Whatever takes several locks takes them in the order of docs/architecture.md.

Looked at are the statements, so that an order shows that no other transaction meets in the tests:
rows that are selected for update, those that are written, and those that a new row's foreign keys
share.
"""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from campaigns.models import Campaign, Draw, ForgottenPeople, Group
from campaigns.roles import Role
from campaigns.services import update_campaign
from consent import journal
from consent.asking.services import ask
from consent.installation import note_installation
from consent.models import ConsentState, Decision, GonePerson, PersonConsent
from consent.page.visit import withdraw as withdraw_by_link
from consent.proofs import remove_proofs
from consent.queries import subject_of
from contacts.change import change_contact, erase_contact
from contacts.create import create_contacts
from contacts.fields import DRAW
from contacts.measured.changed_modes import follow_modes
from contacts.measured.decided import follow_decisions
from contacts.opened.resent import mark_resent
from contacts.person.erasing import erase_person
from contacts.person.forgetting import forget_contacts
from contacts.replay import replay_journals
from contacts.schedules.winner import schedule_rest
from tests.consent.deciding import agree, withdraw
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.counting.tables import TABLES
from tracking.models import IngestLock

pytestmark = pytest.mark.django_db(transaction=True)
ORDER = [
    {Draw, Campaign, Group},
    {IngestLock},
    {ConsentState},
    {GonePerson, Decision, PersonConsent},
]
RANKS = {model._meta.db_table: rank for rank, some in enumerate(ORDER) for model in some}
INGEST_LOCK = IngestLock._meta.db_table
COUNTERS = {table.model._meta.db_table for table in TABLES.values()}
WRITES = re.compile(r"(INSERT(?: IGNORE| OR IGNORE)? INTO|UPDATE|DELETE FROM)\s+[`\"]?(\w+)")
MODELS = {model._meta.db_table: model for model in apps.get_models()}


class Watch:
    """What the open transaction has locked, and which locks came too late."""

    def __init__(self):
        self.held, self.wrong, self.seen = [], [], set()

    def begin(self):
        self.held = []

    def lock(self, table):
        if table in COUNTERS and INGEST_LOCK not in self.held:
            self.wrong.append(f"{table} without the ingest lock")
        if table not in RANKS or table in self.held:
            return
        later = [held for held in self.held if RANKS[held] > RANKS[table]]
        if later:
            self.wrong.append(f"{table} after {', '.join(later)}")
        self.held.append(table)
        self.seen.add(table)

    def statement(self, execute, sql, *arguments):
        if found := WRITES.match(sql.lstrip()):
            verb, table = found.groups()
            if verb.startswith("INSERT"):
                for parent in parents(table):
                    self.lock(parent)
            self.lock(table)
        return execute(sql, *arguments)


def parents(table):
    """The tables that a new row's foreign keys lead to, if the database checks them."""
    fields = MODELS[table]._meta.concrete_fields if table in MODELS else ()
    keys = [field for field in fields if field.remote_field and field.db_constraint]
    return [field.related_model._meta.db_table for field in keys]


@pytest.fixture
def watched(monkeypatch):
    @contextmanager
    def watched():
        watch = Watch()
        enter, select = transaction.Atomic.__enter__, SQLCompiler.execute_sql

        def begin(self):
            if not connection.in_atomic_block:
                watch.begin()
            enter(self)

        def select_and_note(self, *arguments, **named):
            if self.query.select_for_update:
                watch.lock(self.query.get_meta().db_table)
            return select(self, *arguments, **named)

        with monkeypatch.context() as patch, connection.execute_wrapper(watch.statement):
            patch.setattr(transaction.Atomic, "__enter__", begin)
            patch.setattr(SQLCompiler, "execute_sql", select_and_note)
            yield watch

    return watched


@pytest.fixture
def group():
    return make_campaign().groups.get(number=1)


@pytest.fixture
def ann(group):
    ann = make_contact(group, email="ann@example.com", external_id="crm-1")
    record([make_hit(ann)])
    return ann


def move(ann):
    """To another address, which a no and askings follow."""
    withdraw(ann)
    ask([subject_of(ann)], campaign_id=ann.campaign_id, now=timezone.now())
    change_contact(contact_id=ann.pk, changes={"email": "ann@example.org"}, now=timezone.now())


def erase_in_two_campaigns(ann):
    other = make_contact(make_campaign("Autumn").groups.first(), email="ann@example.com")
    record([make_hit(other)])
    withdraw(ann)
    erase_person("ann@example.com", now=timezone.now(), proof_years=5)


def erase_a_former_person(ann):
    move(ann)
    erase_person("ann@example.com", now=timezone.now(), proof_years=5)


def remove_the_proof(ann):
    agree(ann)
    now = timezone.now()
    erase_contact(contact_id=ann.pk, now=now)
    assert remove_proofs(now=now + timedelta(days=5000), years=5) == 1


def create_drawn(ann):
    Group.objects.filter(campaign=ann.campaign_id).update(planned_share=50)
    rows = [{"campaign": ann.campaign_id, "group": DRAW, "email": f"{n}@b.org"} for n in range(3)]
    results = create_contacts(contacts=rows, now=timezone.now(), pixels_per_contact=1)
    assert not any(result.errors for result in results)


def narrow(ann):
    update_campaign(campaign_id=ann.campaign_id, changes={"never_asked": "off"}, now=timezone.now())
    assert follow_modes(now=timezone.now())


def repeat(ann):
    withdraw(ann)
    erase_person("ann@example.com", now=timezone.now(), proof_years=5)
    ConsentState.objects.update(number=0)
    ann.save()
    replay_journals([journal.path()])


def give_the_rest(ann):
    rest = Group.objects.create(
        campaign=ann.campaign, number=9, name="Rest", name_key="rest", role=Role.REST
    )
    make_contact(rest, scheduled_at=None, due_at=None)
    now = START + timedelta(days=1)
    Group.objects.filter(pk=rest.pk).update(
        winner=ann.group, winner_chosen_at=now, winner_start_at=now
    )
    assert schedule_rest(rest_id=rest.pk, now=now)


OPERATIONS = [
    move,
    erase_in_two_campaigns,
    erase_a_former_person,
    remove_the_proof,
    create_drawn,
    narrow,
    repeat,
    give_the_rest,
    lambda ann: record([make_hit(ann)]),
    lambda ann: forget_contacts(contact_ids=[ann.pk], now=timezone.now()),
    lambda ann: withdraw_by_link(ann, now=timezone.now()),
    lambda ann: (withdraw(ann), follow_decisions(now=timezone.now())),
    lambda ann: note_installation(now=timezone.now()),
    lambda ann: mark_resent(
        campaign_id=ann.campaign_id, contact_ids=[ann.pk], now=START + timedelta(days=1)
    ),
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_order_is_kept(watched, ann, operation):
    with watched() as watch:
        operation(ann)
    assert watch.wrong == []
    assert watch.seen


def test_another_order_is_found(watched, ann):
    with watched() as watch, transaction.atomic():
        list(ConsentState.objects.select_for_update())
        list(IngestLock.objects.select_for_update())
        list(ConsentState.objects.select_for_update())
    assert watch.wrong == ["tracking_ingestlock after consent_consentstate"]


def test_a_key_to_a_campaign_that_the_database_checks_would_be_found(watched, ann):
    with watched() as watch, transaction.atomic():
        list(IngestLock.objects.select_for_update())
        ForgottenPeople.objects.create(campaign=ann.campaign, people=1)
        assert watch.wrong == []
        make_contact(ann.group)
    assert "campaigns_campaign after tracking_ingestlock" in watch.wrong
