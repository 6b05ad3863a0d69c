"""The journal outlives the database, and neither a crash nor a restore makes it lie."""

import json
import stat
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import transaction

from consent import journal
from consent.decisions import note_erasure, record_decisions
from consent.models import ConsentState, Decision, Way
from consent.modes import Answer
from consent.weighing import Report, Source
from foundation.errors import Busy
from tracking.management.decisions import heed_decisions

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
transactional = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def path(settings, tmp_path):
    settings.CONSENT_JOURNAL = tmp_path / "consent.journal"
    return settings.CONSENT_JOURNAL


def refuse(person="a" * 64):
    report = Report(person, None, Answer.DENIED)
    return record_decisions([report], source=Source(Way.API), now=NOW)


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@transactional
def test_a_decision_is_written_before_it_is_committed_and_marked_after(path):
    refuse()
    written, committed = lines(path)
    [entry] = written["entries"]
    assert (entry["person"], entry["opens"]) == ("a" * 64, "denied")
    assert datetime.fromisoformat(entry["decided_at"]) == NOW
    assert (written["number"], committed) == (1, {"committed": 1})
    assert journal.last_committed() == 1


@transactional
def test_it_is_for_its_owner_alone(path):
    refuse()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@transactional
def test_a_text_is_written_once(path):
    for person in ("a" * 64, "b" * 64):
        report = Report(person, None, Answer.GRANTED, NOW, text="A text.")
        record_decisions([report], source=Source(Way.API), now=NOW)
    entries = [entry for one in journal.read(path) for entry in one.entries]
    assert [entry["shown"] for entry in entries if "shown" in entry] == ["A text."]
    assert len({entry["text"] for entry in entries if "text" in entry}) == 1


@transactional
def test_an_erasure_is_written_too(path):
    contact = uuid4()
    note_erasure(contact_id=contact, now=NOW)
    assert lines(path)[0]["entries"] == [{"erased": str(contact), "at": NOW.isoformat()}]


@transactional
def test_what_is_rolled_back_is_not_taken_for_lost(path):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        refuse()
        raise ZeroDivisionError
    assert (len(lines(path)), journal.last_committed()) == (1, 0)
    journal.require_replayed()
    refuse("b" * 64)
    assert Decision.objects.get().person == "b" * 64
    journal.require_replayed()


@transactional
def test_a_repetition_is_not_written_again(path):
    refuse()
    refuse()
    assert len(lines(path)) == 2


@transactional
def test_a_database_that_lacks_decisions_of_the_journal_takes_no_more_of_them(path):
    refuse()
    refuse("b" * 64)
    ConsentState.objects.update(number=1)
    for attempt in (
        journal.require_replayed,
        lambda: refuse("c" * 64),
        lambda: note_erasure(contact_id=uuid4(), now=NOW),
    ):
        with pytest.raises(journal.NotReplayed, match="replay_consent"):
            attempt()
    assert len(lines(path)) == 4


@transactional
def test_without_a_journal_nothing_is_missing(path):
    refuse()
    path.unlink()
    journal.require_replayed()


@transactional
def test_a_line_that_was_cut_off_spoils_none_after_it(path):
    refuse()
    with path.open("ab") as file:
        file.write(b'{"number": 2, "entr')
    refuse("b" * 64)
    assert journal.last_committed() == 2
    assert [one.number for one in journal.read(path)] == [1, 2]


@transactional
def test_the_last_mark_is_found_behind_long_lines(path, monkeypatch):
    monkeypatch.setattr(journal, "FIRST_LOOK", 16)
    refuse()
    path.write_bytes(path.read_bytes() + b'{"number": 2, "entries": []}\n' * 50)
    assert journal.last_committed() == 1


@transactional
def test_what_the_journal_cannot_take_is_not_recorded(settings, tmp_path):
    settings.CONSENT_JOURNAL = tmp_path / "missing" / "consent.journal"
    with pytest.raises(Busy, match="Not saved yet"):
        refuse()
    assert not Decision.objects.exists()


@transactional
def test_a_journal_is_read_again_once_it_has_changed(path):
    refuse()
    assert journal.last_committed() == 1
    refuse("b" * 64)
    assert journal.last_committed() == 2
    path.unlink()
    assert journal.last_committed() == 0


def test_a_journal_in_its_place_is_no_complaint(path, settings, tmp_path):
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.SPOOL_DIR.mkdir()
    path.touch()
    assert journal.left_behind() == ""
    settings.CONSENT_JOURNAL = settings.SPOOL_DIR / "consent.journal"
    settings.CONSENT_JOURNAL.touch()
    assert journal.left_behind() == ""


@pytest.mark.parametrize(("has_new", "said"), [(False, "move .* to"), (True, "replay_consent")])
def test_a_journal_in_the_spool_stops_the_start_with_a_sentence(
    path, settings, tmp_path, has_new, said
):
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.SPOOL_DIR.mkdir()
    (settings.SPOOL_DIR / "consent.journal").touch()
    if has_new:
        path.touch()
    with pytest.raises(SystemCheckError, match=said):
        call_command("check")
    with pytest.raises(SystemCheckError, match=said):
        call_command("audit_counters", skip_checks=False)
    with pytest.raises(CommandError, match=said):
        heed_decisions()
