"""Stopping an import: while it waits, while it runs, and after its worker died."""

from datetime import timedelta

import pytest

from campaigns.models import Contact, ContactImport, ImportPiece, ImportState
from contacts.imports import prepare, stored_files
from contacts.imports import run as import_run
from contacts.imports.outcome import outcome
from contacts.imports.stopping import stop_import
from foundation.errors import InvalidInput, NotFound
from tests.contacts.imports.importing import figures, run
from tests.mailings import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
FILE = "email\n" + "".join(f"p{n:02}@example.com\n" for n in range(60))


def stop(job, *, now=NOW):
    stop_import(import_id=job.id, now=now)
    job.refresh_from_db()
    return job


@pytest.fixture
def _small_chunks(monkeypatch):
    monkeypatch.setattr(import_run, "CHUNK", 10)


@pytest.fixture
def stopped_after(monkeypatch):
    """Stops an import from elsewhere once so many of its chunks are committed."""

    def stopped_after(job, chunks):
        settle, settled = import_run._settle, []

        def settle_and_stop(*args):
            goes_on = settle(*args)
            settled.append(1)
            if len(settled) == chunks:
                stop(job)
            return goes_on

        monkeypatch.setattr(import_run, "_settle", settle_and_stop)
        return run(job)

    return stopped_after


@pytest.mark.usefixtures("_small_chunks")
def test_a_running_import_stops_between_two_chunks_and_says_how_far_it_came(start, stopped_after):
    job = stopped_after(start(FILE), 2)
    assert (job.state, figures(job), job.finished_at) == (ImportState.STOPPED, (20, 0, 0), NOW)
    assert Contact.objects.count() == 20
    assert outcome(job) == (
        "Stopped after 20 of about 59 rows: 20 created, 0 unchanged, 0 rejected. "
        "What was imported stays."
    )
    assert not ImportPiece.objects.exists()


def test_one_that_waits_never_starts(start):
    job = run(stop(start(FILE)))
    assert (job.state, figures(job)) == (ImportState.STOPPED, (0, 0, 0))
    assert outcome(job) == "Stopped before a row was read: nothing was imported."
    prepare.clear_away(now=NOW)
    assert not ImportPiece.objects.exists()


def test_one_whose_worker_died_is_not_resumed(start):
    job = start(FILE)
    ContactImport.objects.filter(id=job.id).update(state=ImportState.RUNNING, lease_holder=None)
    stop(job)
    queued = []
    prepare.requeue_lapsed(enqueue=queued.append, now=NOW + timedelta(hours=1))
    assert queued == []
    assert run(job).state == ImportState.STOPPED


@pytest.mark.usefixtures("_small_chunks")
def test_a_file_that_is_dropped_under_a_worker_ends_it_quietly(start, stopped_after, monkeypatch):
    monkeypatch.setattr(stored_files, "PIECE_BYTES", 64)
    job = start(FILE)
    read = stored_files.read_pieces

    def dropped_on_the_way(job, *, offset):
        for n, piece in enumerate(read(job, offset=offset)):
            if n == 5:
                stop(job)
                prepare.clear_away(now=NOW)
            yield piece

    monkeypatch.setattr(prepare, "read_pieces", dropped_on_the_way)
    assert run(job).state == ImportState.STOPPED
    assert Contact.objects.count() == job.created < 60


def test_a_gap_in_the_file_of_a_running_import_is_an_error(start):
    job = start(FILE)
    ImportPiece.objects.all().delete()
    with pytest.raises(ImportPiece.DoesNotExist):
        run(job)


def test_stopping_twice_changes_nothing(start):
    job = stop(start(FILE))
    assert stop(job, now=NOW + timedelta(minutes=1)).finished_at == NOW


def test_only_what_waits_or_runs_can_be_stopped(upload, take_in):
    for job in (upload(FILE), take_in(FILE)):
        with pytest.raises(InvalidInput) as error:
            stop(job)
        assert error.value.code == "not_running"
    with pytest.raises(NotFound):
        stop_import(import_id=job.id + 1, now=NOW)
    assert ContactImport.objects.filter(state=ImportState.STOPPED).count() == 0


def test_a_stop_between_claiming_and_reading_is_heeded(start, monkeypatch):
    job = start(FILE)
    reader = import_run.row_reader

    def stop_first(job):
        stop(job)
        return reader(job)

    monkeypatch.setattr(import_run, "row_reader", stop_first)
    run(job)
    assert (job.state, Contact.objects.count()) == (ImportState.STOPPED, 0)
