"""The admin's pages of contacts: search, saving through services, marking, erasing."""

import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from campaigns.models import Contact
from console.base import lists as admin_lists
from console.contacts import opens as contact_opens
from console.contacts import pages as contacts
from contacts.change import erase_contact
from contacts.fields import TAKEN
from contacts.pixels.services import create_pixels
from contacts.trial import make_test
from tests.admin_pages import errors_of, keys_of, messages_of, rows_of, text_of
from tests.tracking.factories import APPLE_PRIVACY, GMAIL, START, make_hit
from tracking.counting.record import record
from tracking.models import ContactsByKind, Pixel

LIST = reverse("admin:campaigns_contact_changelist")
ADD = reverse("admin:campaigns_contact_add")
FIND = reverse("admin:campaigns_contact_find")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIELDS = dict.fromkeys(("email", "name", "external_id", "locale", "scheduled_at"), "")


def change_page(contact):
    return reverse("admin:campaigns_contact_change", args=[contact.uuid])


def filled_in(group, **changes):
    return FIELDS | {"campaign": group.campaign_id, "group": group.id, "pixels": 1} | changes


@pytest.fixture
def ann(make_contact):
    contact = make_contact(email="ann@example.com", name="Ann", scheduled_at=START)
    create_pixels(contact_ids=[contact.uuid], per_contact=2)
    return contact


def found(response):
    return keys_of(response)


# --- The list -------------------------------------------------------------------------------


def test_the_list_shows_who_opened_and_how(admin_client, ann, make_contact):
    machine_only, unopened = make_contact(), make_contact()
    create_pixels(contact_ids=[machine_only.uuid], per_contact=1)
    record(
        [
            make_hit(ann, agent=APPLE_PRIVACY),
            make_hit(ann, agent=GMAIL, after=timedelta(hours=2)),
            make_hit(machine_only, agent=APPLE_PRIVACY),
        ]
    )
    page = admin_client.get(LIST)
    rows = rows_of(page)
    opened = dict(zip(found(page), [row["opened"] for row in rows], strict=True))
    assert opened == {
        str(ann.uuid): "by a person, 2 March 2026, 11:00",
        str(machine_only.uuid): "by a machine, 2 March 2026, 10:00",
        str(unopened.uuid): "-",
    }
    # Nobody in marketing knows a contact by it.
    assert str(ann.uuid) not in text_of(page)


def test_the_list_is_narrowed_to_a_campaign_and_a_group(
    admin_client, campaign, group, make_group, make_contact, other_group
):
    second = make_group(campaign, 2)
    here, there = make_contact(), make_contact(group=second.id)
    elsewhere = make_contact(campaign=other_group.campaign_id, group=other_group.id)

    def listed(query):
        return set(found(admin_client.get(f"{LIST}?{query}")))

    assert listed(f"campaign={campaign.id}") == {str(here.uuid), str(there.uuid)}
    assert listed(f"campaign={campaign.id}&group={second.id}") == {str(there.uuid)}
    assert listed(f"group={other_group.id}") == {str(elsewhere.uuid)}


def test_the_filters_offer_few_campaigns_and_the_chosen_one(
    admin_client, make_campaign, monkeypatch
):
    monkeypatch.setattr(admin_lists, "OFFERED", 2)
    oldest, *_ = [make_campaign(f"Campaign {n}") for n in range(4)]
    words = text_of(admin_client.get(LIST))
    assert [f"Campaign {n}" in words for n in range(4)] == [False, False, True, True]
    assert "Campaign 0" in text_of(admin_client.get(f"{LIST}?campaign={oldest.id}"))


@pytest.mark.parametrize("term", ["ann@example.com", " ANN@Example.com ", "crm-7", "{uuid}"])
def test_the_search_finds_by_address_external_id_or_uuid(admin_client, make_contact, term):
    make_contact(email="bob@example.com")
    ann = make_contact(email="ann@example.com", external_id="crm-7")
    response = admin_client.post(FIND, {"q": term.format(uuid=ann.uuid)}, follow=True)
    assert found(response) == [str(ann.uuid)]


