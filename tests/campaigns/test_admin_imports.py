"""Contact files in the admin: sent, followed, and what was rejected read back."""

import csv
import io
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import services
from campaigns.admin import imports as pages
from campaigns.models import Contact, ContactImport, ImportPiece
from campaigns.tasks import import_contacts
from tests.admin_pages import errors_of, text_of
from tests.tracking.factories import START
from tracking.models import Pixel

PERMISSIONS = ["campaigns.add_contact", "tracking.add_pixel", "campaigns.view_contactimport"]
CONTENT = "Mail;Name;scheduled_at\nann@example.com;Ann;02.03.2026 09:00\n=cmd|x;<b>Bob;\n;;3.3.\n"


def upload_page(campaign_id):
    return reverse("admin:campaigns_campaign_import", args=[campaign_id])


def job_page(job, page="state"):
    return reverse(f"admin:campaigns_campaign_import_{page}", args=[job.campaign_id, job.id])


def file_of(content=CONTENT):
    content = content.encode() if isinstance(content, str) else content
    return SimpleUploadedFile("contacts.csv", content, content_type="text/csv")


def send(client, into, content=CONTENT, **changes):
    form = {
        "file": file_of(content),
        "default_group": into.id,
        "pixels_per_contact": 1,
        "schedule_format": "%d.%m.%Y %H:%M",
        "zone": "Europe/Berlin",
    }
    return client.post(upload_page(into.campaign_id), form | changes)


@pytest.fixture
def imported(admin_client, group):
    """Sends a file and imports it as the background does."""

    def imported(content=CONTENT, **changes):
        response = send(admin_client, group, content, **changes)
        job = ContactImport.objects.latest("id")
        assert response.headers["Location"] == job_page(job)
        import_contacts.func(job.id)
        job.refresh_from_db()
        return job

    return imported


def test_a_file_is_taken_and_its_import_shown(admin_client, group):
    response = send(admin_client, group, pixels_per_contact=2)
    job = ContactImport.objects.get()
    assert response.headers["Location"] == job_page(job)
    words = text_of(admin_client.get(job_page(job)))
    assert "Waiting. The import waits for its turn." in words
    assert "Refresh" in words
    import_contacts.func(job.id)
    words = text_of(admin_client.get(job_page(job)))
    assert "Finished. 1 created, 0 unchanged, 2 rejected." in words
    assert "Created 1 Unchanged 0 Rejected 2" in words
    assert "Refresh" not in words
    contact = Contact.objects.get()
    assert (contact.email, contact.group) == ("ann@example.com", group)
    assert contact.scheduled_at.isoformat() == "2026-03-02T08:00:00+00:00"
    assert Pixel.objects.filter(contact=contact).count() == 2


def test_how_far_an_import_is_shows_while_it_runs(admin_client, group):
    send(admin_client, group)
    ContactImport.objects.update(state="running", size=200, offset=84, created=1234)
    page = admin_client.get(job_page(ContactImport.objects.get())).content.decode()
    assert re.search(r'<progress id="progress" max="100" value="42">', page)
    assert "1,234 created" in page


def test_the_same_file_again_says_that_nothing_changed(admin_client, imported):
    imported()
    words = text_of(admin_client.get(job_page(imported())))
    assert "Finished. Nothing changed: 1 already there, 2 rejected." in words


def test_rejected_values_are_shown_and_come_as_a_file(admin_client, imported, monkeypatch):
    monkeypatch.setattr(pages, "SHOWN", 1)
    job = imported()
    page = admin_client.get(job_page(job))
    assert [row.value for row in page.context["rejected"]] == ["=cmd|x"]
    assert job_page(job, "rejected") in page.content.decode()
    answer = admin_client.get(job_page(job, "rejected"))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row[:3] for row in rows] == [
        ["line", "column", "value"],
        ["3", "email", "'=cmd|x"],
        ["4", "", ""],
        ["4", "scheduled_at", "3.3."],
    ]
    assert "no-store" in answer["Cache-Control"]


def test_columns_may_be_named_and_a_format_typed(imported):
    job = imported(
        "Adresse;email;scheduled_at\nann@example.com;x;2026/03/02 09:00\n",
        email_column="Adresse",
        other_format="%Y/%m/%d %H:%M",
    )
    assert (job.columns, job.created) == (["email", None, "scheduled_at"], 1)


def test_imports_of_the_campaign_are_listed_the_newest_first(
    admin_client, imported, campaign, monkeypatch
):
    monkeypatch.setattr(pages, "LISTED", 2)
    jobs = [imported() for _ in range(3)]
    page = admin_client.get(upload_page(campaign.id))
    assert [job["row"] for job in page.context["jobs"]] == jobs[:0:-1]


def test_pages_cost_the_same_however_many_imports_there_are(
    admin_client, imported, campaign, django_assert_max_num_queries
):
    for _ in range(5):
        job = imported()
    with django_assert_max_num_queries(8):
        admin_client.get(upload_page(campaign.id))
    with django_assert_max_num_queries(8):
        admin_client.get(job_page(job))


