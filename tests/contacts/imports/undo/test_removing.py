"""Undoing an import: what goes, what stays, when it is refused, and how it goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from campaigns import services
from campaigns.models import (
    Contact,
    ContactDraw,
    ContactImport,
    DrawStratum,
    ImportedContact,
    ImportState,
)
from campaigns.roles import Role
from consent.models import Asked, Decision, FormerPerson, GonePerson, PersonConsent
from contacts.change import change_contact, erase_contact
from contacts.imports import leases, prepare
from contacts.imports.outcome import outcome, progress
from contacts.imports.prepare import ImportOptions
from contacts.imports.undo import removing
from contacts.imports.undo.terms import foresee_undo, may_be_undone
from contacts.not_sent import mark_not_sent
from foundation.errors import InvalidInput, NotFound
from foundation.personal_data.hashes import read_email_hash
from tests.contacts.imports.importing import figures, run
from tests.contacts.imports.undo.undoing import LATER, assert_counted, file_of, go_on, undo
from tests.mailings import NOW
from tests.tracking.factories import make_hit
from tracking.counting import record
from tracking.models import ContactsByDueMinute, LastDay, Pixel

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
DUE = datetime.fromisoformat(LATER)


class Killed(BaseException):
    pass


def emails():
    return sorted(contact.email.split("@")[0] for contact in Contact.objects.all())


def refused(job, *, now=NOW):
    with pytest.raises(InvalidInput) as error:
        undo(job, now=now)
    assert error.value.code == "not_undoable"
    return error.value.detail


# --- What goes and what stays -------------------------------------------------------------------


def test_contacts_and_pixels_that_it_made_go_and_those_of_before_stay(take_in):
    before = take_in(file_of(["ann", "bob"]))
    job = take_in(file_of(["bob", "cleo", "dan", "dan"]), pixels_per_contact=2)
    assert (figures(job), job.repeated) == ((2, 1, 0), 1)
    undo(job)
    assert (job.state, job.removed, job.finished_at) == (ImportState.UNDONE, 2, NOW)
    assert outcome(job) == "2 contacts were removed, with their pixels."
    assert emails() == ["ann", "bob"]
    assert Pixel.objects.count() == before.created
    assert not ImportedContact.objects.filter(contact_import=job).exists()
    assert ContactsByDueMinute.objects.get().contacts == 2
    assert_counted()


def test_the_same_file_can_be_imported_again_afterwards(take_in):
    undo(take_in(file_of(["ann", "bob"])))
    assert figures(take_in(file_of(["ann", "bob"]))) == (2, 0, 0)
    assert_counted()


def test_contacts_that_came_otherwise_are_not_its_own(take_in, make_contact):
    job = take_in(file_of(["ann"]))
    make_contact(email="zoe@example.com")
    undo(job)
    assert emails() == ["zoe"]


@pytest.mark.parametrize("state", [ImportState.STOPPED, ImportState.FAILED])
def test_an_import_that_stopped_half_way_can_be_undone(take_in, state):
    job = take_in(file_of(["ann"]))
    ContactImport.objects.filter(id=job.id).update(state=state)
    assert undo(job).removed == 1


def test_changed_marked_and_erased_contacts_go_with_their_counts(take_in):
    job = take_in(file_of(["ann", "bob", "cleo"]))
    ann, bob, cleo = Contact.objects.order_by("created_at")
    change_contact(contact_id=ann.pk, changes={"email": "anna@example.com"}, now=NOW)
    mark_not_sent(campaign_id=job.campaign_id, contact_ids=[bob.pk], reason="bounced", now=NOW)
    erase_contact(contact_id=cleo.pk, now=NOW)
    assert_counted()
    undo(job)
    assert job.removed == 3
    assert not Contact.objects.exists()
    assert not FormerPerson.objects.exists()
    assert_counted()


def test_who_was_erased_before_being_due_never_keeps_an_import(take_in):
    job = take_in(file_of(["ann"]))
    erase_contact(contact_id=Contact.objects.get().pk, now=NOW)
    assert undo(job, now=DUE + timedelta(days=1)).removed == 1
    assert_counted()


# --- Decisions ----------------------------------------------------------------------------------


def test_decisions_stay_and_their_proof_begins_to_expire(take_in):
    job = take_in(
        f"email,scheduled_at,consent_opens\nann@example.com,{LATER},no\nbob@example.com,{LATER},\n",
        may_decide=True,
    )
    ann = read_email_hash("ann@example.com")
    Asked.objects.create(person=ann, campaign_id=job.campaign_id, asked_at=NOW)
    LastDay.objects.create(person=ann, day=NOW.date())
    undo(job)
    assert Decision.objects.get().person == PersonConsent.objects.get().person == ann
    assert GonePerson.objects.get().person == ann
    assert not Asked.objects.exists()
    assert not LastDay.objects.exists()
    assert_counted()
    # Who refused stays unmeasured when the address comes again.
    take_in(file_of(["ann"]))
    assert Contact.objects.get().measured == 0
    assert_counted()


def test_a_person_with_a_contact_elsewhere_is_not_gone(
    take_in, make_campaign, make_group, make_contact
):
    job = take_in(
        f"email,scheduled_at,consent_opens\nann@example.com,{LATER},no\n", may_decide=True
    )
    other = make_group(make_campaign("Other"))
    make_contact(campaign=other.campaign_id, group=other.id, email="ann@example.com")
    LastDay.objects.create(person=read_email_hash("ann@example.com"), day=NOW.date())
    undo(job)
    assert not GonePerson.objects.exists()
    assert LastDay.objects.exists()


# --- Refusals -----------------------------------------------------------------------------------


def test_it_is_refused_once_a_contact_fell_due(take_in):
    job = take_in(file_of(["ann"]) + f"bob@example.com,{'2026-03-02T13:00:00Z'}\n")
    due = datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert "has fallen due" in refused(job, now=due)
    assert undo(job, now=due - timedelta(seconds=1)).removed == 2


def test_it_is_refused_once_a_control_group_held_a_mail_back(take_in, group, make_group, campaign):
    control = services.create_group(
        campaign_id=campaign.id, values={"number": 2, "name": "None", "role": Role.CONTROL}
    )
    job = take_in(file_of(["ann"]), default_group=control.id)
    assert Contact.objects.get().due_at is None
    assert "has fallen due" in refused(job, now=DUE)
    assert undo(job).removed == 1


def test_it_is_refused_once_a_contact_was_opened(take_in):
    job = take_in("email\nann@example.com\n")
    record.record([make_hit(Contact.objects.get(), after=timedelta())])
    assert "was opened already" in refused(job)


def test_it_is_refused_while_it_runs_and_once_it_is_undone(start, take_in):
    job = start(file_of(["ann"]))
    assert "stop it first" in refused(job)
    run(job)
    undo(job)
    assert "undone already" in refused(job)
    with pytest.raises(NotFound):
        removing.start_undo(import_id=0, enqueue=print, now=NOW)


def test_it_is_refused_beside_another_import_and_in_an_archived_campaign(take_in, start, campaign):
    job = take_in(file_of(["ann"]))
    other = start(file_of(["bob"]))
    assert "Another import" in refused(job)
    run(other)
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    assert "archived" in refused(job)


def test_it_is_refused_where_nothing_is_known_to_be_its_own(take_in):
    """As imports of before it was kept which contacts they made."""
    job = take_in(file_of(["ann"]))
    ImportedContact.objects.all().delete()
    assert "made no contact" in refused(job)


def test_no_import_begins_beside_an_undoing(take_in, upload, group):
    job = take_in(file_of(["ann"]))
    ContactImport.objects.filter(id=job.id).update(state=ImportState.UNDOING)
    options = ImportOptions(default_group=group.id)
    waiting = upload(file_of(["ann"]))
    with pytest.raises(InvalidInput) as error:
        prepare.start_import(import_id=waiting.id, options=options, enqueue=print, now=NOW)
    assert error.value.code == "being_undone"
    go_on(job)
    prepare.start_import(import_id=waiting.id, options=options, enqueue=[].append, now=NOW)


def test_what_would_go_is_foreseen(take_in):
    job = take_in(file_of(["ann", "bob"]), pixels_per_contact=3)
    found = foresee_undo(job, now=NOW)
    assert (found.contacts, found.pixels, found.refusal, found.listed_at) == (2, 6, "", None)
    assert may_be_undone(job)
    assert not may_be_undone(undo(job))


# --- Cut off, and in between --------------------------------------------------------------------


@pytest.fixture
def _small_batches(monkeypatch):
    monkeypatch.setattr(removing, "BATCH", 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_small_batches")
def test_one_that_was_killed_goes_on_with_what_is_left(take_in, monkeypatch):
    job = take_in(file_of([f"p{n}" for n in range(10)]))
    note, calls = removing.note_all_gone, []

    def die_at_the_third(*args, **call):
        calls.append(1)
        if len(calls) == 3:
            raise Killed
        return note(*args, **call)

    monkeypatch.setattr(removing, "note_all_gone", die_at_the_third)
    with pytest.raises(Killed):
        undo(job)
    job.refresh_from_db()
    assert (job.state, job.removed, progress(job)) == (ImportState.UNDOING, 6, 60)
    assert outcome(job) == "6 of 10 contacts are removed so far."
    assert_counted()
    assert go_on(job).state == ImportState.UNDOING, "its lease is still held"
    queued = []
    later = NOW + timedelta(seconds=61)
    assert removing.resume_undos(enqueue=queued.append, now=NOW) == 0
    assert removing.resume_undos(enqueue=queued.append, now=later) == 1
    assert queued == [job.id]
    go_on(job, now=later)
    assert (job.state, job.removed) == (ImportState.UNDONE, 10)
    assert not Contact.objects.exists()
    assert_counted()


@pytest.mark.django_db(transaction=True)
def test_one_that_dies_again_and_again_fails_and_can_be_undone_once_more(take_in, monkeypatch):
    job = take_in(file_of(["ann"]))
    removing.start_undo(import_id=job.id, enqueue=[].append, now=NOW)
    now = NOW
    with monkeypatch.context() as patched:
        patched.setattr(removing, "_remove", lambda *_, **__: 1 / 0)
        for _ in range(leases.MOST_ATTEMPTS):
            with pytest.raises(ZeroDivisionError):
                go_on(job, now=now)
            now += timedelta(seconds=61)
            removing.resume_undos(enqueue=[].append, now=now)
    job.refresh_from_db()
    assert (job.state, emails()) == (ImportState.FAILED, ["ann"])
    assert "Undo it again" in outcome(job)
    assert undo(job).removed == 1


@pytest.mark.usefixtures("_small_batches")
def test_who_falls_due_or_is_opened_meanwhile_stays_and_is_counted(take_in):
    soon = NOW + timedelta(minutes=5)
    job = take_in(file_of(["ann", "bob"]) + f"cleo@example.com,{soon.isoformat()}\n")
    removing.start_undo(import_id=job.id, enqueue=[].append, now=NOW)
    ann = next(contact for contact in Contact.objects.all() if contact.email[0] == "a")
    record.record([make_hit(ann, after=NOW - ann.scheduled_at + timedelta(minutes=1))])
    go_on(job, now=soon)
    assert (job.state, job.removed, emails()) == (ImportState.UNDONE, 1, ["ann", "cleo"])
    assert outcome(job) == (
        "1 contact was removed, with their pixels. "
        "2 contacts stay: due or opened before undoing came to them."
    )
    assert not ImportedContact.objects.exists()
    assert_counted()


def test_a_load_that_comes_afterwards_is_of_nobody(take_in):
    job = take_in(file_of(["ann"]))
    hit = make_hit(Contact.objects.get())
    undo(job)
    assert record.record([hit]).dropped["unknown"] == 1
    assert_counted()


# --- Draws --------------------------------------------------------------------------------------


@pytest.fixture
def groups(campaign, group, make_group):
    return [group, make_group(campaign, 2)]


def sizes(groups):
    return [Contact.objects.filter(group=group).count() for group in groups]


def test_a_campaign_is_drawn_anew_after_all_of_its_draws_were_undone(take_in, groups, campaign):
    job = take_in(file_of([f"p{n}" for n in range(7)]), default_group=None)
    seed = campaign.draw.seed
    undo(job)
    assert not ContactDraw.objects.exists()
    campaign.draw.refresh_from_db()
    assert campaign.draw.seed != seed
    take_in(file_of([f"p{n}" for n in range(8)]), default_group=None)
    assert sizes(groups) == [4, 4]
    assert sorted(ContactDraw.objects.values_list("place", flat=True)) == list(range(1, 9))


def test_groups_keep_their_shares_however_many_imports_are_undone(take_in, groups):
    for n in range(6):
        kept = take_in(file_of([f"kept{n}-{m}" for m in range(3)]), default_group=None)
        undo(take_in(file_of([f"gone{n}-{m}" for m in range(7)]), default_group=None))
        one, other = sizes(groups)
        assert (one + other, kept.created) == (3 * (n + 1), 3)
        assert abs(one - other) <= 2
    one, other = sizes(groups)
    assert DrawStratum.objects.latest("id").begun_with == {"1": one, "2": other}
    take_in(file_of(["a", "b", "c", "d"]), default_group=None)
    assert abs(sizes(groups)[0] - sizes(groups)[1]) <= 1


# --- What the database holds --------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"state": "paused"}, {"removed": 2}])
def test_the_database_refuses_unknown_states_and_more_removed_than_made(take_in, wrong):
    job = take_in(file_of(["ann"]))
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactImport.objects.filter(id=job.id).update(**wrong)
