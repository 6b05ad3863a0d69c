"""The admin's pages of campaigns: lists, figures, saving through services, archiving."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import services
from campaigns.models import Campaign, Group
from tests.admin_pages import errors_of, messages_of, rows_of, text_of
from tests.tracking.factories import APPLE_PRIVACY, GMAIL, START, make_hit
from tests.tracking.factories import make_contact as make_tracked_contact
from tracking.counting.record import record

pytestmark = pytest.mark.one_engine

LIST = reverse("admin:campaigns_campaign_changelist")
ADD = reverse("admin:campaigns_campaign_add")
PERMISSIONS = [
    "campaigns.view_campaign",
    "campaigns.add_campaign",
    "campaigns.change_campaign",
    "campaigns.delete_campaign",
]


def change_page(campaign):
    return reverse("admin:campaigns_campaign_change", args=[campaign.id])


def filled_in(groups=(), *, stored=0, **changes):
    """The form of a campaign as a browser sends it; the first `stored` groups exist already."""
    form = {
        "name": "Spring",
        "description": "",
        "start_at": "2026-03-01T00:00",
        "end_at": "2026-03-31T00:00",
        "decision_age": "4320",
        "groups-TOTAL_FORMS": len(groups),
        "groups-INITIAL_FORMS": stored,
        "groups-MIN_NUM_FORMS": 0,
        "groups-MAX_NUM_FORMS": 1000,
    }
    for n, group in enumerate(groups):
        fields = {"description": "", "planned_share": "", "role": "variant", **group}
        form |= {f"groups-{n}-{name}": value for name, value in fields.items()}
    return form | changes


A, B = {"number": 1, "name": "A"}, {"number": 2, "name": "B"}


@pytest.fixture
def tracked(campaign, make_group):
    """A group of which one contact of eight was opened by a person, one by a machine only."""
    group = make_group(campaign)
    contacts = [make_tracked_contact(group) for _ in range(8)]
    record([make_hit(contacts[0], agent=GMAIL), make_hit(contacts[1], agent=APPLE_PRIVACY)])
    return group


# --- The list -------------------------------------------------------------------------------


def test_the_list_shows_figures_and_a_rate_as_a_range(admin_client, campaign, tracked):
    [row] = rows_of(page := admin_client.get(LIST))
    assert (row["name"], row["dates"]) == ("Spring", "1 March to 31 March 2026")
    assert (row["contacts"], row["sent"], row["open_rate"]) == ("8", "8", "12.5% to 25.0%")
    bar = 'value="0.1250" aria-label="Open rate of Spring: 12.5% to 25.0%"></meter>'
    assert bar in page.content.decode()


def test_a_campaign_that_sent_no_mail_has_no_rate(admin_client, campaign):
    assert rows_of(admin_client.get(LIST))[0]["open_rate"] == "-"


def test_the_figures_of_groups_add_up(admin_client, campaign, tracked, make_group):
    second = make_group(campaign, 2)
    record([make_hit(make_tracked_contact(second), agent=GMAIL)])
    [row] = rows_of(admin_client.get(LIST))
    assert (row["contacts"], row["open_rate"]) == ("9", "22.2% to 33.3%")


def test_the_list_tells_the_state(admin_client, campaign, tracked):
    assert rows_of(admin_client.get(LIST))[0]["state"] == "Sent"


def test_a_campaign_without_contacts_is_a_draft(admin_client, campaign):
    assert rows_of(admin_client.get(LIST))[0]["state"] == "Draft"


def test_archived_campaigns_are_listed_only_when_asked_for(admin_client, make_campaign):
    archived = make_campaign("Old")
    services.archive_campaign(campaign_id=archived.id, now=START)
    make_campaign("New")

    def names(query):
        return {row["name"] for row in rows_of(admin_client.get(f"{LIST}{query}"))}

    assert names("") == {"New"}
    assert names("?archived=yes") == {"Old"}
    assert names("?archived=all") == {"New", "Old"}
    assert rows_of(admin_client.get(f"{LIST}?archived=yes"))[0]["state"] == "Archived"


def test_the_figures_need_the_permission_to_view_the_report(staff, campaign, tracked):
    client = staff("campaigns.view_campaign")
    assert "open_rate" not in rows_of(client.get(LIST))[0]
    page = client.get(change_page(campaign))
    assert 'id="figures"' not in page.content.decode()
    client = staff("campaigns.view_campaign", "tracking.view_report", name="bob")
    assert rows_of(client.get(LIST))[0]["open_rate"] == "12.5% to 25.0%"


def test_a_longer_list_takes_no_more_queries(
    admin_client, make_campaign, make_group, django_assert_max_num_queries
):
    def cost():
        with django_assert_max_num_queries(11) as queries:
            admin_client.get(LIST)
        return len(queries)

    for n in range(10):
        make_group(make_campaign(f"Campaign {n}"))
    few = cost()
    for n in range(10, 50):
        make_group(make_campaign(f"Campaign {n}"))
    assert cost() == few


# --- One campaign ---------------------------------------------------------------------------


@pytest.mark.parametrize("now", ["2026-10-25T00:30+00:00", "2026-10-11T00:30+00:00"])
def test_a_new_campaign_proposes_no_hour_that_comes_twice(admin_client, settings, now):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel(datetime.fromisoformat(now), tick=False):
        page = admin_client.get(ADD).content.decode()
        proposed = dict(re.findall(r'name="(start_at|end_at)" value="([^"]+)"', page))
        assert "2026-10-25T03:00" in proposed.values()
        sent = filled_in([A], name="Autumn") | proposed
        assert admin_client.post(ADD, sent).status_code == 302


def test_a_campaign_is_created_with_its_groups(admin_client, admin_user):
    admin_client.post(ADD, filled_in([A, B | {"planned_share": "50"}], name=" Spring "))
    campaign = Campaign.objects.get()
    assert (campaign.name, campaign.name_key) == ("Spring", "spring")
    assert campaign.start_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert campaign.created_by == admin_user
    assert list(campaign.groups.values_list("number", "name")) == [(1, "A"), (2, "B")]


def test_the_page_offers_two_groups_and_takes_a_campaign_without(admin_client):
    assert admin_client.get(ADD).content.decode().count('value="Spring"') == 0
    admin_client.post(ADD, filled_in([{"number": 1, "name": ""}, {"number": 2, "name": ""}]))
    assert Campaign.objects.get().groups.count() == 0


def test_a_taken_name_is_an_error_beside_the_name(admin_client, campaign):
    response = admin_client.post(ADD, filled_in([A], name="SPRING"))
    assert list(errors_of(response)) == ["name"]
    assert "archive that campaign" in text_of(response)
    assert Campaign.objects.count() == 1


def test_dates_in_the_wrong_order_are_an_error_beside_the_end(admin_client):
    response = admin_client.post(ADD, filled_in(end_at="2026-02-01T00:00"))
    assert errors_of(response) == {"end_at": ["The end must be after the start."]}


@pytest.mark.parametrize("year", ["0001", "1999", "9999"])
def test_a_date_that_no_database_can_store_is_an_error_beside_it(admin_client, year):
    response = admin_client.post(ADD, filled_in(start_at=f"{year}-01-01T00:00"))
    assert errors_of(response) == {
        "start_at": ["Give a date and time between the years 2000 and 2199."]
    }


@pytest.mark.parametrize(
    ("group", "field"),
    [({"number": 2, "name": "a"}, "name"), ({"number": 1, "name": "B"}, "number")],
)
def test_a_refused_group_undoes_its_campaign(admin_client, group, field):
    response = admin_client.post(ADD, filled_in([A, group]))
    sentence = f"The campaign has a group with this {field} already."
    assert errors_of(response) == {f"1 {field}": [sentence]}
    assert not Campaign.objects.exists()
    assert not Group.objects.exists()


@pytest.mark.parametrize("shares", [("50", "30"), ("100", "")])
def test_planned_shares_that_do_not_add_up_are_refused(admin_client, shares):
    groups = [g | {"planned_share": share} for g, share in zip((A, B), shares, strict=True)]
    response = admin_client.post(ADD, filled_in(groups))
    [sentence] = errors_of(response)["all groups"]
    assert sentence.startswith("The planned shares add up to ")
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("group", "field"),
    [
        ({"number": 0, "name": "A"}, "number"),
        ({"number": 2**31, "name": "A"}, "number"),
        ({"number": 1, "name": "A", "planned_share": "0"}, "planned_share"),
        ({"number": 1, "name": "A", "planned_share": "100.01"}, "planned_share"),
        ({"number": 1, "name": "A" * 101}, "name"),
        ({"number": 1, "name": "A", "description": "x" * 5001}, "description"),
    ],
)
def test_a_bad_value_of_a_group_is_an_error_beside_it(admin_client, group, field):
    response = admin_client.post(ADD, filled_in([group]))
    assert list(errors_of(response)) == [f"0 {field}"]


def test_a_campaign_and_its_groups_change_together(admin_client, campaign, group):
    stored = {"id": group.id, "campaign": campaign.id, "number": 1, "name": "Renamed"}
    admin_client.post(change_page(campaign), filled_in([stored, B], stored=1, name="Summer"))
    campaign.refresh_from_db()
    assert (campaign.name, campaign.name_key) == ("Summer", "summer")
    assert list(campaign.groups.values_list("name", flat=True)) == ["Renamed", "B"]


def test_a_group_can_not_be_deleted_on_the_page_of_its_campaign(admin_client, campaign, group):
    stored = {"id": group.id, "campaign": campaign.id, "number": 1, "name": group.name}
    form = filled_in([stored | {"DELETE": "on"}], stored=1)
    admin_client.post(change_page(campaign), form)
    assert Group.objects.filter(id=group.id).exists()


def test_the_page_shows_the_figures_of_each_group(admin_client, campaign, tracked):
    words = text_of(admin_client.get(change_page(campaign)))
    assert "1 Group 1 8 8 1 1 0 1 1 12.5% to 25.0%" in words
    assert "All groups 8 8 1 1 0 1 1 12.5% to 25.0%" in words


def test_the_list_of_its_contacts_leads_to_pixels_and_opens(admin_client, campaign):
    contacts = f"{reverse('admin:campaigns_contact_changelist')}?campaign={campaign.id}"
    page = admin_client.get(contacts).content.decode()
    for name in ("tracking_pixel", "tracking_open"):
        address = f"{reverse(f'admin:{name}_changelist')}?campaign={campaign.id}"
        assert f'href="{address}"' in page
        assert admin_client.get(address).status_code == 200


# --- Actions --------------------------------------------------------------------------------


def act(client, action, *campaigns):
    form = {"action": action, "_selected_action": [campaign.pk for campaign in campaigns]}
    return client.post(f"{LIST}?archived=all", form, follow=True)


def test_campaigns_are_archived_and_unarchived(admin_client, make_campaign):
    spring, autumn = make_campaign("Spring"), make_campaign("Autumn")
    act(admin_client, "archive", spring, autumn)
    assert Campaign.objects.filter(archived_at=None).count() == 0
    act(admin_client, "unarchive", spring)
    assert list(Campaign.objects.filter(archived_at=None)) == [spring]


def test_a_name_that_was_taken_meanwhile_is_an_error(admin_client, make_campaign):
    old = make_campaign("Spring")
    services.archive_campaign(campaign_id=old.id, now=START)
    make_campaign("Spring")
    response = act(admin_client, "unarchive", old)
    assert any("Another campaign has this name" in said for said in messages_of(response))
    old.refresh_from_db()
    assert old.archived_at is not None


def test_nothing_is_deleted(admin_client, campaign):
    delete = reverse("admin:campaigns_campaign_delete", args=[campaign.id])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    act(admin_client, "delete_selected", campaign)
    assert Campaign.objects.filter(id=campaign.id, archived_at=None).exists()


@pytest.mark.parametrize("selected", ["abc", "1.5"])
def test_a_selection_that_is_not_an_id_is_refused(admin_client, campaign, selected):
    form = {"action": "archive", "_selected_action": [selected]}
    assert admin_client.post(LIST, form).status_code == 400


# --- Permissions ----------------------------------------------------------------------------


def test_without_permission_to_view_campaigns_every_page_is_refused(staff, campaign):
    client = staff(*set(PERMISSIONS[3:]))
    for page in (LIST, ADD, change_page(campaign)):
        assert client.get(page).status_code == 403, page
        assert client.post(page, filled_in()).status_code == 403, page
    assert Campaign.objects.count() == 1


def test_with_permission_to_view_only_nothing_can_be_changed(staff, campaign):
    client = staff("campaigns.view_campaign")
    assert client.get(change_page(campaign)).status_code == 200
    assert client.post(change_page(campaign), filled_in(name="Mine")).status_code == 403
    assert client.post(ADD, filled_in(name="Mine")).status_code == 403
    act(client, "archive", campaign)
    assert Campaign.objects.get().name == "Spring"
    assert Campaign.objects.get().archived_at is None


@pytest.mark.parametrize(
    ("action", "permission"), [("archive", "delete_campaign"), ("unarchive", "change_campaign")]
)
def test_each_action_needs_its_own_permission(staff, campaign, action, permission):
    if action == "unarchive":
        services.archive_campaign(campaign_id=campaign.id, now=START)
    before = Campaign.objects.get().archived_at
    others = set(PERMISSIONS) - {f"campaigns.{permission}"}
    act(staff(*others, name="others"), action, campaign)
    assert Campaign.objects.get().archived_at == before
    act(staff("campaigns.view_campaign", f"campaigns.{permission}"), action, campaign)
    assert Campaign.objects.get().archived_at != before


def test_without_signing_in_every_page_leads_to_the_sign_in(client, campaign):
    for page in (LIST, ADD, change_page(campaign)):
        assert client.get(page).headers["Location"].startswith("/admin/login/")


def test_a_form_from_another_site_is_refused(admin_user, campaign):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(change_page(campaign), filled_in(name="Theirs")).status_code == 403
    assert Campaign.objects.get().name == "Spring"


# --- What is fixed when the first contact is due ------------------------------------------------

FIXED = "This can't change any more, since the first contacts of the campaign are due."


def fields_that_are_disabled(page):
    """Fields that a browser does not send."""
    return set(re.findall(r'name="(decision_age|cut_off_at)"[^>]*\bdisabled\b', page))


def test_when_it_is_decided_is_offered_until_the_first_contact_is_due(
    admin_client, campaign, group
):
    make_tracked_contact(group, scheduled_at=timezone.now() + timedelta(hours=1))
    page = admin_client.get(change_page(campaign)).content.decode()
    assert fields_that_are_disabled(page) == set()
    assert FIXED not in unescape(page)


def test_after_that_it_is_shown_with_the_reason_and_cannot_be_changed(
    admin_client, campaign, group
):
    make_tracked_contact(group)
    page = admin_client.get(change_page(campaign)).content.decode()
    assert fields_that_are_disabled(page) == {"decision_age", "cut_off_at"}
    assert unescape(page).count(FIXED) == 2
    sent = filled_in(name="Summer")
    del sent["decision_age"]
    assert admin_client.post(change_page(campaign), sent).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.name, campaign.decision_age, campaign.cut_off_at) == ("Summer", 4320, None)


@pytest.mark.parametrize(
    "changes",
    [{"decision_age": "240"}, {"cut_off_at": "2026-03-09T00:00"}],
)
def test_a_form_opened_before_it_was_fixed_is_refused(admin_client, campaign, group, changes):
    make_tracked_contact(group)
    answer = admin_client.post(change_page(campaign), filled_in(name="Summer", **changes))
    assert answer.status_code == 200
    assert list(errors_of(answer).values()) == [[FIXED]]
    campaign.refresh_from_db()
    assert (campaign.name, campaign.decision_age, campaign.cut_off_at) == ("Spring", 4320, None)


# --- What the forms say of themselves -------------------------------------------------------


def test_groups_without_a_number_get_the_next_ones(admin_client):
    groups = [A, {"number": "", "name": "B"}, {"number": "", "name": "C"}]
    assert admin_client.post(ADD, filled_in(groups)).status_code == 302
    found = Group.objects.order_by("number").values_list("number", "name")
    assert list(found) == [(1, "A"), (2, "B"), (3, "C")]


def test_a_refusal_names_fields_as_the_form_does(admin_client):
    early = {"cut_off_at": "2026-02-01T00:00"}
    answer = admin_client.post(ADD, filled_in([A], **early))
    assert "The cut-off must be after the start." in text_of(answer)


def test_the_role_of_a_group_with_contacts_can_not_be_chosen(admin_client, campaign, tracked):
    own = reverse("admin:campaigns_group_change", args=[tracked.id])
    for page in (change_page(campaign), own):
        answer = admin_client.get(page)
        select = re.search(r'<select[^>]*name="(?:groups-0-)?role"[^>]*>', answer.content.decode())
        assert "disabled" in select[0]
        if page == own:
            assert services.ROLE_FIXED in unescape(answer.content.decode())


@pytest.mark.parametrize("field", ["tracking_mode", "never_asked"])
def test_last_day_is_chosen_with_a_tick_that_says_what_it_is_for(admin_client, campaign, field):
    sent = filled_in(**{field: "last_day"})
    refused = admin_client.post(change_page(campaign), sent)
    assert list(errors_of(refused)) == [field]
    assert "only to stop sending" in text_of(refused)
    assert "not for Italy" in text_of(refused)
    admin_client.post(change_page(campaign), sent | {"last_day_confirmed": "on"})
    campaign.refresh_from_db()
    assert getattr(campaign, field) == "last_day"
    # Once it is on, other changes need no tick.
    admin_client.post(change_page(campaign), sent | {"name": "Other"})
    campaign.refresh_from_db()
    assert campaign.name == "Other"


def test_a_new_campaign_is_confirmed_too(admin_client):
    sent = filled_in([A], never_asked="last_day")
    assert list(errors_of(admin_client.post(ADD, sent))) == ["never_asked"]
    admin_client.post(ADD, sent | {"last_day_confirmed": "on"})
    assert Campaign.objects.get().never_asked == "last_day"