@pytest.mark.parametrize("term", ["Ann", "ann", "example.com", "nobody@example.com"])
def test_the_search_finds_nothing_else(admin_client, ann, term):
    assert found(admin_client.post(FIND, {"q": term}, follow=True)) == []


def test_a_search_keeps_the_address_out_of_the_pages_own_address(admin_client, ann):
    query = f"?campaign={ann.campaign_id}&_popup=1"
    target = admin_client.post(f"{FIND}{query}", {"q": "ann@example.com"}).headers["Location"]
    assert target.startswith(f"{LIST}{query}&q=")
    assert "example" not in target
    assert "ann@" not in admin_client.get(target).content.decode().partition("<table")[0]


def test_a_longer_list_takes_no_more_queries(
    admin_client, make_contact, django_assert_max_num_queries
):
    def cost():
        with django_assert_max_num_queries(11) as queries:
            admin_client.get(f"{LIST}?campaign={Contact.objects.first().campaign_id}")
        return len(queries)

    for n in range(10):
        make_contact(email=f"{n}@example.com")
    few = cost()
    for n in range(10, 50):
        make_contact(email=f"{n}@example.com")
    assert cost() == few


def test_each_page_starts_where_the_previous_one_ended(admin_client, make_contact, monkeypatch):
    monkeypatch.setattr(admin_lists, "FAR", 2)
    for name in ("list_per_page", "list_max_show_all"):
        monkeypatch.setattr(contacts.ContactAdmin, name, 2)
    made = [make_contact().uuid for _ in range(7)]
    pages = [admin_client.get(f"{LIST}?p={n}").context["cl"].result_list for n in range(1, 5)]
    assert [contact.uuid for page in pages for contact in page] == made


def test_a_long_list_says_that_it_is_shortened(admin_client, make_contact, monkeypatch):
    for _ in range(3):
        make_contact()
    assert "3 contacts" in text_of(admin_client.get(LIST))
    monkeypatch.setattr(admin_lists.BoundedPaginator, "longest", 2)
    assert "The first 2 contacts: filter or search" in text_of(admin_client.get(LIST))


# --- One contact ----------------------------------------------------------------------------


def test_a_contact_is_created_with_its_pixels(admin_client, group):
    when = {"scheduled_at": "2026-03-05T09:30"}
    form = filled_in(group, email="Ann@Example.com", name="Ann", pixels=2, **when)
    assert admin_client.post(ADD, form).status_code == 302
    contact = Contact.objects.get()
    assert (contact.email, contact.name) == ("Ann@example.com", "Ann")
    assert contact.scheduled_at == datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    assert sorted(contact.pixels.values_list("number", flat=True)) == [1, 2]


def test_the_page_of_a_new_contact_offers_the_groups_of_its_campaign(
    admin_client, group, other_group
):
    page = admin_client.get(f"{ADD}?campaign={group.campaign_id}")
    offered = page.context["adminform"].form.fields["group"].queryset
    assert list(offered) == [group]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"email": "ann"}, {"email": ["Give an e-mail address such as ann@example.com."]}),
        ({"email": "A@b.example"}, {"email": [TAKEN["email"]]}),
        ({"external_id": "crm-7"}, {"external_id": [TAKEN["external_id"]]}),
        (
            {"scheduled_at": "1990-01-01T00:00"},
            {"scheduled_at": ["Give a date and time between the years 2000 and 2199."]},
        ),
        ({"pixels": 0}, {"pixels": ["Ensure this value is greater than or equal to 1."]}),
        ({"pixels": 11}, {"pixels": ["Ensure this value is less than or equal to 10."]}),
    ],
)
def test_errors_are_shown_beside_their_fields(admin_client, group, make_contact, changes, errors):
    make_contact(email="a@b.example", external_id="crm-7")
    response = admin_client.post(ADD, filled_in(group, **changes))
    assert errors_of(response) == errors
    assert Contact.objects.count() == 1
    assert not Pixel.objects.exists()


def test_a_group_of_another_campaign_is_an_error_beside_the_group(admin_client, group, other_group):
    form = filled_in(group) | {"group": other_group.id}
    response = admin_client.post(ADD, form)
    sentence = f"Group {other_group.id} belongs to another campaign."
    assert errors_of(response) == {"group": [sentence]}


