"""Importing contact files into a campaign: what is taken, refused, resumed and left unchanged."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from campaigns import services
from campaigns.models import Contact, ContactImport, ImportPiece, ImportState, RejectedRow
from contacts.imports import leases, prepare, stored_files
from contacts.imports import preview as import_preview
from contacts.imports import run as import_run
from contacts.imports.prepare import ImportOptions
from foundation.errors import InvalidInput, NotFound, TooLarge
from tests.contacts.imports.importing import figures, reasons, rejected, run, when_counted
from tests.mailings import NOW
from tracking.models import ContactsByDueDay

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
ANN = b"email,name,external_id\nann@example.com,Ann,1\n"


# --- Good rows --------------------------------------------------------------------------------


def test_a_file_becomes_contacts(take_in, group, make_group, campaign):
    other = make_group(campaign, 2, "Blue")
    job = take_in(
        "E-Mail;Name;Gruppe;city;scheduled_at;external_id\r\n"
        'Ann@Example.com;"Lee; Ann";2;Ulm;2026-03-02T09:00:00+01:00;a-1\r\n'
        ";Bob;blue;;2026-03-02 09:00;b-1\r\n"
        '"zoë@example.com";"Zoë\nB.";;;;',
        mapping={"group": "Gruppe"},
        zone="Europe/Berlin",
    )
    assert (job.state, figures(job), rejected(job)) == (ImportState.FINISHED, (3, 0, 0), [])
    ann, bob, zoe = Contact.objects.filter(campaign=campaign)
    eight = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert (ann.email, ann.name, ann.group, ann.external_id) == (
        "Ann@example.com",
        "Lee; Ann",
        other,
        "a-1",
    )
    assert (ann.scheduled_at, bob.scheduled_at, zoe.scheduled_at) == (eight, eight, None)
    assert (bob.email, bob.group, zoe.group, zoe.name) == (None, other, group, "Zoë\nB.")
    assert (job.offset, job.finished_at) == (job.size, NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_names_survive_their_encoding(take_in, encoding):
    take_in("email,name\nann@example.com,Zoë Müller\n".encode(encoding))
    assert Contact.objects.get().name == "Zoë Müller"


def test_a_schedule_may_have_a_custom_format(take_in):
    job = take_in(
        "mail,scheduled_at\nann@example.com,02.03.2026 09:00\nbob@example.com,2026-03-02T09:00\n",
        schedule_format="%d.%m.%Y %H:%M",
        zone="America/New_York",
    )
    assert Contact.objects.get().scheduled_at == datetime(2026, 3, 2, 14, tzinfo=UTC)
    assert rejected(job) == [(3, "scheduled_at", "2026-03-02T09:00")]


def test_contacts_come_with_their_pixels_and_are_counted(start, group):
    counted = []
    job = start(ANN + b"bob@example.com,Bob,2\n", pixels_per_contact=3)
    with when_counted(lambda **call: counted.append((call, connection.in_atomic_block))):
        run(job)
    [(call, in_transaction)] = counted
    assert set(call["contact_ids"]) == set(Contact.objects.values_list("uuid", flat=True))
    assert (call["per_contact"], in_transaction) == (3, True)
    for contact in Contact.objects.all():
        assert sorted(contact.pixels.values_list("number", flat=True)) == [1, 2, 3]
    due = ContactsByDueDay.objects.filter(group_id=group.id)
    assert list(due.values_list("contacts", flat=True)) == [2]


# --- Rows that are not taken --------------------------------------------------------------------


def test_every_invalid_row_is_kept_with_its_reason_and_the_valid_ones_are_saved(
    take_in, campaign, make_group
):
    services.archive_group(group_id=make_group(campaign, 9, "Old").id, now=NOW)
    job = take_in(
        "email,name,group,external_id,scheduled_at\n"
        "ann@,Ann,1,,\n"
        "bob@example.com,Bob,Red,,\n"
        f"carl@example.com,{'x' * 201},Old,,tomorrow\n"
        ",Nobody,,,\n"
        'dan@example.com,"Dan "D",,,\n'
        "eve@example.com,Eve,,,,,more\n"
        "=2+5,,,,\n"
        "fay@example.com,Fay,1,,\n"
    )
    assert figures(job) == (1, 0, 7)
    assert Contact.objects.get().email == "fay@example.com"
    assert rejected(job) == [
        (2, "email", "ann@"),
        (3, "group", "Red"),
        (4, "name", "x" * 201),
        (4, "group", "Old"),
        (4, "scheduled_at", "tomorrow"),
        (5, "", ""),
        (6, "", 'dan@example.com,"Dan "D",,,'),
        (7, "", "eve@example.com | Eve |  |  |  |  | more"),
        (8, "email", "=2+5"),
    ]
    assert all(reason.endswith(".") for reason in reasons(job))


def test_two_groups_that_a_name_can_mean_are_not_guessed(take_in, campaign, make_group, group):
    make_group(campaign, 7, "1")
    job = take_in("email,group\nann@example.com,1\nbob@example.com,7\ncy@example.com,Group 1\n")
    assert rejected(job) == [(2, "group", "1")]
    assert figures(job) == (2, 0, 1)


def test_an_archived_group_takes_no_rows(start, group):
    job = start(ANN, default_group=group.id)
    services.archive_group(group_id=group.id, now=NOW)
    run(job)
    assert (figures(job), rejected(job)) == ((0, 0, 1), [(2, "group", "")])


def test_personal_data_is_stored_encrypted(start, take_in):
    job = start("email\nann@secret.example\n", mapping={})
    take_in("email,name\nann@,Secret\n")
    with connection.cursor() as cursor:
        for sql in (
            "SELECT content FROM campaigns_importpiece",
            "SELECT value FROM campaigns_rejectedrow",
            "SELECT file_name FROM campaigns_contactimport",
        ):
            cursor.execute(sql)
            stored = [bytes(value) for (value,) in cursor.fetchall()]
            assert stored
            assert all(value.startswith(b"gAAAA") for value in stored)
    assert job.pieces.get().content == b"email\nann@secret.example\n"


# --- Once more ----------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing_and_says_so(take_in):
    content = (
        "email,name,external_id,scheduled_at\n"
        "Ann@Example.com,Ann,1,2026-03-02T09:00:00.123456Z\n"
        "bob@example.com,,,\n"
        ",Cy,3,\n"
        "bob@example.com,,,\n"
        "bad@,,,\n"
    )
    first = take_in(content)
    before = list(Contact.objects.values())
    again = take_in(content)
    assert (figures(first), figures(again)) == ((3, 0, 1), (0, 4, 1))
    assert (first.repeated, again.repeated) == (1, 0)
    assert list(Contact.objects.values()) == before


def test_a_known_contact_with_other_data_is_unchanged_and_reported(take_in, campaign, make_group):
    make_group(campaign, 2)
    take_in("email,name,external_id,group\nann@example.com,Ann,1,1\nbob@example.com,Bob,2,1\n")
    before = list(Contact.objects.values())
    job = take_in(
        "email,name,external_id,group\n"
        "ann@example.com,Anna,1,2\n"
        "cy@example.com,Cy,2,1\n"
        "ann@example.com,Ann,2,1\n"
    )
    assert figures(job) == (0, 0, 3)
    assert [(line, column) for line, column, _ in rejected(job)] == [
        (2, "name"),
        (2, "group"),
        (3, "email"),
        (3, "name"),
        (4, "external_id"),
    ]
    assert "two different contacts" in reasons(job)[-1]
    assert list(Contact.objects.values()) == before


# --- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"email\nann\0@example.com\n", "NUL"),
        (b"\x89PNG\r\n\x1a\n\x01\x02\0", "binary"),
        (b"email\n" + b"x" * (2**20 + 1), "longer than 1 MB"),
    ],
)
def test_a_binary_file_is_refused_and_not_kept(upload, content, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        upload(content)
    assert not ContactImport.objects.exists()
    assert not ImportPiece.objects.exists()


def test_a_file_over_the_limit_is_refused_before_all_of_it_is_read(settings, campaign):
    settings.IMPORT_MAX_MB = 1
    sent = []

    def chunks():
        for n in range(100):
            sent.append(n)
            yield b"email\n" * 20_000

    with pytest.raises(TooLarge, match="larger than 1 MB"):
        stored_files.receive_file(
            campaign_id=campaign.id, chunks=chunks(), file_name="x", created_by=None, now=NOW
        )
    assert len(sent) < 15
    assert not ContactImport.objects.exists()
    assert not ImportPiece.objects.exists()


def test_a_file_of_exactly_the_limit_is_accepted(settings, upload):
    settings.IMPORT_MAX_MB = 1
    assert upload(b"email\n" + b"a@b.example\n" * 87_380 + b"12345\n1234").size == 2**20


def test_an_archived_or_unknown_campaign_takes_no_file(upload, campaign, start):
    job = upload(ANN)
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    with pytest.raises(InvalidInput, match="archived"):
        upload(ANN)
    with pytest.raises(InvalidInput, match="archived"):
        prepare.start_import(import_id=job.id, options=ImportOptions(), enqueue=[].append, now=NOW)
    with pytest.raises(NotFound):
        upload(ANN, campaign_id=campaign.id + 1)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"mapping": {"email": "Adresse"}}, "file"),
        ({"mapping": {"email": None, "external_id": None}}, "file"),
        ({"default_group": 2**62}, "default_group"),
        ({"schedule_format": "%d.%m."}, "schedule_format"),
        ({"schedule_format": "%Y %Y"}, "schedule_format"),
        ({"schedule_format": "\0%"}, "schedule_format"),
        ({"schedule_format": "%H:%M %d.%m.%Y" + " " * 50}, "schedule_format"),
        ({"zone": "Berlin"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"zone": "Europe"}, "zone"),
        ({"pixels_per_contact": 0}, "pixels_per_contact"),
        ({"pixels_per_contact": 11}, "pixels_per_contact"),
    ],
)
def test_an_impossible_option_is_refused(start, options, field):
    with pytest.raises(InvalidInput) as refused:
        start(ANN, **options)
    assert list(refused.value.errors) == [field]
    assert ContactImport.objects.get().state == ImportState.UPLOADED


def test_a_group_that_takes_no_contacts_can_not_be_the_default(start, group, other_group):
    with pytest.raises(InvalidInput, match="another campaign"):
        start(ANN, default_group=other_group.id)
    services.archive_group(group_id=group.id, now=NOW)
    with pytest.raises(InvalidInput, match="archived"):
        start(ANN, default_group=group.id)


def test_an_import_is_started_once(start):
    job = start(ANN)
    with pytest.raises(InvalidInput, match="started already"):
        prepare.start_import(import_id=job.id, options=ImportOptions(), enqueue=[].append, now=NOW)


# --- Preview --------------------------------------------------------------------------------------


def shown_of(job, group, **options):
    options = ImportOptions(default_group=group.id, **options)
    return import_preview.preview(import_preview.read_upload(job), options=options, now=NOW)


def test_a_preview_shows_the_first_rows_and_saves_nothing(upload, group):
    rows = "".join(f"p{n}@example.com,{n}\n" for n in range(30))
    job = upload(f"Mail,city\n\nann@,Ulm\n{rows}")
    shown = shown_of(job, group)
    assert shown.columns == ["email", None]
    assert (len(shown.rows), shown.rows[0].record.line) == (20, 3)
    assert shown.rows[0].record.cells == ["ann@", "Ulm"]
    assert [problem.column for problem in shown.rows[0].problems] == ["email"]
    assert {row.fate for row in shown.rows[1:]} == {"new"}
    job.refresh_from_db()
    assert (job.state, job.columns) == (ImportState.UPLOADED, [])
    assert not Contact.objects.exists()


@pytest.mark.parametrize("below", [b"\n", b"x," * 4000 + b"\n"], ids=["blank", "long"])
def test_a_preview_does_not_read_more_of_a_longer_file(upload, below, monkeypatch):
    def pieces(*args, read=import_preview.read_pieces, **options):
        for piece in read(*args, **options):
            taken.append(len(piece))
            yield piece

    monkeypatch.setattr(import_preview, "read_pieces", pieces)
    for size in (2, 4):
        taken = []
        job = upload(ANN + below * (size * 2**20 // len(below)))
        assert import_preview.read_upload(job).records[0].cells == ["ann@example.com", "Ann", "1"]
        assert sum(taken) <= import_preview.PREVIEWED_BYTES + 2 * stored_files.PIECE_BYTES


def test_a_preview_says_what_the_import_does_with_each_row(upload, group, take_in):
    take_in("email,name\nann@example.com,Ann\nbob@example.com,Bob\n")
    content = (
        "email,name\nann@example.com,Ann\nbob@example.com,Rob\ncleo@example.com,\n"
        'cleo@example.com,Cleo\ndora@,\n"never closed,\n'
    )
    job = upload(content)
    shown = shown_of(job, group)
    assert [row.fate for row in shown.rows] == [
        "unchanged",
        "refused",
        "new",
        "refused",
        "refused",
        "refused",
    ]
    said = [(p.line, p.column, p.value, p.reason) for row in shown.rows for p in row.problems]
    ran = take_in(content)
    assert figures(ran) == (1, 1, 4)
    kept = RejectedRow.objects.filter(contact_import=ran)
    assert said == [(row.line, row.column, row.value, row.reason) for row in kept]


def test_columns_may_be_chosen_by_their_place(upload, group, start):
    content = "Mail,Mail\nann@example.com,bob@example.com\n"
    shown = shown_of(upload(content), group, places={"email": 1})
    assert shown.columns == [None, "email"]
    run(start(content, places={"email": 1}))
    assert Contact.objects.get().email == "bob@example.com"


@pytest.mark.parametrize("places", [{}, {"name": 0}, {"email": 0, "name": 0}])
def test_places_that_make_no_contact_are_refused(upload, group, places):
    with pytest.raises(InvalidInput):
        shown_of(upload("a,b\n1,2\n"), group, places=places)


def test_a_started_import_has_no_preview_any_more(start, group):
    job = start(ANN)
    job.refresh_from_db()
    with pytest.raises(InvalidInput, match="started already"):
        shown_of(job, group)


def test_an_upload_is_discarded_unless_it_was_started(upload, start):
    waiting, started = upload(ANN), start(ANN)
    assert stored_files.discard_upload(import_id=waiting.id)
    assert not stored_files.discard_upload(import_id=started.id)
    assert list(ContactImport.objects.all()) == [started]
    assert set(ImportPiece.objects.values_list("contact_import", flat=True)) == {started.id}


# --- Interrupted ----------------------------------------------------------------------------------


def many(count):
    return "email,name\n" + "".join(
        f"p{n}@example.com,P{n}\n" if n % 10 else f"p{n}@,P{n}\n" for n in range(count)
    )


class Killed(Exception):
    pass


def test_an_import_whose_worker_died_goes_on_where_it_stopped(start, monkeypatch):
    monkeypatch.setattr(import_run, "CHUNK", 50)
    job = start(many(200))
    calls = []

    def die_at_the_third(**call):
        calls.append(call)
        if len(calls) == 3:
            raise Killed

    with pytest.raises(Killed), when_counted(die_at_the_third):
        run(job)
    job.refresh_from_db()
    assert (figures(job), job.state, job.line) == ((90, 0, 10), ImportState.RUNNING, 102)
    assert Contact.objects.count() == 90
    queued = []
    assert prepare.requeue_lapsed(enqueue=queued.append, now=NOW + timedelta(seconds=59)) == 0
    later = NOW + timedelta(seconds=61)
    assert prepare.requeue_lapsed(enqueue=queued.append, now=later) == 1
    assert prepare.requeue_lapsed(enqueue=queued.append, now=later) == 0
    assert queued == [job.id]
    run(job, now=later)
    assert (figures(job), job.state) == ((180, 0, 20), ImportState.FINISHED)
    assert [line for line, _, _ in rejected(job)] == list(range(2, 202, 10))
    assert Contact.objects.count() == 180


def test_two_workers_do_not_run_the_same_import(start):
    job = start(many(20))
    other = []

    def another_comes(**_):
        other.append(ContactImport.objects.get(id=job.id).line)
        if len(other) == 1:
            run(job)

    with when_counted(another_comes):
        run(job)
    assert other == [2]
    assert figures(job) == (18, 0, 2)


def test_a_worker_that_lost_its_lease_commits_nothing(start, monkeypatch):
    monkeypatch.setattr(import_run, "CHUNK", 10)
    job = start(many(30))
    ContactImport.objects.filter(id=job.id).update(lease_holder=None)
    settle = import_run._settle

    def too_late(worker, chunk, now):
        ContactImport.objects.filter(id=job.id).update(lease_holder=uuid4())
        return settle(worker, chunk, now)

    monkeypatch.setattr(import_run, "_settle", too_late)
    run(job)
    assert (figures(job), job.state, job.finished_at) == ((0, 0, 0), ImportState.RUNNING, None)
    assert not Contact.objects.exists()


def test_an_import_whose_worker_dies_repeatedly_is_abandoned(start):
    job = start(ANN)

    def die(**_):
        raise Killed

    now = NOW
    for _ in range(leases.MOST_ATTEMPTS):
        with pytest.raises(Killed), when_counted(die):
            run(job, now=now)
        now += timedelta(seconds=61)
        prepare.requeue_lapsed(enqueue=[].append, now=now)
    job.refresh_from_db()
    assert (job.state, job.lease_holder) == (ImportState.FAILED, None)
    assert "near line 2" in job.failure
    prepare.clear_away(now=now)
    assert not ImportPiece.objects.exists()


def test_a_campaign_archived_meanwhile_ends_the_import(start, campaign):
    job = start(ANN)
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    run(job)
    assert (job.state, figures(job)) == (ImportState.FAILED, (0, 0, 0))
    assert "archived" in job.failure
    assert not ImportPiece.objects.exists()


def test_the_file_goes_when_the_import_has_ended(take_in, monkeypatch):
    monkeypatch.setattr(stored_files, "PIECE_BYTES", 64)
    job = take_in(many(200))
    assert (job.created, job.state) == (180, ImportState.FINISHED)
    assert not ImportPiece.objects.exists()


def test_blank_lines_are_ignored(take_in):
    job = take_in("\n\nemail\n\n\nann@example.com\n ,\n\n")
    assert (figures(job), job.state, job.offset) == ((1, 0, 0), ImportState.FINISHED, job.size)


def test_an_upload_that_is_not_started_is_deleted_after_a_day(upload, start):
    old, started = upload(ANN), start(ANN)
    prepare.clear_away(now=NOW + timedelta(hours=23))
    assert ContactImport.objects.filter(id=old.id).exists()
    prepare.clear_away(now=NOW + timedelta(hours=25))
    assert list(ContactImport.objects.all()) == [started]
    assert list(ImportPiece.objects.values_list("contact_import", flat=True)) == [started.id]


def test_the_name_of_a_lease_holder_identifies_no_person(start):
    job = start(ANN)
    seen = []
    with when_counted(lambda **_: seen.append(ContactImport.objects.get().lease_holder)):
        run(job)
    assert isinstance(seen[0], UUID)
    assert job.lease_holder is None
