"""Every call of the API needs a token and the Django permission for what it does."""

import re

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLPattern
from rest_framework.test import APIClient

pytestmark = pytest.mark.one_engine

A_UUID = "6f1c2a1e-58cc-4372-a567-0e02b2c3d479"
OPEN_TO_ALL = {"token", "token-refresh", "token-verify"}
METHODS = ("get", "post", "put", "patch", "delete")


def routes():
    """Every (name, path, view) under /api/v1/."""
    [api] = [p for p in get_resolver().url_patterns if str(p.pattern) == "api/v1/"]
    for pattern in api.url_patterns:
        assert isinstance(pattern, URLPattern)
        path = re.sub(r"\(\?P<.*?>\[.*?\]\+\)", A_UUID, str(pattern.pattern))
        yield pattern.name, "/api/v1/" + path.strip("^$").replace("/?", "/"), pattern.callback


def methods_of(view):
    if hasattr(view, "actions"):
        return [method for method in METHODS if method in view.actions]
    return [method for method in METHODS if hasattr(view.cls, method)]


CALLS = [
    (name, method, path)
    for name, path, view in routes()
    for method in methods_of(view)
    if name not in OPEN_TO_ALL
]
# What each call needs; a new route must be added here.
NEEDED = {
    ("logout", "post"): [],
    ("campaign-report", "get"): ["tracking.view_report"],
    ("consents", "get"): ["consent.view_decision", "campaigns.view_contact"],
    ("consents", "post"): ["consent.add_decision"],
    ("inactive", "get"): ["campaigns.view_contact", "tracking.view_open"],
    ("merge-list", "get"): ["campaigns.view_contact", "tracking.view_pixel"],
    ("email-campaign-list", "get"): ["campaigns.view_campaign"],
    ("email-campaign-list", "post"): ["campaigns.add_campaign"],
    ("email-campaign-detail", "get"): ["campaigns.view_campaign"],
    ("email-campaign-detail", "put"): ["campaigns.change_campaign"],
    ("email-campaign-detail", "patch"): ["campaigns.change_campaign"],
    ("email-campaign-detail", "delete"): ["campaigns.delete_campaign"],
    ("email-campaign-unarchive", "post"): ["campaigns.change_campaign"],
    ("email-campaign-duplicate", "post"): [
        *("campaigns.view_campaign", "campaigns.add_campaign", "campaigns.add_group")
    ],
    ("email-campaign-mix-schedule", "post"): ["campaigns.change_contact"],
    ("email-campaign-plan", "get"): ["campaigns.view_campaign", "tracking.view_report"],
    ("email-campaign-winner", "post"): ["campaigns.change_contact", "tracking.view_report"],
    ("contact-import-list", "get"): ["campaigns.view_contactimport"],
    ("contact-import-list", "post"): ["campaigns.add_contact", "tracking.add_pixel"],
    ("contact-import-detail", "get"): ["campaigns.view_contactimport"],
    ("contact-import-rejected", "get"): ["campaigns.view_contactimport"],
    ("contact-import-stop", "post"): ["campaigns.add_contact", "tracking.add_pixel"],
    ("contact-import-undo", "post"): ["campaigns.delete_contact", "tracking.delete_pixel"],
    ("group-list", "get"): ["campaigns.view_group"],
    ("group-list", "post"): ["campaigns.add_group"],
    ("group-detail", "get"): ["campaigns.view_group"],
    ("group-detail", "put"): ["campaigns.change_group"],
    ("group-detail", "patch"): ["campaigns.change_group"],
    ("group-detail", "delete"): ["campaigns.delete_group"],
    ("group-unarchive", "post"): ["campaigns.change_group"],
    ("group-reschedule", "post"): ["campaigns.change_contact"],
    ("contact-list", "get"): ["campaigns.view_contact"],
    ("contact-list", "post"): ["campaigns.add_contact"],
    ("contact-detail", "get"): ["campaigns.view_contact"],
    ("contact-detail", "put"): ["campaigns.change_contact"],
    ("contact-detail", "patch"): ["campaigns.change_contact"],
    ("contact-detail", "delete"): ["campaigns.delete_contact"],
    ("contact-create-many", "post"): ["campaigns.add_contact", "tracking.add_pixel"],
    ("contact-not-sent", "post"): ["campaigns.change_contact"],
    ("contact-resent", "post"): ["campaigns.change_contact"],
    ("pixel-list", "get"): ["tracking.view_pixel"],
    ("pixel-list", "post"): ["tracking.add_pixel"],
    ("pixel-detail", "get"): ["tracking.view_pixel"],
    ("pixel-detail", "put"): ["tracking.change_pixel"],
    ("pixel-detail", "patch"): ["tracking.change_pixel"],
    ("pixel-detail", "delete"): ["tracking.delete_pixel"],
    ("open-list", "get"): ["tracking.view_open"],
    ("customer-list", "get"): ["discounts.view_customer"],
    ("customer-list", "post"): ["discounts.add_customer"],
    ("customer-detail", "get"): ["discounts.view_customer"],
    ("customer-detail", "put"): ["discounts.change_customer"],
    ("customer-detail", "patch"): ["discounts.change_customer"],
    ("customer-detail", "delete"): ["discounts.delete_customer"],
    ("discount-campaign-list", "get"): ["discounts.view_discountcampaign"],
    ("discount-campaign-list", "post"): ["discounts.add_discountcampaign"],
    ("discount-campaign-detail", "get"): ["discounts.view_discountcampaign"],
    ("discount-campaign-detail", "put"): ["discounts.change_discountcampaign"],
    ("discount-campaign-detail", "patch"): ["discounts.change_discountcampaign"],
    ("discount-campaign-detail", "delete"): ["discounts.delete_discountcampaign"],
    ("available", "post"): ["discounts.find_discount"],
    ("apply", "post"): ["discounts.apply_discount"],
    ("cancel", "post"): ["discounts.cancel_discount"],
    ("usage-history", "get"): ["discounts.view_discountusage"],
}


