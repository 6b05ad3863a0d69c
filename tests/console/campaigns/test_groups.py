"""The admin's pages of groups, and moving the schedules of their contacts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from campaigns import services
from campaigns.models import Group
from tests.admin_pages import errors_of, messages_of, rows_of, text_of
from tests.tracking.factories import START, make_hit
from tests.tracking.factories import make_contact as make_tracked_contact
from tracking.counting.record import record

pytestmark = pytest.mark.one_engine

LIST = reverse("admin:campaigns_group_changelist")
ADD = reverse("admin:campaigns_group_add")
RESCHEDULE = reverse("admin:campaigns_group_reschedule")
FIELDS = {"number": 1, "name": "A", "planned_share": "", "description": ""}
NOTHING = {"scheduled_at": "", "shift_by": "", "unit": "hours"}


def change_page(group):
    return reverse("admin:campaigns_group_change", args=[group.id])


def reschedule_page(*groups):
    return f"{RESCHEDULE}?{'&'.join(f'group={group.id}' for group in groups)}"


def test_the_list_shows_the_figures_of_each_group(admin_client, campaign, make_group):
    group = make_group(campaign, 1)
    make_group(campaign, 2)
    record([make_hit(make_tracked_contact(group))])
    rows = rows_of(admin_client.get(LIST))
    assert [(row["name"], row["contacts"], row["open_rate"]) for row in rows] == [
        ("Group 1", "1", "100.0%"),
        ("Group 2", "0", "-"),
    ]


def test_the_list_is_narrowed_to_a_campaign(admin_client, group, other_group):
    rows = rows_of(admin_client.get(f"{LIST}?campaign={other_group.campaign_id}"))
    assert [row["campaign_link"] for row in rows] == ["Autumn"]


@pytest.mark.parametrize("query", ["?campaign=abc", f"?campaign={2**70}", "?campaign=-1"])
def test_a_filter_that_is_not_an_id_is_ignored(admin_client, group, query):
    response = admin_client.get(f"{LIST}{query}", follow=True)
    assert response.redirect_chain == [(f"{LIST}?e=1", 302)]
    assert len(rows_of(response)) == 1


def test_a_longer_list_takes_no_more_queries(
    admin_client, campaign, make_group, django_assert_max_num_queries
):
    def cost():
        with django_assert_max_num_queries(11) as queries:
            admin_client.get(LIST)
        return len(queries)

    for number in range(1, 11):
        make_group(campaign, number)
    few = cost()
    for number in range(11, 50):
        make_group(campaign, number)
    assert cost() == few


def test_a_group_is_created_and_changed(admin_client, campaign):
    admin_client.post(ADD, FIELDS | {"campaign": campaign.id, "planned_share": "12.5"})
    group = Group.objects.get()
    admin_client.post(change_page(group), FIELDS | {"name": "B"})
    group.refresh_from_db()
    assert (group.campaign, group.number, group.name) == (campaign, 1, "B")


def test_a_taken_number_is_an_error_beside_it(admin_client, campaign, group):
    response = admin_client.post(ADD, FIELDS | {"campaign": campaign.id})
    assert errors_of(response) == {"number": ["The campaign has a group with this number already."]}


def test_an_archived_campaign_takes_no_group(admin_client, campaign):
    services.archive_campaign(campaign_id=campaign.id, now=START)
    response = admin_client.post(ADD, FIELDS | {"campaign": campaign.id})
    assert errors_of(response) == {"campaign": ["This campaign is archived: unarchive it first."]}


def test_groups_are_archived_and_unarchived(admin_client, group):
    act(admin_client, "archive", group)
    group.refresh_from_db()
    assert group.archived_at is not None
    assert rows_of(admin_client.get(LIST)) == []
    act(admin_client, "unarchive", group)
    group.refresh_from_db()
    assert group.archived_at is None


# --- Schedules ------------------------------------------------------------------------------


def act(client, action, *groups):
    form = {"action": action, "_selected_action": [group.pk for group in groups]}
    return client.post(f"{LIST}?archived=all", form, follow=True)


@pytest.fixture
def groups(campaign, make_group):
    return [make_group(campaign, number) for number in (1, 2)]


def test_several_groups_are_shifted_at_once(admin_client, groups):
    contacts = [make_tracked_contact(group) for group in groups]
    asked = act(admin_client, "reschedule", *groups)
    [(address, _)] = asked.redirect_chain
    assert "Spring: 1 Group 1 Spring: 2 Group 2" in text_of(asked)
    answer = admin_client.post(address, NOTHING | {"shift_by": "-90", "unit": "minutes"})
    assert answer.status_code == 302
    for contact in contacts:
        contact.refresh_from_db()
        assert contact.scheduled_at == START - timedelta(minutes=90)


def test_a_group_is_set_to_a_time_except_opened_contacts(admin_client, groups):
    opened, waiting = make_tracked_contact(groups[0]), make_tracked_contact(groups[0])
    record([make_hit(opened)])
    when = {"scheduled_at": "2026-05-01T08:00"}
    response = admin_client.post(reschedule_page(groups[0]), NOTHING | when, follow=True)
    assert messages_of(response) == [
        "1 Group 1: 1 contacts rescheduled, 1 were opened and keep their schedule; "
        "1 lie outside the campaign's dates now."
    ]
    opened.refresh_from_db()
    waiting.refresh_from_db()
    assert opened.scheduled_at == START
    assert waiting.scheduled_at == datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"shift_by": "0"},
        {"shift_by": "1", "scheduled_at": "2026-05-01T08:00"},
        {"shift_by": "4000", "unit": "days"},
        {"shift_by": "x"},
        {"shift_by": "1", "unit": "years"},
        {"scheduled_at": "2026-05-01"},
    ],
)
def test_an_unclear_reschedule_changes_nothing(admin_client, groups, asked):
    contact = make_tracked_contact(groups[0])
    response = admin_client.post(reschedule_page(groups[0]), NOTHING | asked)
    assert errors_of(response)
    contact.refresh_from_db()
    assert contact.scheduled_at == START


def test_a_reschedule_leads_back_to_the_campaign_and_stands_in_its_history(
    admin_client, campaign, groups, other_group
):
    later = NOTHING | {"shift_by": "1"}
    answer = admin_client.post(reschedule_page(groups[0]), later)
    assert answer.url == reverse("admin:campaigns_campaign_change", args=[groups[0].campaign_id])
    said = "Rescheduled contacts: 60 minutes later."
    assert list(LogEntry.objects.values_list("object_id", "change_message").order_by("id")) == [
        (str(groups[0].id), said),
        (str(groups[0].campaign_id), f"Group “{groups[0]}”: {said}"),
    ]
    assert admin_client.post(reschedule_page(groups[0], other_group), later).url == LIST


@pytest.mark.parametrize("query", ["", "?group=0", "?group=abc", f"?group={2**70}", "?group=999"])
def test_rescheduling_no_group_is_not_found(admin_client, groups, query):
    assert admin_client.get(f"{RESCHEDULE}{query}").status_code == 404


# --- Permissions ----------------------------------------------------------------------------


def test_without_permission_to_view_groups_every_page_is_refused(staff, group):
    client = staff("campaigns.view_contact")
    for page in (LIST, ADD, change_page(group), reschedule_page(group)):
        assert client.get(page).status_code == 403, page
        assert client.post(page, FIELDS | NOTHING).status_code == 403, page


def test_with_permission_to_view_only_nothing_can_be_changed(staff, group):
    client = staff("campaigns.view_group", "campaigns.view_contact")
    assert client.get(change_page(group)).status_code == 200
    assert client.post(change_page(group), FIELDS | {"name": "Mine"}).status_code == 403
    act(client, "archive", group)
    group.refresh_from_db()
    assert (group.name, group.archived_at) == ("Group 1", None)
    assert act(client, "reschedule", group).redirect_chain == []


def test_rescheduling_needs_the_permission_to_change_contacts(staff, group):
    contact = make_tracked_contact(group)
    client = staff("campaigns.change_contact")
    client.post(reschedule_page(group), NOTHING | {"shift_by": "1"})
    contact.refresh_from_db()
    assert contact.scheduled_at == START + timedelta(hours=1)


def test_without_signing_in_every_page_leads_to_the_sign_in(client, group):
    for page in (LIST, ADD, change_page(group), reschedule_page(group)):
        assert client.get(page).headers["Location"].startswith("/admin/login/")