@pytest.mark.parametrize("typed", ["", "abc", str(2**70), "999"])
def test_a_campaign_that_does_not_exist_is_an_error_beside_it(admin_client, group, typed):
    response = admin_client.post(ADD, filled_in(group) | {"campaign": typed})
    assert list(errors_of(response)) == ["campaign"]


def test_a_schedule_outside_the_campaigns_dates_is_kept_with_a_warning(admin_client, group):
    when = {"scheduled_at": "2026-06-01T00:00"}
    response = admin_client.post(ADD, filled_in(group, **when), follow=True)
    assert any("outside the campaign's dates" in said for said in messages_of(response))
    assert Contact.objects.get().scheduled_at.month == 6


def test_a_contact_changes_through_the_services(admin_client, ann):
    form = filled_in(ann.group, email="anna@example.com", name="Anna", external_id="crm-1")
    assert admin_client.post(change_page(ann), form).status_code == 302
    ann.refresh_from_db()
    assert (ann.email, ann.name, ann.external_id) == ("anna@example.com", "Anna", "crm-1")
    assert ann.scheduled_at is None
    assert found(admin_client.post(FIND, {"q": "anna@example.com"}, follow=True))


def test_a_locale_is_typed_listed_and_changed(admin_client, group):
    admin_client.post(ADD, filled_in(group, email="ann@example.com", locale="de_at"))
    ann = Contact.objects.get()
    assert ann.locale == "de-AT"
    [row] = rows_of(admin_client.get(LIST))
    assert row["locale"] == "de-AT"
    assert 'value="de-AT"' in admin_client.get(change_page(ann)).content.decode()
    response = admin_client.post(change_page(ann), filled_in(group, locale="German"))
    assert errors_of(response) == {"locale": ["Give a language tag such as de or de-AT."]}
    form = filled_in(group, email="ann@example.com", locale="FR")
    assert admin_client.post(change_page(ann), form).status_code == 302
    ann.refresh_from_db()
    assert (ann.locale, ann.email) == ("fr", "ann@example.com")


def test_saving_an_unchanged_contact_changes_nothing(admin_client, make_contact):
    moment = START.replace(second=7, microsecond=123456)
    ann = make_contact(email="ann@example.com", scheduled_at=moment)
    when = {"scheduled_at": "2026-03-02T09:00:07"}
    admin_client.post(change_page(ann), filled_in(ann.group, email="ann@example.com", **when))
    ann.refresh_from_db()
    assert ann.scheduled_at == moment


def test_the_schedule_of_an_opened_contact_is_frozen(admin_client, ann):
    record([make_hit(ann)])
    form = filled_in(ann.group, email=ann.email, name="Anna")
    response = admin_client.post(change_page(ann), form)
    assert list(errors_of(response)) == ["scheduled_at"]
    ann.refresh_from_db()
    assert (ann.scheduled_at, ann.name) == (START, "Ann")


def test_the_page_shows_pixels_to_copy_and_opens(admin_client, ann):
    record([make_hit(ann, agent=GMAIL)])
    response = admin_client.get(change_page(ann))
    page = response.content.decode()
    for pixel in ann.pixels.all():
        assert f'value="http://testserver/pixel/{pixel.uuid}.gif"' in page
        assert f"&lt;img src=&quot;http://testserver/pixel/{pixel.uuid}.gif&quot;" in page
    assert (
        "2 March 2026, 10:00:00 A person: a mail service's image proxy, on a person's behalf. "
        "Gmail, pixel 1. "
    ) in text_of(response)


def test_the_opens_of_a_contact_come_page_by_page(admin_client, ann, monkeypatch):
    monkeypatch.setattr(contact_opens, "SHOWN", 2)
    hits = [make_hit(ann, after=timedelta(hours=n), pixel=n % 2) for n in range(1, 6)]
    record(hits)
    ann.pixels.get(number=2).delete()
    shown, address = [], change_page(ann)
    while address:
        timeline = admin_client.get(address).context["timeline"]
        shown += [(opened.row.event_id, opened.pixel) for opened in timeline.opens]
        address = timeline.older and f"{change_page(ann)}?{urlencode({'before': timeline.older})}"
    numbers = [None, 1, None, 1, None]
    assert shown == list(zip([hit.event_id for hit in reversed(hits)], numbers, strict=True))
    page = admin_client.get(f"{change_page(ann)}?before=nonsense")
    assert page.context["timeline"].is_first


