"""The page that matches columns: guesses, values beside names, how times are written, and zones."""

import pytest

from campaigns.models import Contact, ContactImport
from contacts.imports.tasks import import_contacts
from tests.admin_pages import errors_of, text_of
from tests.console.imports.test_pages import choices, job_page, send, upload_page

pytestmark = [pytest.mark.one_engine, pytest.mark.django_db]


@pytest.fixture
def columns_of(admin_client, group):
    """The address of the page on which the columns of a file are matched."""

    def columns_of(content, **form):
        send(admin_client, group.campaign_id, content, **form)
        return job_page(ContactImport.objects.latest("id"), "columns")

    return columns_of


def guessed(page):
    form = page.context["form"]
    return {
        field.name[: -len("_column")]: field.value() for field in form.columns() if field.value()
    }


GERMAN = (
    "Kunden-E-Mail;Vorname;Nachname;Versand am;Sprache;Feld 6\n"
    "ann@example.com;Ann;Lee;31.12.2098 14:30;de;x\n"
    "bob@example.com;Bob;Lee;01.01.2099 09:00;fr;\n"
)


def test_a_german_file_is_ready_to_be_imported_on_arrival(admin_client, columns_of):
    address = columns_of(GERMAN)
    page = admin_client.get(address)
    assert guessed(page) == {
        "email": "0",
        "first_name": "1",
        "last_name": "2",
        "scheduled_at": "3",
        "locale": "4",
    }
    words = text_of(page)
    assert "as found: 31.12.2098 14:30 is 31 December 2098, 14:30" in words
    assert "Nothing is wrong with these rows." in words
    form = {name: field.value() or "" for name, field in fields_of(page)} | {"start": "yes"}
    admin_client.post(address, form)
    job = ContactImport.objects.get()
    import_contacts.func(job.id)
    assert {contact.name for contact in Contact.objects.all()} == {"Ann Lee", "Bob Lee"}
    assert Contact.objects.earliest("scheduled_at").scheduled_at.isoformat()[:16] == (
        "2098-12-31T14:30"
    )
    assert "Times are written like 31.03.2026 21:30" in text_of(admin_client.get(job_page(job)))


def fields_of(page):
    return [(field.name, field) for field in page.context["form"]]


def test_first_values_stand_beside_each_column_cut_and_escaped(admin_client, columns_of):
    content = f"Mail;<b>\nann@example.com;<i>x\n;y\nbob@example.com;{'z' * 50}\nc@d.ef;\n"
    page = admin_client.get(columns_of(content))
    assert "Mail (ann@example.com, bob@example.com, c@d.ef)" in text_of(page)
    html = page.content.decode()
    assert f"&lt;b&gt; (&lt;i&gt;x, y, {'z' * 24}…)" in html
    assert "<i>x" not in html


def test_nothing_is_an_error_before_a_button_is_pressed(admin_client, columns_of):
    address = columns_of("Feld 1;Feld 2\nAnn;x\n")
    page = admin_client.get(address)
    assert "errornote" not in page.content.decode()
    assert errors_of(page) == {}
    assert "Choose the column of the e-mail address or of the id in your system" in text_of(page)
    form = {"zone": "UTC", "pixels_per_contact": 1}
    assert "errornote" not in admin_client.post(address, form).content.decode()
    page = admin_client.post(address, form | {"look": "yes"})
    assert "errornote" in page.content.decode()
    assert "Choose the column of the e-mail address" in text_of(page)


AMERICAN = "Email,Send at\nann@example.com,05/11/2099 14:30\n"


