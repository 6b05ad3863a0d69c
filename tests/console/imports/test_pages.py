"""Contact files in the admin: upload, progress, and rejected rows."""

import csv
import io
import re
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import services
from campaigns.models import Contact, ContactImport, ImportPiece
from consent.models import Decision
from console.imports import pages
from contacts.imports.tasks import import_contacts
from tests.admin_pages import errors_of, text_of
from tests.tracking.factories import START
from tracking.models import Pixel

pytestmark = pytest.mark.one_engine

PERMISSIONS = ["campaigns.add_contact", "tracking.add_pixel", "campaigns.view_contactimport"]
PAGES = ["state", "progress", "columns", "rejected"]
CONTENT = "Mail;Name;scheduled_at\nann@example.com;Ann;02.03.2026 09:00\n=cmd|x;<b>Bob;\n;;3.3.\n"


def upload_page(campaign_id):
    return reverse("admin:campaigns_campaign_import", args=[campaign_id])


def job_page(job, page="state"):
    return reverse(f"admin:campaigns_campaign_import_{page}", args=[job.campaign_id, job.id])


def file_of(content=CONTENT):
    content = content.encode() if isinstance(content, str) else content
    return SimpleUploadedFile("contacts.csv", content, content_type="text/csv")


def send(client, campaign_id, content=CONTENT, **form):
    return client.post(upload_page(campaign_id), {"file": file_of(content)} | form)


def choices(into, **changes):
    """The completed form of the columns of CONTENT."""
    return {
        "email_column": "0",
        "name_column": "1",
        "scheduled_at_column": "2",
        "default_group": into.id,
        "pixels_per_contact": 1,
        "schedule_format": "%d.%m.%Y %H:%M",
        "zone": "Europe/Berlin",
    } | changes


@pytest.fixture
def upload(admin_client, group):
    """Uploads a file, without importing it."""

    def upload(content=CONTENT, *, campaign_id=group.campaign_id):
        response = send(admin_client, campaign_id, content)
        job = ContactImport.objects.latest("id")
        assert response.headers["Location"] == job_page(job, "columns")
        return job

    return upload


@pytest.fixture
def started(admin_client, group, upload):
    """Uploads a file and starts its import."""

    def started(content=CONTENT, **changes):
        job = upload(content)
        form = choices(group, **changes) | {"start": "yes"}
        response = admin_client.post(job_page(job, "columns"), form)
        assert response.headers["Location"] == job_page(job)
        return job

    return started


@pytest.fixture
def imported(started):
    """Uploads a file and imports it like the background task."""

    def imported(*args, **changes):
        job = started(*args, **changes)
        import_contacts.func(job.id)
        job.refresh_from_db()
        return job

    return imported


def test_a_file_is_accepted_and_its_import_shown(admin_client, group, started):
    job = started(pixels_per_contact=2)
    words = text_of(admin_client.get(job_page(job)))
    assert "Waiting. The import is queued." in words
    assert "You may leave this page" in words
    import_contacts.func(job.id)
    words = text_of(admin_client.get(job_page(job)))
    assert "Finished. 1 created, 0 unchanged, 2 rejected." in words
    assert "Created 1 Unchanged 0 Rejected 2" in words
    assert "You may leave this page" not in words
    contact = Contact.objects.get()
    assert (contact.email, contact.group) == ("ann@example.com", group)
    assert contact.scheduled_at.isoformat() == "2026-03-02T08:00:00+00:00"
    assert Pixel.objects.filter(contact=contact).count() == 2


def test_a_file_without_times_says_so_before_and_after_the_import(admin_client, group, imported):
    content = "Mail;send\nann@example.com;02.03.2026 09:00\nbob@example.com;03.03.2026 09:00\n"
    without = {"name_column": "", "scheduled_at_column": ""}
    job = imported(content, **without)
    said = text_of(admin_client.get(job_page(job)))
    assert "2 contacts have no time of sending from the file." in said