def call(client, method, path):
    return getattr(client, method)(path, {} if method != "get" else None)


def test_every_call_is_known_here():
    assert {(name, method) for name, method, _ in CALLS} == set(NEEDED)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "method", "path"), CALLS)
def test_a_call_without_a_token_is_refused(name, method, path):
    client = APIClient()
    client.default_format = "json"
    response = call(client, method, path)
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
@pytest.mark.parametrize("slash", ["/", ""])
@pytest.mark.parametrize(("name", "method", "path"), CALLS)
def test_a_call_needs_its_permissions_and_no_other(sign_in, name, method, path, slash):
    path = path.rstrip("/") + slash
    needed = NEEDED[name, method]
    allowed = call(sign_in(*needed, name="allowed"), method, path)
    assert allowed.status_code in (200, 400, 404)
    for missing in needed:
        others = [permission for permission in needed if permission != missing]
        refused = call(sign_in(*others, name=f"without {missing}"), method, path)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("delete", "/api/v1/contacts/"),
        ("put", "/api/v1/opens/"),
        ("get", "/api/v1/contacts/bulk/"),
        ("get", "/api/v1/auth/token/"),
        ("trace", "/api/v1/contacts/"),
    ],
)
def test_a_method_that_an_address_does_not_have_is_405(api, method, path):
    response = getattr(api, method)(path)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted({path for _, path, _ in routes()}))
def test_options_name_the_methods_of_an_address(api, path):
    response = api.options(path)
    assert response.status_code == 204
    assert "OPTIONS" in response.headers["Allow"]
    assert not response.content


@pytest.mark.django_db
def test_options_need_a_token_where_calls_do(client):
    assert client.options("/api/v1/contacts/").status_code == 401


# --- Parameters -----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for _, path, view in routes() for method in methods_of(view)],
)
def test_a_parameter_that_a_call_does_not_know_is_refused(api, method, path):
    response = getattr(api, method)(f"{path}?nosuch=1&mail%40example.com=x")
    assert response.status_code == 400
    errors = response.json()["errors"]
    assert sorted(errors) == ["?", "nosuch"]
    assert errors["nosuch"][0].startswith("There is no such parameter.")


@pytest.mark.django_db
def test_the_error_names_the_parameters_that_exist(api):
    response = api.get("/api/v1/groups/?campain=1")
    assert response.json()["errors"] == {
        "campain": ["There is no such parameter. Known here: archived, campaign, limit, skip."]
    }


@pytest.mark.django_db
def test_the_error_names_the_fields_that_may_be_sent(api):
    body = {"campaign": 1, "number": 1, "name": "A", "nam": "B", "id": 7}
    response = api.post("/api/v1/groups/", body, format="json")
    assert response.json()["errors"]["nam"] == [
        "There is no such field. "
        "Known here: campaign, description, name, number, planned_share, role."
    ]
    assert "id" not in response.json()["errors"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "campaign=1&campaign=2", "archived=true&archived=true"]
)
def test_a_parameter_is_given_once(api, query):
    response = api.get(f"/api/v1/groups/?{query}")
    assert response.status_code == 400
    assert list(response.json()["errors"].values()) == [["Give it once."]]


@pytest.mark.django_db
def test_head_knows_the_parameters_of_get(api):
    assert api.head("/api/v1/groups/?limit=1").status_code == 200
    assert api.head("/api/v1/groups/?nosuch=1").status_code == 400