def test_the_queries_of_the_page_do_not_grow_with_the_opens(
    staff, ann, django_assert_max_num_queries
):
    client = staff("campaigns.view_contact", "tracking.view_pixel", "tracking.view_open")
    record([make_hit(ann, after=timedelta(minutes=n)) for n in range(30)])
    with django_assert_max_num_queries(11):
        assert len(client.get(change_page(ann)).context["timeline"].opens) == 25


def test_a_test_contact_can_only_be_viewed(admin_client, group):
    uuid = make_test(campaign_id=group.campaign_id, group_id=group.id, label="x", now=NOW)
    contact = Contact.objects.get(uuid=uuid)
    assert 'name="email"' not in admin_client.get(change_page(contact)).content.decode()
    response = admin_client.post(change_page(contact), filled_in(group, email="ann@example.com"))
    assert response.status_code == 403


def test_pixels_and_opens_need_their_own_permissions(staff, ann):
    record([make_hit(ann)])
    page = staff("campaigns.view_contact").get(change_page(ann)).content.decode()
    assert 'id="pixels"' not in page
    assert 'id="opens"' not in page


def test_an_erased_contact_can_only_be_viewed(admin_client, ann):
    erase_contact(contact_id=ann.uuid, now=NOW)
    page = admin_client.get(change_page(ann))
    assert 'name="email"' not in page.content.decode()
    response = admin_client.post(change_page(ann), filled_in(ann.group, name="Back"))
    assert response.status_code == 403
    ann.refresh_from_db()
    assert ann.name is None


@pytest.mark.parametrize("contact_id", ["abc", "ffffffff-ffff-ffff-ffff-ffffffffffff"])
def test_a_contact_that_does_not_exist_is_not_found(admin_client, group, contact_id):
    page = reverse("admin:campaigns_contact_change", args=[contact_id])
    response = admin_client.get(page, follow=True)
    assert "doesn’t exist" in messages_of(response)[0]  # noqa: RUF001


def test_the_history_holds_no_personal_data(admin_client, group):
    admin_client.post(ADD, filled_in(group, email="ann@example.com", name="Ann"))
    contact = Contact.objects.get()
    form = filled_in(group, email="bob@example.com", name="Bob", external_id="Bobs-id")
    admin_client.post(change_page(contact), form)
    act(admin_client, "mark_bounced", contact)
    act(admin_client, "erase", contact, confirmed="yes")
    entries = LogEntry.objects.order_by("id")
    assert [entry.get_change_message() for entry in entries] == [
        "Added.",
        "Changed E-mail, name and Id in your system.",
        "Marked as bounced.",
        "Erased personal data.",
    ]
    for entry in entries:
        assert entry.object_repr == str(contact.uuid)


# --- Actions --------------------------------------------------------------------------------


def act(client, action, *contacts, **more):
    form = {"action": action, "_selected_action": [contact.pk for contact in contacts], **more}
    return client.post(LIST, form, follow=True)


def test_contacts_are_marked_and_unmarked_and_leave_the_counts(
    admin_client, ann, make_contact, other_group
):
    record([make_hit(ann)])
    elsewhere = make_contact(campaign=other_group.campaign_id, group=other_group.id)
    response = act(admin_client, "mark_bounced", ann, elsewhere)
    assert messages_of(response) == ["Marked as bounced: 2."]
    ann.refresh_from_db()
    assert ann.not_sent_reason == "bounced"
    assert not ContactsByKind.objects.filter(contacts__gt=0).exists()
    act(admin_client, "unmark_not_sent", ann)
    ann.refresh_from_db()
    assert ann.not_sent_at is None
    assert ContactsByKind.objects.get(contacts__gt=0).contacts == 1
    act(admin_client, "mark_withdrawn", ann)
    ann.refresh_from_db()
    assert ann.not_sent_reason == "withdrawn"