# --- Refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "changes", "field"),
    [
        (b"", {}, "file"),
        (b"email\nann\0@example.com\n", {}, "file"),
        (b"\x89PNG\r\n\x1a\n\0\0\x01\x02", {}, "file"),
        ("name,city\nAnn,Ulm\n", {}, "file"),
        (CONTENT, {"file": ""}, "file"),
        (CONTENT, {"email_column": "Adresse"}, "file"),
        (CONTENT, {"email_column": "x" * 201}, "email_column"),
        (CONTENT, {"default_group": ""}, "default_group"),
        (CONTENT, {"default_group": "9999"}, "default_group"),
        (CONTENT, {"pixels_per_contact": 11}, "pixels_per_contact"),
        (CONTENT, {"other_format": "%d.%m."}, "schedule_format"),
        (CONTENT, {"zone": "Mars/Olympus"}, "zone"),
    ],
)
def test_a_bad_form_is_an_error_beside_its_field_and_nothing_is_kept(
    admin_client, group, content, changes, field
):
    response = send(admin_client, group, content, **changes)
    assert list(errors_of(response)) == [field]
    assert not ContactImport.objects.exists()
    assert not ImportPiece.objects.exists()


@pytest.mark.parametrize("surplus", [1, 2 * 2**20])
def test_a_file_beyond_the_limit_is_told_so(settings, admin_client, group, surplus):
    settings.IMPORT_MAX_MB = 1
    response = send(admin_client, group, b"a" * (2**20 + surplus))
    assert "The file is larger than 1 MB: split it and send its parts." in text_of(response)
    assert not ContactImport.objects.exists()


def test_two_files_at_once_are_refused(admin_client, group):
    response = send(admin_client, group, file=[file_of(), file_of()])
    assert "Send one file at a time." in text_of(response)
    assert not ContactImport.objects.exists()


def test_a_campaign_without_groups_or_archived_says_so(admin_client, campaign):
    assert "no group yet" in text_of(admin_client.get(upload_page(campaign.id)))
    services.archive_campaign(campaign_id=campaign.id, now=START)
    assert "This campaign is archived" in text_of(admin_client.get(upload_page(campaign.id)))


def test_an_archived_campaign_takes_no_file(admin_client, group):
    services.archive_campaign(campaign_id=group.campaign_id, now=timezone.now())
    assert "This campaign is archived" in text_of(send(admin_client, group))
    assert not ContactImport.objects.exists()


def test_only_groups_of_the_campaign_that_take_contacts_are_offered(
    admin_client, group, other_group, make_group
):
    archived = make_group(group.campaign, 2)
    services.archive_group(group_id=archived.id, now=START)
    form = admin_client.get(upload_page(group.campaign_id)).context["form"]
    assert list(form.fields["default_group"].queryset) == [group]
    for other in (archived, other_group):
        assert list(errors_of(send(admin_client, group, default_group=other.id))) == [
            "default_group"
        ]


# --- Permissions ----------------------------------------------------------------------------


@pytest.mark.parametrize("missing", PERMISSIONS)
def test_importing_asks_for_every_permission(staff, group, missing):
    client = staff(*(name for name in PERMISSIONS if name != missing), "campaigns.view_contact")
    assert send(client, group).status_code == 403
    assert not ContactImport.objects.exists()


def test_who_has_them_may_import(staff, group):
    assert send(staff(*PERMISSIONS), group).status_code == 302
    assert LogEntry.objects.get().get_change_message().startswith("Started import ")


def test_who_may_only_look_sees_imports_and_no_form(staff, imported, campaign):
    job = imported()
    viewer = staff("campaigns.view_contactimport", name="viewer")
    page = viewer.get(upload_page(campaign.id))
    assert page.context["form"] is None
    assert len(page.context["jobs"]) == 1
    assert viewer.get(job_page(job)).status_code == 200
    other = staff("campaigns.view_contact", "campaigns.add_contact", name="other")
    for address in (upload_page(campaign.id), job_page(job), job_page(job, "rejected")):
        assert other.get(address).status_code == 403


def test_strangers_are_sent_to_sign_in(client, imported, group):
    job = imported()
    for address in (upload_page(group.campaign_id), job_page(job), job_page(job, "rejected")):
        assert Client().get(address).headers["Location"].startswith("/admin/login/")
    assert send(Client(), group).headers["Location"].startswith("/admin/login/")
    assert ContactImport.objects.count() == 1


def test_an_import_is_found_under_its_own_campaign_only(admin_client, imported, make_campaign):
    job = imported()
    job.campaign_id = make_campaign("Other").id
    for page in ("state", "rejected"):
        assert admin_client.get(job_page(job, page)).status_code == 404
    assert admin_client.get(upload_page(2**70)).status_code == 404


def test_a_form_from_elsewhere_is_refused(admin_user, group):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert send(client, group).status_code == 403
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"',
        client.get(upload_page(group.campaign_id)).content.decode(),
    ).group(1)
    assert not ContactImport.objects.exists()
    assert send(client, group, csrfmiddlewaretoken=token).status_code == 302


def test_the_campaign_s_page_leads_to_the_import(admin_client, staff, campaign):
    page = reverse("admin:campaigns_campaign_change", args=[campaign.id])
    assert upload_page(campaign.id) in admin_client.get(page).content.decode()
    other = staff("campaigns.view_campaign")
    assert upload_page(campaign.id) not in other.get(page).content.decode()