def test_an_ambiguous_date_is_asked_about_and_never_guessed(admin_client, group, columns_of):
    address = columns_of(AMERICAN)
    page = admin_client.get(address)
    words = text_of(page)
    assert "05/11/2099 14:30: 5 November or 11 May? Choose how times are written." in words
    assert "05/11/2099 14:30 is 5 November 2099, 14:30" in words
    assert "05/11/2099 14:30 is 11 May 2099, 14:30" in words
    assert page.context["form"]["schedule_format"].value() == ""
    assert "errornote" not in page.content.decode()
    assert page.context["shown"] is None
    form = choices(group, name_column="", scheduled_at_column="1", zone="UTC", start="yes")
    refused = admin_client.post(address, form | {"schedule_format": ""})
    assert list(errors_of(refused)) == ["schedule_format"]
    assert "%" not in text_of(refused)
    admin_client.post(address, form | {"schedule_format": "%m/%d/%Y %H:%M"})
    import_contacts.func(ContactImport.objects.get().id)
    assert Contact.objects.get().scheduled_at.isoformat() == "2099-05-11T14:30:00+00:00"


def test_dates_without_a_time_of_day_are_midnight_only_once_somebody_says_so(
    admin_client, group, columns_of
):
    address = columns_of("Email;Versand am\nann@example.com;31.12.2098\n")
    assert "31.12.2098 has no time of day." in text_of(admin_client.get(address))
    form = choices(group, name_column="", scheduled_at_column="1", start="yes")
    admin_client.post(address, form | {"schedule_format": "%d.%m.%Y"})
    job = ContactImport.objects.get()
    import_contacts.func(job.id)
    assert Contact.objects.get().scheduled_at.isoformat() == "2098-12-30T23:00:00+00:00"


def test_an_unknown_way_to_write_times_is_refused_without_codes(admin_client, group, columns_of):
    form = choices(group, schedule_format="%x", look="yes", name_column="")
    page = admin_client.post(columns_of(AMERICAN), form | {"scheduled_at_column": "1"})
    assert "Choose how times are written." in text_of(page)
    assert "%" not in text_of(page)


@pytest.mark.parametrize(
    ("told", "proposed"),
    [("Asia/Kolkata", "Asia/Kolkata"), ("", "UTC"), ("Mars/Base", "UTC"), ("../etc", "UTC")],
)
def test_the_zone_of_the_browser_is_proposed_if_it_is_known(
    admin_client, columns_of, told, proposed
):
    page = admin_client.get(columns_of(GERMAN, zone=told))
    assert page.context["form"]["zone"].value() == proposed


def test_an_offset_in_the_value_wins(admin_client, group, columns_of):
    address = columns_of("Email;Versand am\nann@example.com;31.12.2098 14:30 +0100\n")
    form = choices(group, name_column="", scheduled_at_column="1", zone="Asia/Kolkata")
    admin_client.post(address, form | {"schedule_format": "", "start": "yes"})
    import_contacts.func(ContactImport.objects.get().id)
    assert Contact.objects.get().scheduled_at.isoformat() == "2098-12-31T13:30:00+00:00"


def test_rejected_rows_come_back_whole_and_can_be_mended(admin_client, group, columns_of):
    address = columns_of("Kunde;E-Mail;Ort\nAnn;ann@;Ulm\nBob;bob@example.com;Bern\n")
    form = choices(group, email_column="1", name_column="0", scheduled_at_column="")
    admin_client.post(address, form | {"start": "yes"})
    job = ContactImport.objects.get()
    import_contacts.func(job.id)
    given = b"".join(admin_client.get(job_page(job, "rejected"))).decode("utf-8-sig")
    head, row = given.splitlines()
    assert head == "Kunde;E-Mail;Ort;problem"
    assert row.startswith("Ann;ann@;Ulm;Line 2: E-Mail: Give an e-mail address")
    page = admin_client.get(columns_of(given.replace("ann@;", "ann@example.com;")))
    assert guessed(page) == {"email": "1"}
    assert "Nothing is wrong with these rows." in text_of(page)


def test_the_form_of_the_upload_asks_for_the_zone_by_script_alone(admin_client, group):
    page = admin_client.get(upload_page(group.campaign_id)).content.decode()
    assert '<input type="hidden" name="zone" id="id_zone">' in page
    assert "console/imports/zone.js" in page