def test_a_preview_without_times_says_so(admin_client, group, upload):
    job = upload("Mail;send\nann@example.com;02.03.2026 09:00\n")
    warning = "these contacts will not be due until you set one"
    columns = job_page(job, "columns")
    assert warning in text_of(admin_client.get(columns))
    chosen = choices(group, name_column="", scheduled_at_column="1")
    assert warning not in text_of(admin_client.post(columns, chosen))


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        (
            ["02.03.2026 09:00", "", " \u200b"],
            "2 of these 3 rows have no time of sending: their contacts will not be due until you "
            "set one.",
        ),
        (["02.03.2026 09:00", None], "1 of these 2 rows has no time of sending: its contact will"),
        (["02.03.2026 09:00", "tomorrow"], None),
    ],
)
def test_a_preview_counts_the_rows_without_a_time(admin_client, upload, times, sentence):
    """A short row has none either; one that is refused becomes no contact."""
    rows = [f"p{n}@example.com{'' if at is None else f';{at}'}\n" for n, at in enumerate(times)]
    page = admin_client.get(job_page(upload(f"Mail;When\n{''.join(rows)}"), "columns"))
    form = choices(page.context["campaign"].groups.get(), name_column="", scheduled_at_column="1")
    words = text_of(admin_client.post(page.request["PATH_INFO"], form))
    assert (sentence or "New contact") in words
    assert ("no time of sending" in words) == bool(sentence)


def test_how_times_are_written_is_shown_by_examples(admin_client, group, imported):
    job = imported(schedule_format="%d.%m.%Y %H:%M")
    assert "Times are written like 31.03.2026 21:30" in text_of(admin_client.get(job_page(job)))
    job = imported("email\nann@example.com\n", name_column="", scheduled_at_column="")
    ContactImport.objects.filter(id=job.id).update(schedule_format="")
    assert "Times are written like 2026-03-31 21:30" in text_of(admin_client.get(job_page(job)))


def test_the_page_that_matches_columns_shows_no_codes(admin_client, group, upload):
    address = job_page(upload(), "columns")
    assert "%" not in text_of(admin_client.get(address))
    wrong = admin_client.post(address, choices(group, other_format="%d.%m.%Y"))
    assert "Write 31 March 2026, 21:30 as the file would" in text_of(wrong)
    assert "%" not in text_of(wrong)


def test_rejected_values_name_the_files_columns_and_write_a_time_as_it_is_written(
    admin_client, imported
):
    job = imported("Mail;Name;Send at\nann@example.com;Ann;soon\n")
    said = text_of(admin_client.get(job_page(job)))
    assert "2 Send at soon Give a date and time like 31.03.2026 21:30." in said
    assert "scheduled_at" not in said.split("Rejected values")[1].split("File")[0]


# --- Columns --------------------------------------------------------------------------------


def fates(page):
    return [(row.line, row.fate) for row in page.context["shown"].rows]


def test_columns_are_found_by_their_names_and_the_first_rows_checked(admin_client, upload):
    job = upload()
    page = admin_client.get(job_page(job, "columns"))
    chosen = {field.label: field.value() for field in page.context["form"].columns()}
    assert chosen == {
        "E-mail address": "0",
        "Name": "1",
        "Time of sending": "2",
        "Group": None,
        "Id in your system": None,
        "Locale": None,
        "First name": None,
        "Last name": None,
        "PixelTrack's own id": None,
        "Consent to opens": None,
        "Consent to clicks": None,
        "Consent given at": None,
        "Text of the consent": None,
        "Proof of the consent": None,
    }
    assert page.context["form"]["schedule_format"].value() == ""
    assert "as found: 02.03.2026 09:00 is 2 March 2026, 09:00" in text_of(page)
    assert fates(page) == [(2, "new"), (3, "refused"), (4, "refused")]
    form = choices(job.campaign.groups.get(), schedule_format="iso")
    page = admin_client.post(job_page(job, "columns"), form)
    assert "None of these rows can be imported like this" in text_of(page)
    page = admin_client.post(job_page(job, "columns"), choices(job.campaign.groups.get()))
    assert fates(page) == [(2, "new"), (3, "refused"), (4, "refused")]
    words = text_of(page)
    assert "=cmd|x Give an e-mail address such as ann@example.com." in words
    assert "Give an e-mail address or the id in your system" in words
    assert "2 of these 3 rows would be refused." in words
    assert "<b>Bob" not in page.content.decode()
    job.refresh_from_db()
    assert (job.state, job.columns) == ("uploaded", [])
    assert not Contact.objects.exists()


