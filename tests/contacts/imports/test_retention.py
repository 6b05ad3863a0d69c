"""Rejected rows of an import are kept for 30 days and then deleted."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from campaigns.models import ContactImport, ImportState, RejectedRow
from contacts.imports import retention as import_retention
from contacts.imports.retention import forget_rejected
from tests.admin_pages import text_of
from tests.mailings import NOW

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)


@pytest.fixture
def make_import(campaign):
    def make(*, ended, state=ImportState.FINISHED, rows=3, began=NOW):
        job = ContactImport.objects.create(
            campaign=campaign,
            file_name="ann-lee.csv",
            state=state,
            rejected=rows,
            lease_until=began,
            created_at=began,
            finished_at=ended,
        )
        RejectedRow.objects.bulk_create(
            RejectedRow(contact_import=job, line=n, value="ann@", reason="No address.")
            for n in range(2, rows + 2)
        )
        return job

    return make


def kept(job):
    job.refresh_from_db()
    return job.file_name, job.rejected_rows.count()


@pytest.mark.parametrize("state", [ImportState.FINISHED, ImportState.FAILED])
def test_rejected_rows_and_the_files_name_go_after_30_days(make_import, state):
    old = make_import(ended=NOW - MONTH - SECOND, state=state)
    young = make_import(ended=NOW - MONTH, state=state)
    forget_rejected(now=NOW)
    assert (kept(old), kept(young)) == (("", 0), ("ann-lee.csv", 3))
    # How many there were stays.
    assert (old.rejected, old.forgotten_at, young.forgotten_at) == (3, NOW, None)


def test_an_unfinished_import_keeps_everything_however_old(make_import):
    running = [
        make_import(ended=None, state=state, began=NOW - 2 * MONTH)
        for state in (ImportState.WAITING, ImportState.RUNNING)
    ]
    forget_rejected(now=NOW)
    assert [kept(job) for job in running] == [("ann-lee.csv", 3)] * 2


def test_a_half_discarded_import_keeps_no_file_name(make_import):
    discarded = make_import(ended=None, state=ImportState.FAILED, rows=0, began=NOW - 2 * MONTH)
    forget_rejected(now=NOW)
    assert kept(discarded) == ("", 0)


def test_many_rows_are_deleted_in_chunks(make_import, monkeypatch):
    monkeypatch.setattr(import_retention, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(import_retention, "BATCHES_AT_ONCE", 3)
    many, few = (make_import(ended=NOW - 2 * MONTH, rows=rows) for rows in (9, 1))
    seen = []
    for _ in range(4):
        seen.append((kept(many), kept(few)))
        forget_rejected(now=NOW)
    assert seen == [
        (("ann-lee.csv", 9), ("ann-lee.csv", 1)),
        (("ann-lee.csv", 3), ("ann-lee.csv", 1)),
        (("ann-lee.csv", 0), ("ann-lee.csv", 1)),
        (("", 0), ("ann-lee.csv", 0)),
    ]
    assert kept(few) == ("", 0)


def test_the_imports_page_says_how_long_rejected_values_are_kept(admin_client, make_import):
    job = make_import(ended=timezone.now() - MONTH + timedelta(hours=1))
    page = f"/admin/campaigns/campaign/{job.campaign_id}/imports/{job.id}/"
    assert "What was rejected is kept for 30 days." in text_of(admin_client.get(page))
    ContactImport.objects.update(finished_at=timezone.now() - MONTH - SECOND)
    call_command("sweep", once=True)
    words = text_of(admin_client.get(page))
    assert "Rejected 3" in words
    assert "What was rejected was kept for 30 days and is gone." in words
    assert "(no longer kept)" in words
    assert "ann" not in words
