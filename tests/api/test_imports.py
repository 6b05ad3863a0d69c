"""Contact files through the API: upload, progress, and rejected rows."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from campaigns import services
from campaigns.models import Contact, ContactImport, ImportPiece
from consent.models import Decision
from tracking.models import Pixel

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = (
    "Mail;Name;scheduled_at\nann@example.com;Ann;02.03.2026 09:00\n=cmd|x;Bob;\n+1;Cy;\n;;3.3.\n"
)


@pytest.fixture
def path(campaign):
    return f"/api/v1/email-campaigns/{campaign.id}/imports/"


def file_of(content=CONTENT, name="contacts.csv"):
    content = content.encode() if isinstance(content, str) else content
    return SimpleUploadedFile(name, content, content_type="text/csv")


@pytest.fixture
def send(api, path, group):
    def send(content=CONTENT, **fields):
        body = {"file": file_of(content), "default_group": group.id} | fields
        return api.post(path, body, format="multipart")

    return send


def work():
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


def test_a_file_is_taken_and_imported_in_the_background(api, path, send, group):
    response = send(schedule_format="%d.%m.%Y %H:%M", zone="Europe/Berlin", pixels_per_contact=2)
    assert response.status_code == 202
    sent = response.json()
    assert (sent["state"], sent["message"], sent["file_name"]) == (
        "waiting",
        "The import is queued.",
        "contacts.csv",
    )
    assert not Contact.objects.exists()
    work()
    done = api.get(f"{path}{sent['id']}/").json()
    assert (done["state"], done["progress"]) == ("finished", 100)
    assert (done["created"], done["unchanged"], done["rejected"]) == (1, 0, 3)
    assert done["message"] == "1 created, 0 unchanged, 3 rejected."
    assert (done["separator"], done["columns"]) == (";", ["email", "name", "scheduled_at"])
    contact = Contact.objects.get()
    assert (contact.email, contact.group) == ("ann@example.com", group)
    assert contact.scheduled_at.isoformat() == "2026-03-02T08:00:00+00:00"
    assert Pixel.objects.filter(contact=contact).count() == 2
    assert not ImportPiece.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"default_group": "draw"}])
def test_rows_without_a_group_are_drawn(api, path, group, make_group, campaign, fields):
    other = make_group(campaign, 2)
    lines = "".join(f"p{n}@example.com\n" for n in range(10))
    body = {"file": file_of(f"email\n{lines}"), **fields}
    sent = api.post(path, body, format="multipart").json()
    assert (sent["default_group"], sent["drawn"]) == ("draw", [])
    work()
    done = api.get(f"{path}{sent['id']}/").json()
    assert (done["default_group"], done["created"]) == ("draw", 10)
    assert done["drawn"] == [{"group": g.id, "contacts": 5} for g in (group, other)]


def test_the_same_file_again_changes_nothing_and_says_so(api, path, send):
    content = "email\nann@example.com\nbob@example.com\n"
    for message in (
        "2 created, 0 unchanged, 0 rejected. 2 contacts have no time of sending from the file.",
        "Nothing changed: 2 already there, 0 rejected.",
    ):
        sent = send(content).json()
        work()
        assert api.get(f"{path}{sent['id']}/").json()["message"] == message
    assert Contact.objects.count() == 2
    response = api.get(path)
    assert [job["id"] for job in response.json()] == [sent["id"], sent["id"] - 1]
    assert response.headers["X-Total-Count"] == "2"


@pytest.mark.parametrize("accept", ["text/csv", "*/*", "application/json"])
def test_rejected_rows_come_as_csv_without_formulas(api, path, send, accept):
    sent = send(schedule_format="%d.%m.%Y %H:%M").json()
    work()
    response = api.get(f"{path}{sent['id']}/rejected/", HTTP_ACCEPT=accept)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0] == ["Mail", "Name", "scheduled_at", "problem"]
    assert [row[:3] for row in rows[1:]] == [
        ["'=cmd|x", "Bob", ""],
        ["'+1", "Cy", ""],
        ["", "", "3.3."],
    ]
    said = [row[3].partition(": ") for row in rows[1:]]
    assert [line for line, _, _ in said] == ["Line 3", "Line 4", "Line 5"]
    assert "scheduled_at: Give a date and time like 31.03.2026 21:30." in said[2][2]
    assert "Give an e-mail address or the id in your system" in said[2][2]


def test_columns_may_be_named(api, path, send):
    sent = send("Adresse,email\nann@example.com,x\n", mapping='{"email": "Adresse"}').json()
    work()
    assert api.get(f"{path}{sent['id']}/").json()["created"] == 1


def test_the_encoding_is_told_and_may_be_named(api, path, send):
    content = "Mail;Name\nann@example.com;Čapek\n".encode("cp1250")
    assert send(content).json()["encoding"] == "windows-1252"
    sent = send(content, encoding="windows-1250").json()
    assert sent["encoding"] == "windows-1250"
    ContactImport.objects.exclude(id=sent["id"]).delete()
    work()
    assert Contact.objects.get().name == "Čapek"


@pytest.mark.parametrize(
    ("content", "fields", "field"),
    [
        (b"", {}, "file"),
        (b"email\nann\0@example.com\n", {}, "file"),
        (b"\x89PNG\r\n\x1a\n\0\0\x01\x02", {}, "file"),
        ("name,city\nAnn,Ulm\n", {}, "file"),
        (CONTENT, {"file": "no file"}, "file"),
        (CONTENT, {"mapping": "{"}, "mapping"),
        (CONTENT, {"mapping": "[" * 100_000}, "mapping"),
        (CONTENT, {"mapping": '{"colour": "Mail"}'}, "mapping"),
        (CONTENT, {"mapping": '{"email": 1}'}, "mapping"),
        (CONTENT, {"default_group": 2**62}, "default_group"),
        (CONTENT, {"default_group": "blue"}, "default_group"),
        (CONTENT, {"pixels_per_contact": 11}, "pixels_per_contact"),
        (CONTENT, {"schedule_format": "%d.%m."}, "schedule_format"),
        (CONTENT, {"zone": "Mars/Olympus"}, "zone"),
        (CONTENT, {"colour": "red"}, "colour"),
        (CONTENT, {"encoding": "cp1252"}, "encoding"),
        (CONTENT, {"encoding": "utf-16le"}, "encoding"),
        (CONTENT.encode("utf-16"), {"encoding": "utf-8"}, "encoding"),
    ],
)
def test_a_bad_call_is_refused_and_nothing_is_kept(send, content, fields, field):
    response = send(content, **fields)
    body = response.json()
    assert (response.status_code, list(body["errors"])) == (400, [field])
    assert body["detail"]
    assert not ContactImport.objects.exists()
    assert not ImportPiece.objects.exists()


def test_a_call_without_a_file_or_without_a_form_is_refused(api, path):
    response = api.post(path, {"zone": "UTC"}, format="multipart")
    assert (response.status_code, list(response.json()["errors"])) == (400, ["file"])
    for content_type in ("application/json", "text/csv"):
        response = api.generic("POST", path, "email", content_type=content_type)
        assert (response.status_code, response.json()["code"]) == (415, "no_form")
        assert "multipart/form-data" in response.json()["detail"]


def test_two_files_in_one_call_are_refused(api, send):
    response = send(file=[file_of(), file_of()])
    assert (response.status_code, list(response.json()["errors"])) == (400, ["file"])
    assert not ContactImport.objects.exists()


def test_a_form_of_unknown_length_is_refused(api, path):
    response = api.post(
        path, {"file": file_of()}, format="multipart", headers={"Transfer-Encoding": "chunked"}
    )
    assert (response.status_code, response.json()["code"]) == (400, "no_length")


def test_a_file_with_headings_only_changes_nothing_and_says_so(api, path, send):
    sent = send("email,name\n").json()
    work()
    done = api.get(f"{path}{sent['id']}/").json()
    assert (done["state"], done["progress"]) == ("finished", 100)
    assert done["message"] == "Nothing changed: the file has no rows below its first line."


@pytest.mark.parametrize("surplus", [1, 2 * 2**20])
def test_a_file_over_the_limit_is_413(settings, send, surplus):
    settings.IMPORT_MAX_MB = 1
    content = (b"ann@example.com\n" * 70_000)[: 2**20]
    assert send(content + b"x" * surplus).status_code == 413
    response = send(content + b"x" * surplus)
    assert response.json()["code"] == "too_large"
    assert "1 MB" in response.json()["detail"]
    assert not ContactImport.objects.exists()


def test_an_archived_or_unknown_campaign_takes_no_file(api, path, send, campaign, group):
    services.archive_campaign(campaign_id=campaign.id, now=timezone.now())
    response = send()
    assert (response.status_code, response.json()["code"]) == (400, "archived")
    for unknown in (campaign.id + 1, "x", "9" * 30):
        response = api.get(f"/api/v1/email-campaigns/{unknown}/imports/")
        assert (response.status_code, response.json()["detail"]) == (404, "Campaign not found")


def test_an_import_is_found_under_its_own_campaign_only(api, send, make_campaign):
    sent = send().json()
    other = make_campaign("Other")
    for rest in ("", "rejected/"):
        response = api.get(f"/api/v1/email-campaigns/{other.id}/imports/{sent['id']}/{rest}")
        assert response.status_code == 404


def test_each_call_needs_a_token_and_its_own_permission(sign_in, path, group):
    body = {"default_group": group.id}
    assert APIClient().post(path, {"file": file_of(), **body}).status_code == 401
    assert APIClient().get(path).status_code == 401
    adder = sign_in("campaigns.add_contact", "tracking.add_pixel", name="adder")
    viewer = sign_in("campaigns.view_contactimport", "campaigns.view_contact", name="viewer")
    sent = adder.post(path, {"file": file_of(), **body}, format="multipart")
    assert sent.status_code == 202
    refused = viewer.post(path, {"file": file_of(), **body}, format="multipart")
    assert refused.status_code == 403
    for address in (path, f"{path}{sent.json()['id']}/", f"{path}{sent.json()['id']}/rejected/"):
        assert viewer.get(address).status_code == 200
        assert adder.get(address).status_code == 403


def test_the_sweep_resumes_an_import_whose_worker_died(api, path, send):
    sent = send("email\nann@example.com\n").json()
    ContactImport.objects.update(
        state="running", lease_holder="6f1c2a1e-58cc-4372-a567-0e02b2c3d479"
    )
    work()
    assert not Contact.objects.exists()
    ContactImport.objects.update(lease_until=timezone.now())
    call_command("sweep", once=True)
    work()
    assert api.get(f"{path}{sent['id']}/").json()["state"] == "finished"
    assert Contact.objects.count() == 1


# --- Decisions about consent ----------------------------------------------------------------

DECIDED = "email,consent_opens\nann@example.com,no\n"
IMPORTING = ("campaigns.add_contact", "tracking.add_pixel")


def test_who_may_record_decisions_imports_them(sign_in, path, group):
    client = sign_in(*IMPORTING, "consent.add_decision")
    body = {"file": file_of(DECIDED), "default_group": group.id}
    assert client.post(path, body, format="multipart").status_code == 202
    work()
    decision = Decision.objects.get()
    assert (decision.opens, decision.way, decision.by.username) == ("denied", "import", "shop")


def test_who_may_not_is_refused_and_nothing_is_kept(sign_in, path, group):
    client = sign_in(*IMPORTING)
    body = {"file": file_of(DECIDED), "default_group": group.id}
    response = client.post(path, body, format="multipart")
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert not ContactImport.objects.exists()
    body = {"file": file_of(DECIDED), "default_group": group.id}
    left_out = body | {"mapping": '{"consent_opens": null}'}
    assert client.post(path, left_out, format="multipart").status_code == 202


# --- Stopping and undoing ---------------------------------------------------------------------

LATER = "email,scheduled_at\n" + "".join(
    f"{name}@example.com,2099-03-09T12:00:00Z\n" for name in ("ann", "bob", "ann")
)


def test_an_import_that_waits_is_stopped(api, path, send):
    job = send(LATER).json()
    for _ in range(2):
        answer = api.post(f"{path}{job['id']}/stop/")
        assert (answer.status_code, answer.json()["state"]) == (200, "stopped")
    work()
    assert api.get(f"{path}{job['id']}/").json()["created"] == 0
    assert LogEntry.objects.filter(change_message=f"Stopped import {job['id']}.").count() == 1


def test_an_import_is_undone_in_the_background(api, path, send):
    job = send(LATER).json()
    work()
    refused = api.post(f"{path}{job['id']}/stop/")
    assert (refused.status_code, refused.json()["code"]) == (400, "not_running")
    begun = api.post(f"{path}{job['id']}/undo/")
    assert (begun.status_code, begun.json()["state"], begun.json()["progress"]) == (
        202,
        "undoing",
        0,
    )
    work()
    done = api.get(f"{path}{job['id']}/").json()
    assert (done["state"], done["created"], done["repeated"], done["removed"]) == (
        "undone",
        2,
        1,
        2,
    )
    assert not Contact.objects.exists()
    again = api.post(f"{path}{job['id']}/undo/")
    assert (again.status_code, again.json()["code"]) == (400, "not_undoable")
    assert api.post(f"{path}{job['id'] + 1}/undo/").status_code == 404