CZECH = "Mail;Name;Straße\nann@example.com;Čapek;1\n".encode("cp1250")


def test_the_encoding_is_shown_with_example_letters_and_can_be_changed(admin_client, group, upload):
    address = job_page(upload(CZECH), "columns")
    page = admin_client.get(address)
    assert "Èapek" in page.context["reading"]["samples"]
    assert page.context["reading"]["form"]["encoding"].value() == "windows-1252"
    page = admin_client.get(address, {"encoding": "windows-1250"})
    assert page.context["reading"]["samples"] == ["Čapek"]
    assert 'name="encoding" value="windows-1250"' in page.content.decode()
    assert "Nothing is wrong with these rows." in text_of(page)
    form = {"email_column": "0", "name_column": "1", "encoding": "windows-1250"}
    form |= {"default_group": group.id, "pixels_per_contact": 1, "zone": "UTC", "start": "yes"}
    assert admin_client.post(address, form).status_code == 302
    job = ContactImport.objects.get()
    import_contacts.func(job.id)
    assert Contact.objects.get().name == "Čapek"
    assert "Central European (Windows-1250)" in text_of(admin_client.get(job_page(job)))


def test_an_invalid_encoding_is_refused_on_the_page(admin_client, upload):
    address = job_page(upload(), "columns")
    for name in ("klingon", "utf-16le"):
        page = admin_client.get(address, {"encoding": name})
        assert "Give one of: utf-8" in text_of(page)
        assert page.context["form"] is None


def test_several_groups_are_drawn_unless_another_choice_is_made(
    admin_client, upload, make_group, group
):
    services.update_group(group_id=group.id, changes={"name": "A", "planned_share": 90})
    make_group(group.campaign, 2, "Control")
    archived = make_group(group.campaign, 3, "Gone")
    services.archive_group(group_id=archived.id, now=START)
    job = upload()
    page = admin_client.get(job_page(job, "columns"))
    assert page.context["form"]["default_group"].value() == "draw"
    assert "Groups are drawn: A 90%, Control 10%." in text_of(page)
    page = admin_client.post(job_page(job, "columns"), choices(group))
    assert "Groups are drawn" not in text_of(page)


def test_a_file_that_names_groups_is_drawn_only_if_that_is_chosen(
    admin_client, upload, make_group, group
):
    make_group(group.campaign, 2)
    job = upload("email;Gruppe\nann@example.com;1\nbob@example.com;\n")
    page = admin_client.get(job_page(job, "columns"))
    assert page.context["form"]["default_group"].value() == ""
    assert fates(page) == [(2, "new"), (3, "refused")]
    drawn = {"name_column": "", "scheduled_at_column": "", "group_column": "1"}
    form = choices(group, **drawn, default_group="draw")
    page = admin_client.post(job_page(job, "columns"), form)
    assert fates(page) == [(2, "new"), (3, "new")]


def test_an_import_shows_how_many_contacts_each_group_got(
    admin_client, imported, make_group, group
):
    make_group(group.campaign, 2, "B")
    lines = "".join(f"p{n}@example.com\n" for n in range(20))
    job = imported(f"email\n{lines}", name_column="", scheduled_at_column="", default_group="draw")
    words = text_of(admin_client.get(job_page(job)))
    assert "Groups drawn: Group 1 10, B 10." in words
    assert "drawn by the planned shares" in words


def test_any_column_can_hold_a_field(imported):
    job = imported(
        "Adresse;email;scheduled_at\nann@example.com;x;2026/03/02 09:00\n",
        name_column="",
        other_format="2026/03/31 21:30",
    )
    assert (job.columns, job.created) == (["email", None, "scheduled_at"], 1)


def test_an_invalid_row_is_shown_as_it_is(admin_client, upload):
    job = upload('email;name\na@example.com;Ann;"x;y"\n"never;closed\n')
    page = admin_client.get(job_page(job, "columns"))
    assert fates(page) == [(2, "refused"), (3, "refused")]
    words = text_of(page)
    assert "The line has more cells than the first line" in words
    assert '"never;closed' in words


def test_a_wide_file_is_shown_in_part(admin_client, upload):
    names = ";".join(["email", *(f"c{n}" for n in range(40))])
    page = admin_client.get(job_page(upload(f"{names}\nann@example.com\n"), "columns"))
    assert len(page.context["shown"].columns) == 30
    assert "11 more columns not shown." in text_of(page)


