"""Rows that repeat a contact of the same file have a count of their own."""

import pytest

from contacts.imports import preview as import_preview
from contacts.imports import run as import_run
from contacts.imports.outcome import outcome
from contacts.imports.prepare import ImportOptions
from contacts.imports.preview import read_upload
from tests.contacts.imports.importing import figures, run
from tests.mailings import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
TWICE = (
    "email\nann@example.com\nbob@example.com\nANN@example.com\nbob@example.com\nann@example.com\n"
)


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_repeated_rows_are_counted_whatever_the_chunks(start, monkeypatch, chunk):
    monkeypatch.setattr(import_run, "CHUNK", chunk)
    job = run(start(TWICE))
    assert (figures(job), job.repeated) == ((2, 0, 0), 3)
    assert "2 created, 0 unchanged, 3 repeated in the file, 0 rejected." in outcome(job)


def test_contacts_that_were_there_before_are_unchanged_however_often_they_come(take_in):
    take_in("email\nann@example.com\n")
    job = take_in(TWICE)
    assert (figures(job), job.repeated) == ((1, 3, 0), 1)


def test_the_preview_names_repeated_rows(upload, group):
    seen = read_upload(upload(TWICE))
    options = ImportOptions(default_group=group.id)
    rows = import_preview.preview(seen, options=options, now=NOW).rows
    assert [row.fate for row in rows] == ["new", "new", "repeated", "repeated", "repeated"]
