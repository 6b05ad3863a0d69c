"""Many contacts at once in the admin: pasted as text, and downloaded as CSV with their pixels."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from campaigns import services
from campaigns.models import Contact
from console.contacts import bulk
from contacts.change import erase_contact
from contacts.fields import TAKEN
from contacts.pixels.links import pixel_html, pixel_url
from tests.admin_pages import errors_of, text_of
from tests.tracking.factories import START
from tracking.models import Pixel

pytestmark = pytest.mark.one_engine

PERMISSIONS = ["campaigns.add_contact", "tracking.add_pixel"]


def paste_page(campaign_id):
    return reverse("admin:campaigns_campaign_add_contacts", args=[campaign_id])


def csv_page(campaign_id):
    return reverse("admin:campaigns_campaign_contacts_csv", args=[campaign_id])


def paste(client, into, pasted, **changes):
    form = {
        "key": "email",
        "lines": "\r\n".join(pasted),
        "group": into.id,
        "scheduled_at": "",
        "pixels": 1,
    }
    return client.post(paste_page(into.campaign_id), form | changes)


def refused(response):
    return [(line.number, sentence) for line, sentence in response.context["outcome"].refused]


# --- In -------------------------------------------------------------------------------------


def test_groups_are_drawn_unless_one_is_chosen(admin_client, group, make_group):
    make_group(group.campaign, 2, "B")
    words = text_of(admin_client.get(paste_page(group.campaign_id)))
    assert "Draw it: Group 1 50%, B 50%" in words
    response = paste(admin_client, group, [f"p{n}@x.com" for n in range(6)], group="")
    words = text_of(response)
    assert "Contacts added: 6. Groups: Group 1 3, B 3." in words
    stored = {str(c.uuid): c.group.name for c in Contact.objects.select_related("group")}
    assert {str(c.uuid): c.group for c in response.context["outcome"].made} == stored
    response = paste(admin_client, group, ["p1@x.com", "late@x.com"])
    assert "Contacts added: 1. Groups: Group 1 1." in text_of(response)


def test_pasted_lines_become_contacts_with_pixels(admin_client, group):
    when = {"scheduled_at": "2026-03-05T09:00"}
    response = paste(admin_client, group, ["ann@x.com, Ann", "bob@x.com"], pixels=2, **when)
    assert "Contacts added: 2." in text_of(response)
    ann, bob = Contact.objects.all()
    assert (ann.email, ann.name, bob.email, bob.name) == ("ann@x.com", "Ann", "bob@x.com", None)
    assert {c.scheduled_at for c in (ann, bob)} == {datetime(2026, 3, 5, 9, tzinfo=UTC)}
    assert (ann.group, ann.campaign, ann.pixels.count()) == (group, group.campaign, 2)


def test_the_new_pixels_are_shown_to_copy(admin_client, group):
    page = paste(admin_client, group, ["ann@x.com, Ann"]).content.decode()
    assert f"&lt;img src=&quot;http://testserver/pixel/{Pixel.objects.get().uuid}.gif" in page


def test_lines_may_begin_with_external_ids(admin_client, group):
    paste(admin_client, group, ["crm-1, Ann", "crm-2"], key="external_id")
    assert set(Contact.objects.values_list("external_id", flat=True)) == {"crm-1", "crm-2"}
    assert set(Contact.objects.values_list("email", flat=True)) == {None}


def test_invalid_lines_are_named_by_number_and_valid_ones_are_kept(
    admin_client, group, make_contact
):
    make_contact(email="old@x.com")
    lines = ["", "ann@x.com", "nonsense", "ANN@x.com", "old@x.com", f"long@x.com,{'x' * 201}", ","]
    response = paste(admin_client, group, lines)
    assert refused(response) == [
        (3, "Give an e-mail address such as ann@example.com."),
        (4, "Line 2 has this e-mail address too."),
        (5, TAKEN["email"]),
        (6, "Give at most 200 characters."),
        (7, "Begin the line with an e-mail address."),
    ]
    assert "Contacts added: 1." in text_of(response)
    assert Contact.objects.count() == 2


def test_refused_lines_are_in_the_field_again(admin_client, group):
    response = paste(admin_client, group, ["nonsense", "ann@x.com", "<b>bad"], pixels=3)
    form = response.context["form"]
    assert form["lines"].value() == "nonsense\n<b>bad"
    assert (form["group"].value(), form["pixels"].value()) == (group.id, 3)
    page = response.content.decode()
    assert "<b>bad" not in page
    assert f'<option value="{group.id}" selected>' in page


def test_sending_the_same_lines_again_adds_nothing(admin_client, group):
    paste(admin_client, group, ["ann@x.com"])
    response = paste(admin_client, group, ["ann@x.com"])
    assert refused(response) == [(1, TAKEN["email"])]
    assert Contact.objects.count() == Pixel.objects.count() == 1


def test_too_many_lines_are_refused_together(admin_client, group, monkeypatch):
    monkeypatch.setattr("console.contacts.forms.MAX_ROWS", 2)
    response = paste(admin_client, group, ["a@x.com", "b@x.com", "c@x.com"])
    assert errors_of(response) == {"lines": ["Paste at most 2 lines at once."]}
    assert not Contact.objects.exists()


def test_more_contacts_than_are_shown_are_all_made(admin_client, group, monkeypatch):
    monkeypatch.setattr(bulk, "SHOWN", 2)
    response = paste(admin_client, group, [f"{n}@x.com" for n in range(5)])
    assert len(response.context["outcome"].made) == 2
    assert "The first 2 of 5." in text_of(response)
    assert Contact.objects.count() == Pixel.objects.count() == 5


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": ""}, "lines"),
        ({"group": 9999}, "group"),
        ({"pixels": 0}, "pixels"),
        ({"pixels": 11}, "pixels"),
        ({"key": "name"}, "key"),
        ({"scheduled_at": "2026-03-05"}, "scheduled_at"),
    ],
)
def test_a_bad_choice_is_an_error_beside_it(admin_client, group, changes, field):
    response = paste(admin_client, group, ["ann@x.com"], **changes)
    assert list(errors_of(response)) == [field]
    assert not Contact.objects.exists()


def test_only_groups_of_the_campaign_that_take_contacts_are_offered(
    admin_client, group, other_group, make_group
):
    archived = make_group(group.campaign, 2)
    services.archive_group(group_id=archived.id, now=START)
    form = admin_client.get(paste_page(group.campaign_id)).context["form"]
    assert list(form.fields["group"].queryset) == [group]
    for other in (archived, other_group):
        response = paste(admin_client, group, ["ann@x.com"], group=other.id)
        assert list(errors_of(response)) == ["group"]


def test_a_campaign_that_is_archived_or_has_no_groups_says_so(admin_client, campaign):
    assert "no group yet" in text_of(admin_client.get(paste_page(campaign.id)))
    services.archive_campaign(campaign_id=campaign.id, now=START)
    assert "This campaign is archived" in text_of(admin_client.get(paste_page(campaign.id)))


def test_an_archived_campaign_takes_no_lines(admin_client, group):
    services.archive_campaign(campaign_id=group.campaign_id, now=START)
    assert refused(paste(admin_client, group, ["ann@x.com"])) == [
        (1, "This campaign is archived: unarchive it first.")
    ]


def test_a_schedule_outside_the_dates_is_warned_of_once(admin_client, group):
    when = {"scheduled_at": "2026-06-01T09:00"}
    words = text_of(paste(admin_client, group, ["ann@x.com", "bob@x.com"], **when))
    assert words.count("outside the campaign's dates") == 1


def test_the_history_has_the_number_of_contacts_and_no_names(admin_client, group):
    paste(admin_client, group, ["ann@x.com, Ann", "nonsense"])
    assert LogEntry.objects.get().get_change_message() == "Added 1 contacts."


# --- Out ------------------------------------------------------------------------------------


def download(client, campaign_id):
    content = b"".join(client.get(csv_page(campaign_id)).streaming_content).decode()
    return list(csv.DictReader(io.StringIO(content)))


def test_the_file_holds_each_contact_with_its_pixels(admin_client, group):
    when = {"scheduled_at": "2026-03-05T09:00"}
    paste(admin_client, group, ["ann@x.com, Ann"], pixels=2, **when)
    paste(admin_client, group, ["crm-1"], key="external_id")
    erase_contact(contact_id=paste_one(admin_client, group, "gone@x.com").uuid, now=START)
    ann, other = download(admin_client, group.campaign_id)
    assert (ann["email"], ann["name"], ann["group_number"], ann["group"]) == (
        "ann@x.com",
        "Ann",
        "1",
        "Group 1",
    )
    assert ann["scheduled_at"] == "2026-03-05T09:00:00+00:00"
    second = Pixel.objects.get(contact_id=ann["uuid"], number=2)
    base = "http://testserver"
    assert ann["pixel_2_url"] == pixel_url(second.uuid, base=base)
    assert ann["pixel_2_html"] == pixel_html(second.uuid, base=base)
    assert (other["external_id"], other["email"], other["pixel_2_url"]) == ("crm-1", "", "")


def paste_one(client, group, line):
    before = set(Contact.objects.values_list("uuid", flat=True))
    paste(client, group, [line])
    return Contact.objects.exclude(uuid__in=before).get()


def test_the_file_says_which_contacts_were_not_sent_to(admin_client, group, make_contact):
    contact = make_contact(email="ann@x.com")
    Contact.objects.update(not_sent_at=START, not_sent_reason="withdrawn")
    [row] = download(admin_client, group.campaign_id)
    assert (row["uuid"], row["not_sent"]) == (str(contact.uuid), "withdrawn")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "=cmd|' /C calc'!A0"])
def test_no_cell_of_the_file_is_a_formula(admin_client, group, make_contact, name):
    make_contact(email="ann@x.com", name=name, external_id=name)
    [row] = download(admin_client, group.campaign_id)
    assert (row["name"], row["external_id"]) == (f"'{name}", f"'{name}")


def test_the_file_is_a_download_that_is_not_cached(admin_client, group):
    response = admin_client.get(csv_page(group.campaign_id))
    assert response["Content-Disposition"] == (
        f'attachment; filename="contacts-{group.campaign_id}.csv"'
    )
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]


# --- Permissions ----------------------------------------------------------------------------


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_pasting_needs_both_permissions(staff, group, permission):
    client = staff(permission, "campaigns.change_campaign", "campaigns.view_contact")
    assert client.get(paste_page(group.campaign_id)).status_code == 403
    assert paste(client, group, ["ann@x.com"]).status_code == 403
    assert not Contact.objects.exists()


def test_pasting_needs_no_other_permission(staff, group):
    paste(staff(*PERMISSIONS), group, ["ann@x.com"])
    assert Contact.objects.count() == 1


def test_new_contacts_are_links_only_for_who_may_see_contacts(staff, group):
    seeing = [*PERMISSIONS, "campaigns.view_contact"]
    for name, may in {"ann": PERMISSIONS, "bob": seeing}.items():
        page = paste(staff(*may, name=name), group, [f"{name}@example.com"]).content.decode()
        made = Contact.objects.latest("created_at")
        assert f"{name}@example.com" in page
        assert (f"/contact/{made.pk}/change/" in page) == (name == "bob")


@pytest.mark.parametrize("permission", ["campaigns.view_contact", "tracking.view_pixel"])
def test_the_file_needs_both_permissions(staff, group, permission):
    client = staff(permission, *PERMISSIONS)
    assert client.get(csv_page(group.campaign_id)).status_code == 403


def test_only_who_may_record_decisions_gets_addresses_of_pages(
    staff, group, serving_privacy, make_contact
):
    make_contact(email="ann@example.com")
    reading = ("campaigns.view_contact", "tracking.view_pixel")
    for n, (more, holds) in enumerate([((), False), (("consent.add_decision",), True)]):
        client = staff(*reading, *more, name=f"user{n}")
        file = b"".join(client.get(csv_page(group.campaign_id)).streaming_content)
        assert (b"/privacy/" in file) is holds


def test_without_signing_in_every_page_leads_to_the_sign_in(client, group):
    for page in (paste_page(group.campaign_id), csv_page(group.campaign_id)):
        assert client.get(page).headers["Location"].startswith("/admin/login/")


def test_unknown_campaigns_are_not_found(admin_client, group):
    for page in (paste_page, csv_page):
        for campaign_id in (999, 2**70):
            assert admin_client.get(page(campaign_id)).status_code == 404


def test_a_form_from_another_site_is_refused(admin_user, group):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert paste(client, group, ["ann@x.com"]).status_code == 403
    assert not Contact.objects.exists()


def test_the_file_can_only_be_read(admin_client, group):
    assert admin_client.post(csv_page(group.campaign_id)).status_code == 405