def test_a_file_without_rows_can_not_be_started(admin_client, upload):
    page = admin_client.get(job_page(upload("email\n"), "columns"))
    assert "The file has no rows below its first line." in text_of(page)
    assert re.search(r'name="start"[^>]* disabled', page.content.decode())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email_column": ""}, "__all__"),
        ({"name_column": "0"}, "__all__"),
        ({"email_column": "3"}, "email_column"),
        ({"default_group": "9999"}, "default_group"),
        ({"pixels_per_contact": 11}, "pixels_per_contact"),
        ({"other_format": "31.03."}, "other_format"),
        ({"other_format": "%d.%m.%Y %H:%M"}, "other_format"),
        ({"zone": "Mars/Olympus"}, "zone"),
    ],
)
def test_a_bad_choice_is_an_error_and_starts_nothing(admin_client, group, upload, changes, field):
    job = upload()
    form = choices(group, **changes) | {"start": "yes"}
    response = admin_client.post(job_page(job, "columns"), form)
    assert list(errors_of(response)) == [field]
    job.refresh_from_db()
    assert job.state == "uploaded"


def test_a_started_import_redirects_to_its_progress(admin_client, imported):
    job = imported()
    for response in (
        admin_client.get(job_page(job, "columns")),
        admin_client.post(job_page(job, "columns"), {"discard": "yes"}),
    ):
        assert response.headers["Location"] == job_page(job)
    assert ContactImport.objects.exists()


def test_a_file_can_be_discarded(admin_client, upload):
    job = upload()
    response = admin_client.post(job_page(job, "columns"), {"discard": "yes"}, follow=True)
    assert "The file was discarded: nothing was imported." in text_of(response)
    assert not ContactImport.objects.exists()
    assert not ImportPiece.objects.exists()


def test_an_uploaded_file_is_found_again(admin_client, staff, upload):
    job = upload()
    assert (
        job_page(job, "columns") in admin_client.get(upload_page(job.campaign_id)).content.decode()
    )
    viewer = staff("campaigns.view_contactimport", name="viewer")
    page = viewer.get(upload_page(job.campaign_id)).content.decode()
    assert job_page(job, "columns") not in page
    assert "Nothing is imported yet" in text_of(viewer.get(job_page(job)))
    services.archive_campaign(campaign_id=job.campaign_id, now=START)
    assert "is archived" in text_of(admin_client.get(job_page(job, "columns")))


# --- Progress -------------------------------------------------------------------------------