def test_too_many_contacts_at_once_are_refused(admin_client, ann, make_contact, monkeypatch):
    monkeypatch.setattr(contacts, "MOST_MARKED", 1)
    monkeypatch.setattr(contacts, "MOST_ERASED", 1)
    other = make_contact()
    for action in ("mark_bounced", "erase"):
        response = act(admin_client, action, ann, other, confirmed="yes")
        assert "Select at most 1 contacts at once." in messages_of(response)
    assert not Contact.objects.exclude(not_sent_at=None, erased_at=None).exists()


def test_erasing_asks_first_and_names_whom(admin_client, ann):
    words = text_of(act(admin_client, "erase", ann))
    assert "ann@example.com" in words and str(ann.uuid) not in words
    personal = "the e-mail address, the name, the id in your system and the locale"
    assert f"Erase {personal} of 1 contact?" in words
    ann.refresh_from_db()
    assert ann.erased_at is None


def test_a_confirmed_erasure_empties_the_contact(admin_client, ann):
    record([make_hit(ann)])
    response = act(admin_client, "erase", ann, confirmed="yes")
    assert messages_of(response) == ["Erased: 1."]
    ann.refresh_from_db()
    assert (ann.email, ann.name, ann.email_hash) == (None, None, None)
    assert ContactsByKind.objects.get().contacts == 1


def test_nothing_is_deleted(admin_client, ann):
    delete = reverse("admin:campaigns_contact_delete", args=[ann.uuid])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    act(admin_client, "delete_selected", ann, post="yes")
    assert Contact.objects.filter(uuid=ann.uuid).exists()


def test_a_selection_that_is_not_a_uuid_is_refused(admin_client, ann):
    form = {"action": "mark_bounced", "_selected_action": ["abc"]}
    assert admin_client.post(LIST, form).status_code == 400


# --- Permissions ----------------------------------------------------------------------------


def test_without_permission_to_view_contacts_every_page_is_refused(staff, group, ann):
    client = staff("campaigns.view_campaign", "campaigns.delete_contact")
    for page in (LIST, ADD, change_page(ann)):
        assert client.get(page).status_code == 403, page
    for page in (LIST, ADD, FIND, change_page(ann)):
        assert client.post(page, filled_in(group, q="x")).status_code == 403, page
    assert Contact.objects.count() == 1


def test_a_search_can_not_be_linked_to(admin_client):
    assert admin_client.get(FIND).status_code == 405


@pytest.mark.parametrize(
    ("action", "permission"),
    [
        ("mark_bounced", "change_contact"),
        ("mark_withdrawn", "change_contact"),
        ("unmark_not_sent", "change_contact"),
        ("erase", "delete_contact"),
    ],
)
def test_each_action_needs_its_own_permission(staff, ann, action, permission):
    if action == "unmark_not_sent":
        Contact.objects.update(not_sent_at=NOW, not_sent_reason="bounced")
    before = Contact.objects.values("not_sent_at", "erased_at").get()
    others = {"view_contact", "add_contact", "change_contact", "delete_contact"} - {permission}
    act(staff(*(f"campaigns.{o}" for o in others), name="bob"), action, ann, confirmed="yes")
    assert Contact.objects.values("not_sent_at", "erased_at").get() == before
    client = staff("campaigns.view_contact", f"campaigns.{permission}")
    act(client, action, ann, confirmed="yes")
    assert Contact.objects.values("not_sent_at", "erased_at").get() != before


def test_without_permission_to_add_pixels_a_contact_gets_none(staff, group):
    client = staff("campaigns.add_contact", "campaigns.view_contact")
    client.post(ADD, filled_in(group, pixels=5))
    assert Contact.objects.get().pixels.count() == 0


def test_without_signing_in_every_page_leads_to_the_sign_in(client, ann):
    for page in (LIST, ADD, change_page(ann)):
        assert client.get(page).headers["Location"].startswith("/admin/login/")
    assert client.post(FIND, {"q": "x"}).headers["Location"].startswith("/admin/login/")


def test_a_form_from_another_site_is_refused(admin_user, ann):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert act(client, "mark_bounced", ann).status_code == 403
    assert client.post(FIND, {"q": str(uuid.uuid4())}).status_code == 403
