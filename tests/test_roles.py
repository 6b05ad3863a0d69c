"""What each role may open and do, URL by URL; everything else is forbidden to all roles."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from campaigns.models import ContactImport
from tests.addresses import PUBLIC, named_patterns, short
from tests.conftest import client_of
from tests.discounts import factories as discounts
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import Open, UserAgent

pytestmark = [pytest.mark.django_db, pytest.mark.walks]

# Letters of who may: Manager, Analyst, Shop, and N for a user without a role.
ROLES = {"M": "Marketing manager", "A": "Marketing analyst", "S": "Shop API", "N": None}
OF_THE_STAFF = "MAN"
OTHER_METHODS = ("put", "patch", "delete")
METHODS = ("get", "post", *OTHER_METHODS)

CALLS = {
    "logout post": "MASN",
    "campaign-report get": "MA",
    "merge-list get": "MA",
    "consents get": "MA",
    "consents post": "M",
    "inactive get": "MA",
    "available post": "MAS",
    "apply post": "S",
    "cancel post": "MS",
    "usage-history get": "MAS",
    "email-campaign-list get": "MA",
    "email-campaign-list post": "M",
    "email-campaign-detail get": "MA",
    "email-campaign-detail put": "M",
    "email-campaign-detail patch": "M",
    "email-campaign-detail delete": "M",
    "email-campaign-unarchive post": "M",
    "email-campaign-duplicate post": "M",
    "email-campaign-mix-schedule post": "M",
    "email-campaign-plan get": "MA",
    "email-campaign-winner post": "M",
    "contact-import-list get": "MA",
    "contact-import-list post": "M",
    "contact-import-detail get": "MA",
    "contact-import-rejected get": "MA",
    "contact-import-stop post": "M",
    "contact-import-undo post": "M",
    "group-list get": "MA",
    "group-list post": "M",
    "group-detail get": "MA",
    "group-detail put": "M",
    "group-detail patch": "M",
    "group-detail delete": "M",
    "group-reschedule post": "M",
    "group-unarchive post": "M",
    "contact-list get": "MA",
    "contact-list post": "M",
    "contact-create-many post": "M",
    "contact-not-sent post": "M",
    "contact-resent post": "M",
    "contact-detail get": "MA",
    "contact-detail put": "M",
    "contact-detail patch": "M",
    "contact-detail delete": "M",
    "pixel-list get": "MA",
    "pixel-list post": "M",
    "pixel-detail get": "MA",
    "pixel-detail put": "M",
    "pixel-detail patch": "M",
    "pixel-detail delete": "M",
    "open-list get": "MA",
    "customer-list get": "MAS",
    "customer-list post": "MS",
    "customer-detail get": "MAS",
    "customer-detail put": "M",
    "customer-detail patch": "M",
    "customer-detail delete": "M",
    "discount-campaign-list get": "MA",
    "discount-campaign-list post": "M",
    "discount-campaign-detail get": "MA",
    "discount-campaign-detail put": "M",
    "discount-campaign-detail patch": "M",
    "discount-campaign-detail delete": "M",
}

# Who may open a page, and who may send its form. A list's form only chooses an action.
PAGES = {
    "index": ("MAN", "MAN"),
    "app_list": ("MA", "MA"),
    "jsi18n": ("MAN", ""),
    "password_change": ("MAN", "MAN"),
    "password_change_done": ("MAN", ""),
    "campaigns_campaign_changelist": ("MA", "MA"),
    "campaigns_campaign_add": ("M", "M"),
    "campaigns_campaign_change": ("MA", "M"),
    "campaigns_campaign_history": ("MA", "MA"),
    "campaigns_campaign_import": ("MA", "M"),
    "campaigns_campaign_import_state": ("MA", ""),
    "campaigns_campaign_import_progress": ("MA", ""),
    "campaigns_campaign_import_columns": ("M", "M"),
    "campaigns_campaign_import_rejected": ("MA", ""),
    "campaigns_campaign_import_stop": ("", "M"),
    "campaigns_campaign_import_undo": ("M", "M"),
    "campaigns_campaign_pixels": ("MA", "M"),
    "campaigns_campaign_pixels_tests": ("MA", ""),
    "campaigns_campaign_add_contacts": ("M", "M"),
    "campaigns_campaign_mix_schedule": ("M", "M"),
    "campaigns_campaign_plan": ("MA", ""),
    "campaigns_campaign_contacts_csv": ("MA", ""),
    "campaigns_campaign_write_again": ("MA", "M"),
    "campaigns_campaign_ask": ("", "M"),
    "campaigns_campaign_duplicate": ("", "M"),
    "campaigns_campaign_report_links": ("M", "M"),
    "campaigns_campaign_compare": ("MA", ""),
    "report-page": ("MA", ""),
    "report-data": ("MA", ""),
    "report-groups": ("MA", ""),
    "report-series": ("MA", ""),
    "campaigns_group_changelist": ("MA", "MA"),
    "campaigns_group_add": ("M", "M"),
    "campaigns_group_change": ("MA", "M"),
    "campaigns_group_history": ("MA", "MA"),
    "campaigns_group_reschedule": ("M", "M"),
    "campaigns_contact_changelist": ("MA", "MA"),
    "campaigns_contact_find": ("", "MA"),
    "campaigns_contact_add": ("M", "M"),
    "campaigns_contact_change": ("MA", "M"),
    "campaigns_contact_history": ("MA", "MA"),
    "campaigns_contact_consent": ("MA", "M"),
    "campaigns_contact_forget": ("M", "M"),
    "campaigns_contact_inactive": ("MA", ""),
    "campaigns_contact_inactive_csv": ("MA", ""),
    "campaigns_contact_person": ("M", "M"),
    "tracking_pixel_changelist": ("MA", "MA"),
    "tracking_pixel_add": ("M", "M"),
    "tracking_pixel_change": ("MA", "M"),
    "tracking_pixel_delete": ("M", "M"),
    "tracking_pixel_history": ("MA", "MA"),
    "tracking_open_changelist": ("MA", "MA"),
    "tracking_open_change": ("MA", ""),
    "tracking_open_history": ("MA", "MA"),
    "tracking_useragent_changelist": ("MA", "MA"),
    "tracking_useragent_change": ("MA", ""),
    "tracking_useragent_history": ("MA", "MA"),
    "discounts_discountcampaign_changelist": ("MA", "MA"),
    "discounts_discountcampaign_find": ("", "MA"),
    "discounts_discountcampaign_add": ("M", "M"),
    "discounts_discountcampaign_change": ("MA", "M"),
    "discounts_discountcampaign_history": ("MA", "MA"),
    "discount-campaign-performance": ("MA", ""),
    "discount-simulate": ("MA", "MA"),
    "discounts_customer_changelist": ("MA", "MA"),
    "discounts_customer_find": ("", "MA"),
    "discounts_customer_add": ("M", "M"),
    "discounts_customer_change": ("MA", "M"),
    "discounts_customer_history": ("MA", "MA"),
    "discounts_discountusage_changelist": ("MA", "MA"),
    "discounts_discountusage_find": ("", "MA"),
    "discounts_discountusage_change": ("MA", ""),
    "discounts_discountusage_history": ("MA", "MA"),
}

# The actions of lists; an analyst is offered none that changes anything.
ACTIONS = {
    "campaigns.Campaign": {"compare": "MA", "archive": "M", "unarchive": "M"},
    "campaigns.Group": {"archive": "M", "unarchive": "M", "reschedule": "M"},
    "campaigns.Contact": {
        "mark_bounced": "M",
        "mark_withdrawn": "M",
        "unmark_not_sent": "M",
        "erase": "M",
    },
    "tracking.Pixel": {"delete_selected": "M"},
    "discounts.DiscountCampaign": {"activate": "M", "deactivate": "M", "remove": "M"},
    "discounts.Customer": {"erase": "M"},
    "discounts.DiscountUsage": {"cancel": "M"},
}


# --- The addresses --------------------------------------------------------------------------


ARGUMENTS = {name: arguments for name, _, arguments in named_patterns()}
WALKED = {name: route for name, route, _ in named_patterns() if name not in PUBLIC}
API = [name for name, route in WALKED.items() if route.startswith("api/")]
ADMIN = [name for name in WALKED if name not in API]


@pytest.fixture
def rows(db):
    """One row of each model, by the name that addresses begin with."""
    campaign = make_campaign(groups=1)
    group = campaign.groups.get()
    contact = make_contact(group, email="ann@example.com")
    # Another's: the walk forgets what was measured of the contact.
    record([make_hit(make_contact(group, email="bea@example.com"))])
    discount, customer = discounts.make_campaign(), discounts.make_customer()
    now = timezone.now()
    job = ContactImport.objects.create(
        campaign=campaign, file_name="contacts.csv", lease_until=now, created_at=now
    )
    return {
        "campaigns_campaign": campaign,
        "email-campaign": campaign,
        "campaign-report": campaign,
        "merge-list": campaign,
        "campaigns_group": group,
        "group": group,
        "campaigns_contact": contact,
        "contact": contact,
        "contact-import": job,
        "tracking_pixel": contact.pixels.get(),
        "pixel": contact.pixels.get(),
        "tracking_open": Open.objects.get(),
        "tracking_useragent": UserAgent.objects.get(),
        "discounts_discountcampaign": discount,
        "discount-campaign": discount,
        "discounts_customer": customer,
        "customer": customer,
        "discounts_discountusage": discounts.apply(discount, customer),
    }


def address(name, rows):
    """The URL of an existing row, so that permissions are the only reason to refuse."""
    values = {
        "campaign": rows["campaigns_campaign"].pk,
        "campaign_id": rows["campaigns_campaign"].pk,
        "import_id": rows["contact-import"].pk,
        "customer_id": rows["discounts_customer"].pk,
        "app_label": "campaigns",
    }
    row = max((known for known in rows if short(name).startswith(known)), key=len, default=None)
    pk = rows[row].pk if row else 1
    path = reverse(name, kwargs={n: values.get(n, pk) for n in ARGUMENTS[name]})
    return f"{path}?group={pk}" if name == "admin:campaigns_group_reschedule" else path


# --- Who asks -------------------------------------------------------------------------------


def user_with(role):
    """A new user with one role; those who work in the admin are staff."""
    user = User.objects.create_user(f"user{role}", is_staff=role in OF_THE_STAFF)
    if ROLES[role]:
        user.groups.add(Group.objects.get(name=ROLES[role]))
    return user


def may_call(response):
    """Whether the API went on to the call itself."""
    return response.status_code not in (401, 403, 405)


def may_open(response):
    """Whether the admin showed the page; a missing page or a redirect does not count."""
    elsewhere = response.headers.get("Location", "").partition("?")[0]
    ways_out = {reverse("admin:login"), reverse("admin:index")}
    return response.status_code not in (403, 404, 405) and elsewhere not in ways_out


def written(queries):
    """The statements that changed something, apart from sessions and the record of downloads."""
    return [
        query["sql"]
        for query in queries
        if re.match(r"\s*(INSERT|UPDATE|DELETE|REPLACE)", query["sql"])
        and not re.search("django_session|campaigns_export|Downloaded contacts", query["sql"])
    ]


def walk_api(client, rows):
    """Every call that was let through."""
    return {
        f"{name} {method}"
        for name in API
        for method in METHODS
        if may_call(getattr(client, method)(address(name, rows), {}))
    }


def walk_admin(client, rows, *methods, names=ADMIN):
    """Every page that was shown, with its method."""
    return {
        f"{short(name)} {method}"
        for name in names
        for method in methods
        if may_open(getattr(client, method)(address(name, rows)))
    }


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


# --- The walks ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_make_its_calls_and_no_other(role, rows):
    client = client_of(user_with(role))
    with CaptureQueriesContext(connection) as queries:
        made = walk_api(client, rows)
    assert made == {call for call, who in CALLS.items() if role in who}
    assert role == "M" or written(queries) == []


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_open_its_pages_and_send_its_forms_and_no_other(role, rows):
    client = signed_in(user_with(role))
    with CaptureQueriesContext(connection) as queries:
        shown = walk_admin(client, rows, "get", "post")
    opened = {f"{page} get" for page, (who, _) in PAGES.items() if role in who}
    assert shown == opened | {f"{page} post" for page, (_, who) in PAGES.items() if role in who}
    assert role == "M" or written(queries) == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_open_it_may_not_open_by_another_method_either(role, rows):
    client = signed_in(user_with(role))
    closed = [name for name in ADMIN if role not in PAGES.get(short(name), ("", ""))[0]]
    assert walk_admin(client, rows, *OTHER_METHODS, names=closed) == set()


def test_a_page_that_the_analyst_may_open_writes_nothing_by_another_method(rows):
    client = signed_in(user_with("A"))
    with CaptureQueriesContext(connection) as queries:
        walk_admin(client, rows, *OTHER_METHODS)
    assert written(queries) == []


def test_without_signing_in_only_public_pages_are_shown(rows):
    assert walk_api(APIClient(), rows) == set()
    assert walk_admin(Client(), rows, *METHODS) == set()
    assert set(ARGUMENTS) >= PUBLIC


# --- Actions --------------------------------------------------------------------------------


def actions_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return {
        model._meta.label: set(own)
        for model, page in admin.site._registry.items()
        if page.has_view_or_change_permission(request) and (own := page.get_actions(request))
    }


@pytest.mark.parametrize("role", OF_THE_STAFF)
def test_each_role_is_offered_its_actions_and_no_other(role):
    allowed = {
        label: {action for action, who in own.items() if role in who}
        for label, own in ACTIONS.items()
    }
    assert actions_of(user_with(role)) == {label: own for label, own in allowed.items() if own}


@pytest.mark.parametrize("role", ["A", "S", "N"])
def test_an_action_that_was_not_offered_does_nothing(role, rows):
    client = signed_in(user_with(role))
    with CaptureQueriesContext(connection) as queries:
        for label, actions in ACTIONS.items():
            name = label.replace(".", "_").lower()
            for action in actions:
                form = {"action": action, "_selected_action": rows[name].pk, "confirmed": "yes"}
                client.post(reverse(f"admin:{name}_changelist"), form | {"post": "yes"})
    assert written(queries) == []