def test_the_page_gets_only_what_has_changed(admin_client, started):
    job = started()
    page = admin_client.get(job_page(job))
    ask = partial(admin_client.get, job_page(job, "progress"))
    same = ask(headers={"If-None-Match": page.context["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    import_contacts.func(job.id)
    news = ask(headers={"If-None-Match": page.context["etag"]})
    assert news.json()["goes_on"] is False
    assert "1 created, 0 unchanged, 2 rejected." in news.json()["html"]
    assert "no-store" in news["Cache-Control"]
    assert ask(headers={"If-None-Match": news["ETag"]}).status_code == 304


def test_the_progress_of_a_running_import_is_shown(admin_client, started):
    started()
    ContactImport.objects.update(state="running", size=200, offset=84, created=1234)
    page = admin_client.get(job_page(ContactImport.objects.get())).content.decode()
    assert re.search(r'<progress id="progress" max="100" value="42">', page)
    assert "1,234 created" in page


def test_the_same_file_again_says_that_nothing_changed(admin_client, imported):
    imported()
    words = text_of(admin_client.get(job_page(imported())))
    assert "Finished. Nothing changed: 1 already there, 2 rejected." in words


def test_rejected_values_are_shown_and_can_be_downloaded(admin_client, imported, monkeypatch):
    monkeypatch.setattr(pages, "SHOWN", 1)
    job = imported()
    page = admin_client.get(job_page(job))
    assert "=cmd|x" in text_of(page)
    assert "3.3." not in text_of(page)
    assert job_page(job, "rejected") in page.content.decode()
    answer = admin_client.get(job_page(job, "rejected"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert [row[:3] for row in rows] == [
        ["Mail", "Name", "scheduled_at"],
        ["'=cmd|x", "<b>Bob", ""],
        ["", "", "3.3."],
    ]
    assert [row[3][:7] for row in rows] == ["problem", "Line 3:", "Line 4:"]
    assert "no-store" in answer["Cache-Control"]


def test_imports_of_the_campaign_are_listed_newest_first(
    admin_client, imported, campaign, monkeypatch
):
    monkeypatch.setattr(pages, "LISTED", 2)
    jobs = [imported() for _ in range(3)]
    page = admin_client.get(upload_page(campaign.id))
    assert [job["row"] for job in page.context["jobs"]] == jobs[:0:-1]


def test_the_queries_do_not_grow_with_the_imports(
    admin_client, imported, upload, group, campaign, django_assert_max_num_queries
):
    for _ in range(5):
        job = imported()
    waiting = upload()
    with django_assert_max_num_queries(8):
        admin_client.get(upload_page(campaign.id))
    for page in ("state", "progress"):
        with django_assert_max_num_queries(8):
            admin_client.get(job_page(job, page))
    with django_assert_max_num_queries(11):
        admin_client.get(job_page(waiting, "columns"))
    with django_assert_max_num_queries(11):
        admin_client.post(job_page(waiting, "columns"), choices(group))


# --- Refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"email\nann\0@example.com\n",
        b"\x89PNG\r\n\x1a\n\0\0\x01\x02",
        ";".join("abc" * 100),
        '"email',
    ],
)
def test_a_bad_file_is_refused_on_its_page_and_not_kept(admin_client, group, content):
    response = send(admin_client, group.campaign_id, content)
    assert list(errors_of(response)) == ["file"]
    assert not ContactImport.objects.exists()
    assert not ImportPiece.objects.exists()


def test_a_file_has_to_be_chosen(admin_client, group):
    response = admin_client.post(upload_page(group.campaign_id), {"file": ""})
    assert list(errors_of(response)) == ["file"]


@pytest.mark.parametrize("surplus", [1, 2 * 2**20])
def test_a_file_over_the_limit_is_refused_with_the_limit(settings, admin_client, group, surplus):
    settings.IMPORT_MAX_MB = 1
    response = send(admin_client, group.campaign_id, b"a" * (2**20 + surplus))
    assert "The file is larger than 1 MB: split it and send its parts." in text_of(response)
    assert not ContactImport.objects.exists()


def test_two_files_at_once_are_refused(admin_client, group):
    response = send(admin_client, group.campaign_id, file=[file_of(), file_of()])
    assert "Send one file at a time." in text_of(response)
    assert not ContactImport.objects.exists()


def test_a_campaign_that_is_archived_or_has_no_groups_says_so(admin_client, campaign):
    assert "no group yet" in text_of(admin_client.get(upload_page(campaign.id)))
    services.archive_campaign(campaign_id=campaign.id, now=START)
    assert "This campaign is archived" in text_of(admin_client.get(upload_page(campaign.id)))


def test_an_archived_campaign_takes_no_file(admin_client, group):
    services.archive_campaign(campaign_id=group.campaign_id, now=timezone.now())
    assert "This campaign is archived" in text_of(send(admin_client, group.campaign_id))
    assert not ContactImport.objects.exists()


def test_only_groups_of_the_campaign_that_take_contacts_are_offered(
    admin_client, group, upload, other_group, make_group
):
    archived = make_group(group.campaign, 2)
    services.archive_group(group_id=archived.id, now=START)
    job = upload()
    form = admin_client.get(job_page(job, "columns")).context["form"]
    assert [value for value, _ in form.fields["default_group"].choices] == [
        *("", "draw", str(group.id)),
    ]
    for other in (archived, other_group):
        form = choices(group, default_group=other.id, look="yes")
        response = admin_client.post(job_page(job, "columns"), form)
        assert list(errors_of(response)) == ["default_group"]


# --- Permissions ----------------------------------------------------------------------------


@pytest.mark.parametrize("missing", PERMISSIONS)
def test_importing_needs_every_permission(staff, group, upload, missing):
    job = upload()
    client = staff(*(name for name in PERMISSIONS if name != missing), "campaigns.view_contact")
    assert send(client, group.campaign_id).status_code == 403
    assert client.get(job_page(job, "columns")).status_code == 403
    form = choices(group) | {"start": "yes"}
    assert client.post(job_page(job, "columns"), form).status_code == 403
    assert client.post(job_page(job, "columns"), {"discard": "yes"}).status_code == 403
    assert ContactImport.objects.get().state == "uploaded"


def test_importing_needs_no_other_permission(staff, group):
    client = staff(*PERMISSIONS)
    address = send(client, group.campaign_id).headers["Location"]
    assert client.get(address).status_code == 200
    assert client.post(address, choices(group) | {"start": "yes"}).status_code == 302
    assert LogEntry.objects.get().get_change_message().startswith("Started import ")


DECIDED = "email,consent_opens,consent_at,consent_text\nann@example.com,yes,,\n"


def test_a_preview_shows_what_is_wrong_with_a_decision(admin_client, upload):
    page = admin_client.get(job_page(upload(DECIDED), "columns"))
    assert page.context["form"]["consent_opens_column"].value() == "1"
    assert "Say when the person agreed" in text_of(page)


def test_who_may_not_record_decisions_is_not_asked_where_they_are(staff, group):
    client = staff(*PERMISSIONS)
    address = send(client, group.campaign_id, DECIDED).headers["Location"]
    assert "Consent to opens" not in text_of(client.get(address))
    form = choices(group, name_column="", scheduled_at_column="", consent_opens_column="1")
    assert client.post(address, form | {"start": "yes"}).status_code == 302
    import_contacts.func(ContactImport.objects.get().id)
    assert Contact.objects.count() == 1
    assert not Decision.objects.exists()


def test_with_permission_to_view_only_imports_are_shown_without_a_form(staff, imported, campaign):
    job = imported()
    viewer = staff("campaigns.view_contactimport", name="viewer")
    page = viewer.get(upload_page(campaign.id))
    assert page.context["form"] is None
    assert len(page.context["jobs"]) == 1
    assert viewer.get(job_page(job)).status_code == 200
    assert viewer.get(job_page(job, "progress")).status_code == 200
    other = staff("campaigns.view_contact", "campaigns.add_contact", name="other")
    for address in (upload_page(campaign.id), *map(partial(job_page, job), PAGES)):
        assert other.get(address).status_code == 403


def test_without_signing_in_every_page_leads_to_the_sign_in(imported, group):
    job = imported()
    for address in (upload_page(group.campaign_id), *map(partial(job_page, job), PAGES)):
        assert Client().get(address).headers["Location"].startswith("/admin/login/")
    assert send(Client(), group.campaign_id).headers["Location"].startswith("/admin/login/")
    assert ContactImport.objects.count() == 1


def test_an_import_is_found_under_its_own_campaign_only(admin_client, imported, make_campaign):
    job = imported()
    job.campaign_id = make_campaign("Other").id
    for page in PAGES:
        assert admin_client.get(job_page(job, page)).status_code == 404
    assert admin_client.get(upload_page(2**70)).status_code == 404


def test_a_form_from_another_site_is_refused(admin_user, group):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert send(client, group.campaign_id).status_code == 403
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"',
        client.get(upload_page(group.campaign_id)).content.decode(),
    ).group(1)
    assert not ContactImport.objects.exists()
    sent = send(client, group.campaign_id, csrfmiddlewaretoken=token)
    assert sent.status_code == 302
    form = choices(group) | {"start": "yes"}
    assert client.post(sent.headers["Location"], form).status_code == 403
    assert ContactImport.objects.get().state == "uploaded"


def test_the_campaigns_page_links_to_the_import(admin_client, staff, campaign):
    page = reverse("admin:campaigns_campaign_change", args=[campaign.id])
    assert upload_page(campaign.id) in admin_client.get(page).content.decode()
    other = staff("campaigns.view_campaign")
    assert upload_page(campaign.id) not in other.get(page).content.decode()


def test_an_incomplete_upload_is_answered_with_a_page_that_says_what_is_wrong(admin_client, group):
    now = timezone.now()
    job = ContactImport.objects.create(
        campaign=group.campaign, file_name="ann.csv", created_at=now, lease_until=now
    )
    address = reverse("admin:campaigns_campaign_import_columns", args=[group.campaign_id, job.id])
    assert admin_client.get(address, follow=True).status_code == 200
