"""Imports are stopped and undone while others count, import and add, on the real database."""

from datetime import timedelta
from threading import Event

import pytest

from campaigns.models import Contact, ContactImport, ImportState
from contacts.imports import prepare
from contacts.imports import run as import_run
from contacts.imports.prepare import ImportOptions
from contacts.imports.stopping import stop_import
from contacts.imports.undo import removing
from contacts.pixels.services import create_pixel
from foundation.errors import InvalidInput
from tests.contacts.imports.undo.undoing import assert_counted, file_of
from tests.mailings import NOW
from tests.threads import meeting, run_together
from tests.tracking.factories import make_hit
from tracking.counting import record
from tracking.models import ContactOpens, Pixel

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = [f"p{n}" for n in range(30)]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(removing, "BATCH", 4)
    monkeypatch.setattr(import_run, "CHUNK", 5)


@pytest.fixture
def job(take_in):
    return take_in(file_of(PEOPLE))


def begin(job):
    removing.start_undo(import_id=job.id, enqueue=[].append, now=NOW)


def remove(job):
    return lambda: removing.run_undo(import_id=job.id, clock=lambda: NOW)


def test_loads_that_are_counted_meanwhile_keep_their_contact_or_are_nobodys(job):
    hits = [
        make_hit(contact, after=NOW - contact.scheduled_at + timedelta(minutes=1))
        for contact in Contact.objects.order_by("created_at")
    ]
    begin(job)
    count = [lambda hit=hit: record.record([hit]) for hit in hits]
    assert run_together(remove(job), lambda: [one() for one in reversed(count)]) == []
    job.refresh_from_db()
    left = set(Contact.objects.values_list("uuid", flat=True))
    assert left == set(ContactOpens.objects.values_list("contact_id", flat=True))
    assert (job.state, job.removed) == (ImportState.UNDONE, len(PEOPLE) - len(left))
    assert_counted()


def test_of_two_workers_one_undoes(job):
    begin(job)
    assert run_together(remove(job), remove(job)) == []
    job.refresh_from_db()
    assert (job.state, job.removed) == (ImportState.UNDONE, len(PEOPLE))
    assert_counted()


def test_a_pixel_that_is_added_meanwhile_goes_too_or_is_refused(job):
    contacts = list(Contact.objects.values_list("uuid", flat=True))
    begin(job)
    refused = []

    def add():
        for contact_id in contacts:
            try:
                create_pixel(contact_id=contact_id, number=2)
            except InvalidInput as error:
                refused.append(error.errors)

    assert run_together(remove(job), add) == []
    assert all(errors.keys() == {"contact"} for errors in refused)
    assert not Pixel.objects.exists()
    assert not Contact.objects.exists()


def test_of_an_undoing_and_another_import_that_begin_at_once_one_is_refused(
    job, upload, group, monkeypatch, vendor
):
    """Both look at the other before either is stored, if nothing keeps them apart."""
    if vendor == "sqlite":
        pytest.skip("SQLite's write lock keeps two writers apart")
    other = upload(file_of(["p1", "zoe"]))
    monkeypatch.setattr(removing, "refusal_of", meeting(removing.refusal_of))
    monkeypatch.setattr(prepare, "_refuse_beside_undoing", meeting(prepare._refuse_beside_undoing))

    def start():
        options = ImportOptions(default_group=group.id)
        prepare.start_import(import_id=other.id, options=options, enqueue=[].append, now=NOW)

    [error] = run_together(lambda: begin(job), start)
    assert isinstance(error, InvalidInput)
    assert error.code in ("not_undoable", "being_undone")
    states = set(ContactImport.objects.values_list("state", flat=True))
    assert states in ({"undoing", "uploaded"}, {"finished", "waiting"})


def test_an_import_that_is_stopped_while_it_runs_has_what_it_says(start, monkeypatch):
    job = start(file_of(PEOPLE))
    store, is_under_way = import_run._store, Event()

    def store_and_tell(*args):
        done = store(*args)
        is_under_way.set()
        return done

    monkeypatch.setattr(import_run, "_store", store_and_tell)

    def stop():
        assert is_under_way.wait(timeout=30)
        stop_import(import_id=job.id, now=NOW)

    run = lambda: import_run.run_import(import_id=job.id, clock=lambda: NOW)  # noqa: E731
    errors = run_together(run, stop)
    job.refresh_from_db()
    assert all(isinstance(error, InvalidInput) for error in errors)
    assert job.state == (ImportState.FINISHED if errors else ImportState.STOPPED)
    assert Contact.objects.count() == job.created > 0
    assert_counted()
