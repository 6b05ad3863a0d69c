"""The history of campaigns, groups and discount campaigns: who changed what, by API or admin."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from fernet_fields.fields import EncryptedField

from campaigns import services
from campaigns.models import Campaign, Group
from discounts.models import DiscountCampaign
from foundation.audit_log import History, differences, moment, note
from foundation.errors import NotFound
from tests.admin_pages import text_of
from tests.conftest import client_of
from tests.console.campaigns.test_pages import filled_in
from tests.discounts import factories as discounts
from tests.tracking.factories import START, make_campaign

pytestmark = pytest.mark.django_db

EMAIL_CAMPAIGNS = "/api/v1/email-campaigns/"
DISCOUNTS = "/api/v1/campaigns/"
NAMES = History(lambda campaign: {"Name": campaign.name})


@pytest.fixture
def ann():
    return User.objects.create_superuser("ann")


@pytest.fixture
def api(ann):
    return client_of(ann)


@pytest.fixture
def pages(ann):
    client = Client()
    client.force_login(ann)
    return client


def history_of(row):
    """The history of a row, oldest first."""
    entries = LogEntry.objects.filter(content_type__model=row._meta.model_name, object_id=row.pk)
    return [
        line for entry in entries.order_by("id") for line in entry.get_change_message().split("\n")
    ]


def act(pages, row, action):
    name = f"{row._meta.app_label}_{row._meta.model_name}"
    form = {"action": action, "_selected_action": row.pk, "confirmed": "yes"}
    pages.post(reverse(f"admin:{name}_changelist") + "?archived=all", form)


# --- From the API ---------------------------------------------------------------------------


def test_a_call_records_the_old_and_new_values_of_a_campaign(api, ann):
    campaign_id = api.post(
        EMAIL_CAMPAIGNS,
        {"name": "Spring", "start_at": "2026-03-01T00:00:00Z", "end_at": "2026-03-31T12:30:15Z"},
    ).json()["id"]
    changes = {"name": "Spring sale", "end_at": "2026-04-01T00:00:00Z", "description": "Two\nlines"}
    api.patch(f"{EMAIL_CAMPAIGNS}{campaign_id}/", changes)
    api.delete(f"{EMAIL_CAMPAIGNS}{campaign_id}/")
    api.post(f"{EMAIL_CAMPAIGNS}{campaign_id}/unarchive/")
    assert history_of(Campaign.objects.get()) == [
        "Created.",
        "Name: “Spring” → “Spring sale”",
        "Description: empty → “Two",
        "lines”",
        "Ends: 31 March 2026, 12:30:15 UTC → 1 April 2026, 00:00 UTC",
        "Archived: no → yes",
        "Archived: yes → no",
    ]
    assert {entry.user for entry in LogEntry.objects.all()} == {ann}


def test_a_call_records_a_group_in_its_campaigns_history_too(api):
    campaign = make_campaign(groups=0)
    group = {"campaign": campaign.id, "number": 1, "name": "A"}
    group_id = api.post("/api/v1/groups/", group).json()["id"]
    api.put(f"/api/v1/groups/{group_id}/", {"planned_share": 12.5})
    api.delete(f"/api/v1/groups/{group_id}/")
    api.post(f"/api/v1/groups/{group_id}/unarchive/")
    lines = ["Created.", "Planned share: even → 12.5%"]
    lines += ["Archived: no → yes", "Archived: yes → no"]
    assert history_of(Group.objects.get()) == lines
    assert history_of(campaign) == [f"Group “1 A”: {line}" for line in lines]


def test_a_call_that_reschedules_is_recorded(api):
    group = make_campaign(groups=1).groups.get()
    api.post(f"/api/v1/groups/{group.id}/reschedule/", {"shift_minutes": 60})
    assert history_of(group) == ["Rescheduled contacts: 60 minutes later."]
    assert f"Group “{group}”: Rescheduled contacts: 60 minutes later." in history_of(group.campaign)


def test_a_call_records_the_old_and_new_values_of_a_discount_campaign(api):
    customers = [discounts.make_customer(f"c{n}@example.com") for n in range(3)]
    ids = [customer.id for customer in customers]
    campaign_id = api.post(
        DISCOUNTS,
        {
            "name": "Ten",
            "discount_type": "cart",
            "discount_percentage": 10,
            "start_date": "2026-03-01T00:00:00Z",
            "end_date": "2099-01-01T00:00:00Z",
            "total_budget": 1000,
            "is_targeted": True,
            "target_customer_ids": ids[:2],
        },
    ).json()["id"]
    changes = {"discount_percentage": None, "discount_flat": 50, "total_budget": 2500.5}
    api.patch(f"{DISCOUNTS}{campaign_id}", changes)
    api.patch(f"{DISCOUNTS}{campaign_id}", {"target_customer_ids": ids[1:]})
    api.put(f"{DISCOUNTS}{campaign_id}", {"is_targeted": False, "status": "inactive"})
    assert history_of(DiscountCampaign.objects.get()) == [
        "Created.",
        "Percentage off: 10% → none",
        "Amount off: none → ₹50.00",
        "Budget: ₹1,000.00 → ₹2,500.50",
        f"Customers: added {ids[2]}, removed {ids[0]}",
        "For: chosen customers → everybody",
        "State: active → switched off",
    ]


def test_deleting_a_discount_campaign_is_recorded_whether_it_is_deleted_or_archived(api, pages):
    used, unused = discounts.make_campaign(), discounts.make_campaign()
    discounts.apply(used, discounts.make_customer())
    for campaign in (used, unused):
        api.delete(f"{DISCOUNTS}{campaign.id}")
    assert history_of(used) == ["State: active → switched off", "Archived: no → yes"]
    assert history_of(unused) == ["Deleted."]


def test_a_call_that_is_refused_or_changes_nothing_is_not_recorded(api):
    campaign = make_campaign()
    path = f"{EMAIL_CAMPAIGNS}{campaign.id}/"
    assert api.patch(path, {"end_at": "1999-01-01T00:00:00Z"}).status_code == 400
    assert api.patch(path, {"name": campaign.name}).status_code == 200
    assert not LogEntry.objects.exists()


# --- From the admin -------------------------------------------------------------------------


def test_the_admin_records_changes_of_a_campaign_and_of_each_group(pages, ann):
    campaign = make_campaign(groups=1)
    group = campaign.groups.get()
    form = filled_in(
        [{"id": group.id, "number": 1, "name": "A"}, {"number": 2, "name": "B"}],
        name="Renamed",
        stored=1,
    )
    pages.post(reverse("admin:campaigns_campaign_change", args=[campaign.id]), form)
    lines = history_of(campaign)
    assert lines[0] == "Name: “Spring” → “Renamed”"
    assert lines[-2:] == ["Group “1 A”: Name: “Group 1” → “A”", "Group “2 B”: Created."]
    assert history_of(group) == ["Name: “Group 1” → “A”"]
    assert {entry.user for entry in LogEntry.objects.all()} == {ann}


def test_the_admins_actions_record_what_they_changed_and_nothing_else(pages):
    campaign, discount = make_campaign(), discounts.make_campaign(end_date=START.replace(2099))
    group = campaign.groups.first()
    for row in (campaign, group):
        act(pages, row, "archive")
        act(pages, row, "archive")
        act(pages, row, "unarchive")
    for action in ("activate", "deactivate", "activate"):
        act(pages, discount, action)
    back_and_forth = ["Archived: no → yes", "Archived: yes → no"]
    assert history_of(group) == back_and_forth
    assert history_of(campaign) == back_and_forth + [
        f"Group “{group}”: {n}" for n in back_and_forth
    ]
    assert history_of(discount) == ["State: active → switched off", "State: switched off → active"]


def test_the_page_shows_who_changed_what_the_newest_first(api, pages):
    campaign = make_campaign(name="<b>Spring</b>")
    for name in ("Summer", "Autumn"):
        api.patch(f"{EMAIL_CAMPAIGNS}{campaign.id}/", {"name": name, "description": name})
    page = pages.get(reverse("admin:campaigns_campaign_history", args=[campaign.id]))
    words = text_of(page)
    assert words.index("Name: “Summer” → “Autumn”") < words.index("→ “Summer”")
    assert "Name: “<b>Spring</b>” → “Summer” Description: empty → “Summer”" in words
    assert "ann" in words
    assert b"<b>Spring" not in page.content


def test_the_page_shows_moments_in_one_way_however_they_were_entered(pages, ann):
    campaign = make_campaign()
    note(by=ann, rows=[campaign], sentence="Ends: 2026-03-31 12:30:15 UTC → 2026-04-01 00:00 UTC")
    words = text_of(pages.get(reverse("admin:campaigns_campaign_history", args=[campaign.id])))
    assert "Ends: 31 March 2026, 12:30:15 UTC → 1 April 2026, 00:00 UTC" in words
    assert "2026-" not in words


def test_a_row_that_was_never_changed_says_so(pages):
    campaign = make_campaign()
    page = pages.get(reverse("admin:campaigns_campaign_history", args=[campaign.id]))
    assert "Nothing has been changed here yet." in text_of(page)


# --- What is told ---------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Campaign, Group, DiscountCampaign])
def test_recorded_fields_have_no_personal_data(model):
    assert [field for field in model._meta.fields if isinstance(field, EncryptedField)] == []


@pytest.mark.django_db(transaction=True)
def test_a_change_that_fails_is_not_recorded(ann):
    campaign = make_campaign()

    def change():
        now = timezone.now()
        services.update_campaign(campaign_id=campaign.id, changes={"name": "Lost"}, now=now)
        raise NotFound("Something else was missing")

    with pytest.raises(NotFound):
        NAMES.changed(by=ann, row=campaign, change=change)
    campaign.refresh_from_db()
    assert (campaign.name, LogEntry.objects.count()) == ("Spring", 0)


def test_a_change_of_a_deleted_row_is_refused_and_not_recorded(ann):
    campaign = make_campaign(groups=0)
    gone = Campaign.objects.get()
    Campaign.objects.all().delete()

    def change():
        services.update_campaign(campaign_id=gone.id, changes={}, now=timezone.now())

    with pytest.raises(NotFound):
        NAMES.changed(by=ann, row=campaign, change=change)
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (set(), {1}, "Customers: added 1"),
        ({2, 1}, set(), "Customers: removed 1, 2"),
        (
            {1},
            set(range(2, 14)),
            "Customers: added 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more, removed 1",
        ),
    ],
)
def test_lists_of_ids_are_recorded_as_added_and_removed(before, after, line):
    assert list(differences({"Customers": before}, {"Customers": after})) == [line]


def test_times_are_shown_in_the_projects_zone(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    assert moment(START) == "2 March 2026, 10:00 CET"
    assert moment(START + timedelta(days=60, seconds=5)) == "1 May 2026, 11:00:05 CEST"
