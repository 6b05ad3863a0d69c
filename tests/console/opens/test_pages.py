"""The admin's pages of pixels, opens and user agents."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from console.base import lists as admin_lists
from console.opens.pages import OpenAdmin
from tests.admin_pages import errors_of, rows_of, text_of
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record
from tracking.models import Open, Pixel, UserAgent

pytestmark = pytest.mark.django_db
PIXELS = reverse("admin:tracking_pixel_changelist")
OPENS = reverse("admin:tracking_open_changelist")
AGENTS = reverse("admin:tracking_useragent_changelist")
ADD_PIXEL = reverse("admin:tracking_pixel_add")


def page_of(row, page="change"):
    name = f"admin:tracking_{row._meta.model_name}_{page}"
    return reverse(name, args=[row.pk])


@pytest.fixture
def groups():
    return list(make_campaign().groups.order_by("number"))


@pytest.fixture
def contact(groups):
    return make_contact(groups[0], email="ann@example.com")


@pytest.fixture
def pixel(contact):
    return contact.pixels.get()


def cost(client, address, django_assert_max_num_queries):
    with django_assert_max_num_queries(11) as queries:
        assert rows_of(client.get(address))
    return len(queries)


# --- Pixels ---------------------------------------------------------------------------------


def test_pixels_are_filtered_by_campaign_and_group(admin_client, groups, contact):
    make_contact(groups[1], email="bob@example.com")
    make_contact(make_campaign("Autumn").groups.first())
    campaign = f"campaign={groups[0].campaign_id}"
    assert len(rows_of(admin_client.get(PIXELS))) == 3
    assert len(rows_of(admin_client.get(f"{PIXELS}?{campaign}"))) == 2
    [row] = rows_of(admin_client.get(f"{PIXELS}?{campaign}&group={groups[1].id}"))
    assert (row["of_contact"], row["group"]) == ("bob@example.com", "2 Group 2")


def test_all_pixels_of_a_large_campaign_can_be_found(admin_client, groups, monkeypatch):
    monkeypatch.setattr(admin_lists.ShortPaginator, "longest", 2)
    for n in range(3):
        make_contact(groups[0], pixels=0, created_at=START + timedelta(seconds=n))
    contacts = [
        make_contact(groups[0], created_at=START + timedelta(hours=n), email=f"{n}@example.com")
        for n in range(4)
    ]
    for narrowed in (f"campaign={groups[0].campaign_id}", f"group={groups[0].id}"):
        listed = rows_of(admin_client.get(f"{PIXELS}?{narrowed}"))
        assert {row["of_contact"] for row in listed} == {"0@example.com", "1@example.com"}
        [found] = rows_of(admin_client.get(f"{PIXELS}?{narrowed}&q={contacts[3].uuid}"))
        assert found["of_contact"] == "3@example.com"


def test_a_pixel_is_found_by_its_uuid_or_that_of_its_contact(admin_client, groups, contact, pixel):
    make_contact(groups[0])
    for term in (pixel.uuid, contact.uuid):
        [row] = rows_of(admin_client.get(f"{PIXELS}?q={term}"))
        assert (row["of_contact"], row["named_number"]) == ("ann@example.com", "Pixel 1")
    for term in (uuid.uuid4(), "abc", "ffffffff-ffff-ffff-ffff-ffffffffffff"):
        assert rows_of(admin_client.get(f"{PIXELS}?q={term}")) == []


def test_a_pixel_shows_its_address_and_its_tag_to_copy(admin_client, pixel):
    page = admin_client.get(page_of(pixel)).content.decode()
    assert f'value="http://testserver/pixel/{pixel.uuid}.gif"' in page
    assert f"&lt;img src=&quot;http://testserver/pixel/{pixel.uuid}.gif&quot;" in page


def test_a_pixel_is_added_changed_and_deleted(admin_client, contact):
    admin_client.post(ADD_PIXEL, {"contact": contact.uuid, "number": 2})
    added = contact.pixels.get(number=2)
    admin_client.post(page_of(added), {"number": 7})
    added.refresh_from_db()
    assert added.number == 7
    admin_client.post(page_of(added, "delete"), {"post": "yes"})
    assert not contact.pixels.filter(number=7).exists()


def test_deleting_several_pixels_keeps_their_opens(admin_client, contact, pixel):
    record([make_hit(contact)])
    form = {"action": "delete_selected", "_selected_action": [pixel.pk], "post": "yes"}
    admin_client.post(PIXELS, form)
    assert not Pixel.objects.exists()
    assert Open.objects.count() == 1
    assert len(rows_of(admin_client.get(OPENS))) == 1


def test_a_used_number_is_an_error_beside_it(admin_client, contact, pixel):
    response = admin_client.post(ADD_PIXEL, {"contact": contact.uuid, "number": 1})
    assert errors_of(response) == {"number": ["This contact has a pixel 1 already."]}


@pytest.mark.parametrize("number", ["0", "32768", "", "x"])
def test_a_bad_number_is_an_error_beside_it(admin_client, contact, number):
    response = admin_client.post(ADD_PIXEL, {"contact": contact.uuid, "number": number})
    assert list(errors_of(response)) == ["number"]


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "6f1c2a1e-58cc-4372-a567-0e02b2c3d479", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
)
def test_a_contact_that_does_not_exist_is_an_error_beside_it(admin_client, typed):
    response = admin_client.post(ADD_PIXEL, {"contact": typed, "number": 1})
    assert list(errors_of(response)) == ["contact"]


def test_a_longer_list_of_pixels_takes_no_more_queries(
    admin_client, groups, django_assert_max_num_queries
):
    address = f"{PIXELS}?campaign={groups[0].campaign_id}"
    for _ in range(10):
        make_contact(groups[0])
    few = cost(admin_client, address, django_assert_max_num_queries)
    for _ in range(40):
        make_contact(groups[1])
    assert cost(admin_client, address, django_assert_max_num_queries) == few


def test_the_history_of_pixels_holds_no_personal_data(admin_client, contact, pixel):
    admin_client.post(page_of(pixel), {"number": 2})
    admin_client.post(page_of(pixel, "delete"), {"post": "yes"})
    for entry in LogEntry.objects.all():
        assert entry.object_repr == str(pixel.uuid)
        assert "ann" not in entry.change_message


# --- Opens ----------------------------------------------------------------------------------


def test_opens_come_newest_first_in_words(admin_client, contact, groups):
    record([make_hit(contact, agent=GMAIL), make_hit(contact, after=timedelta(hours=3))])
    newest, oldest = rows_of(admin_client.get(OPENS))
    assert oldest["opened_by"] == "A person: a mail service's image proxy, on a person's behalf."
    assert oldest["client"] == "Gmail"
    assert newest["opened_by"] == "A person: a mail client."
    assert newest["of_contact"] == "ann@example.com"
    assert newest["group"] == "Spring: 1 Group 1"


def test_opens_are_filtered_by_kind_day_campaign_and_group(
    admin_client, contact, groups, time_machine
):
    time_machine.move_to(START + timedelta(days=1, hours=2))
    late = make_contact(groups[1])
    record(
        [
            make_hit(contact, agent=APPLE_PRIVACY, after=-timedelta(days=20)),
            make_hit(late, agent=GMAIL, after=timedelta(days=1)),
            make_hit(make_contact(make_campaign("Autumn").groups.first())),
        ]
    )
    campaign = f"campaign={groups[0].campaign_id}"

    def listed(query):
        return len(rows_of(admin_client.get(f"{OPENS}?{query}")))

    assert listed("") == 3
    assert listed("by=machine") == 1
    assert listed("by=person") == 2
    assert listed(campaign) == 2
    assert listed(f"{campaign}&group={groups[1].id}") == 1
    assert listed(f"group={groups[0].id}") == 1
    today = "opened_at__gte=2026-03-03 00:00:00%2B00:00&opened_at__lt=2026-03-04 00:00:00%2B00:00"
    assert listed(today) == 1


def test_opens_are_found_by_contact_or_pixel(admin_client, groups):
    contact = make_contact(groups[0], pixels=2)
    record([make_hit(contact), make_hit(contact, pixel=1), make_hit(make_contact(groups[0]))])
    second = contact.pixels.get(number=2)
    assert len(rows_of(admin_client.get(f"{OPENS}?q={contact.uuid}"))) == 2
    assert len(rows_of(admin_client.get(f"{OPENS}?q={second.uuid}"))) == 1
    assert rows_of(admin_client.get(f"{OPENS}?q=Gmail")) == []


def test_a_shortened_list_shows_no_number_of_results(admin_client, contact, monkeypatch):
    record([make_hit(contact, after=timedelta(days=n)) for n in range(3)])
    monkeypatch.setattr(admin_lists.ShortPaginator, "longest", 2)
    words = text_of(admin_client.get(OPENS))
    assert "The first 2 opens: filter or search" in words
    assert "2 results" not in words
    assert "The first 2 found" in text_of(admin_client.get(f"{OPENS}?q={contact.uuid}"))


def test_an_open_shows_its_user_agent(admin_client, contact):
    record([make_hit(contact, agent="<script>Thunderbird")])
    words = text_of(response := admin_client.get(page_of(Open.objects.get())))
    assert "<script>Thunderbird" in words
    assert "<script>Thunderbird" not in response.content.decode()


def test_an_open_whose_group_and_agent_were_deleted_is_still_shown(admin_client, contact):
    record([make_hit(contact)])
    Open.objects.update(group_id=999, user_agent_id=999)
    UserAgent.objects.all().delete()
    assert len(rows_of(admin_client.get(OPENS))) == 1
    assert admin_client.get(page_of(Open.objects.get())).status_code == 200


def test_a_longer_list_of_opens_takes_no_more_queries(
    admin_client, groups, django_assert_max_num_queries
):
    address = f"{OPENS}?campaign={groups[0].campaign_id}"
    record([make_hit(make_contact(groups[0]), agent=f"Client {n}") for n in range(10)])
    few = cost(admin_client, address, django_assert_max_num_queries)
    record([make_hit(make_contact(groups[1]), agent=f"Client {n}") for n in range(40)])
    assert cost(admin_client, address, django_assert_max_num_queries) == few


@pytest.mark.parametrize("kind", ["", "&by=person"])
def test_the_pages_of_a_campaigns_opens_together_are_one_list(
    admin_client, groups, kind, monkeypatch
):
    monkeypatch.setattr(OpenAdmin, "list_per_page", 3)
    monkeypatch.setattr(OpenAdmin, "list_max_show_all", 3)
    for group, hours in zip(groups, ([1, 2, 8, 9, 10, 11], [3, 4, 5, 12]), strict=False):
        contact = make_contact(group)
        record([make_hit(contact, after=timedelta(hours=n)) for n in hours])
        record([make_hit(contact, after=timedelta(hours=2, minutes=n), agent="") for n in hours])
    record([make_hit(make_contact(make_campaign("Other").groups.first()))])
    address = f"{OPENS}?campaign={groups[0].campaign_id}{kind}"
    pages = 4 if kind else 7
    shown = [
        row.event_id
        for n in range(1, pages + 1)
        for row in admin_client.get(f"{address}&p={n}").context["cl"].result_list
    ]
    opens = Open.objects.filter(group_id__in=[group.id for group in groups])
    assert shown == list((opens.filter(kind=2) if kind else opens).values_list("pk", flat=True))


def test_user_agents_are_listed(admin_client, contact):
    record([make_hit(contact, agent=THUNDERBIRD)])
    [row] = rows_of(admin_client.get(AGENTS))
    assert (row["value"], row["family"]) == (THUNDERBIRD, "Thunderbird")
    assert admin_client.get(page_of(UserAgent.objects.get())).status_code == 200


# --- Permissions ----------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["open", "useragent"])
def test_recorded_opens_can_not_be_changed(admin_client, contact, model):
    record([make_hit(contact)])
    row = {"open": Open, "useragent": UserAgent}[model].objects.get()
    add = reverse(f"admin:tracking_{model}_add")
    for address in (add, page_of(row), page_of(row, "delete")):
        assert admin_client.post(address, {"post": "yes"}).status_code == 403, address
    form = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    admin_client.post(reverse(f"admin:tracking_{model}_changelist"), form)
    assert type(row).objects.count() == 1


def test_lists_name_contacts_only_to_who_may_see_them(staff, contact):
    record([make_hit(contact)])
    client = staff("tracking.view_open", "tracking.view_pixel")
    for address in (OPENS, PIXELS):
        response = client.get(address)
        assert [row["of_contact"] for row in rows_of(response)] == ["a contact"]
        assert "ann@" not in response.content.decode()


def test_without_permission_to_view_every_page_is_refused(staff, contact, pixel):
    record([make_hit(contact)])
    client = staff("campaigns.view_campaign")
    pages = [PIXELS, ADD_PIXEL, OPENS, AGENTS]
    pages += [page_of(row) for row in (pixel, Open.objects.get(), UserAgent.objects.get())]
    for page in [*pages, page_of(pixel, "delete")]:
        assert client.get(page).status_code == 403, page
        assert client.post(page, {"number": 5, "post": "yes"}).status_code == 403, page
    pixel.refresh_from_db()
    assert pixel.number == 1


@pytest.mark.parametrize("permission", ["add", "change", "delete"])
def test_each_write_needs_its_own_permission(staff, contact, pixel, permission):
    others = {"add", "change", "delete", "view"} - {permission}
    client = staff(*(f"tracking.{other}_pixel" for other in others))
    address, form = {
        "add": (ADD_PIXEL, {"contact": contact.uuid, "number": 2}),
        "change": (page_of(pixel), {"number": 2}),
        "delete": (page_of(pixel, "delete"), {"post": "yes"}),
    }[permission]
    assert client.post(address, form).status_code == 403
    assert list(contact.pixels.values_list("number", flat=True)) == [1]


def test_without_signing_in_every_page_leads_to_the_sign_in(client, pixel):
    for page in (PIXELS, ADD_PIXEL, page_of(pixel), OPENS, AGENTS):
        assert client.get(page).headers["Location"].startswith("/admin/login/")
