"""Every error is answered in the same shape, and never with a traceback."""

import json
import re
from datetime import timedelta
from itertools import chain

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import UnreadablePostError
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

import campaigns.services
from foundation.errors import Busy, DomainError, InvalidInput, NotFound
from foundation.parsing import REQUIRED

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
CAMPAIGNS = "/api/v1/email-campaigns/"
GROUPS = "/api/v1/groups/"
NOT_SENT = "/api/v1/contacts/not-sent/"


@pytest.fixture
def campaign():
    now = timezone.now()
    values = {"name": "Spring", "start_at": now, "end_at": now + timedelta(days=1)}
    return campaigns.services.create_campaign(created_by=None, values=values)


def send(api, body, path=CAMPAIGNS, content_type="application/json"):
    return api.post(path, body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name": NaN}',
        b'{"name": -Infinity}',
        b'{"name": "\xff"}',
        "{}".encode("utf-16"),
        b"[" * 100_000,
        b'{"name": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_not_json_is_refused(api, body):
    response = send(api, body)
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_of_an_empty_body_every_required_field_is_missing(api):
    assert set(send(api, b"").json()["errors"]) == {"name", "start_at", "end_at"}


@pytest.mark.parametrize("body", ["[]", '"x"', "5", "null", "true"])
@pytest.mark.parametrize(
    "path",
    [
        CAMPAIGNS,
        NOT_SENT,
        "/api/v1/contacts/",
        "/api/v1/contacts/bulk/",
        "/api/v1/pixels/",
        *(f"/api/v1/auth/{call}/" for call in ("token", "refresh", "verify", "logout")),
    ],
)
def test_a_body_that_is_not_an_object_is_refused(api, path, body):
    response = send(api, body, path)
    assert response.status_code == 400
    assert re.match("(Send|Give) a(n| JSON) object", response.json()["detail"])
    assert "errors" not in response.json()


@pytest.mark.parametrize("depth", [100, 900])
@pytest.mark.parametrize("path", [CAMPAIGNS, NOT_SENT, "/api/v1/contacts/", "/api/v1/auth/token/"])
def test_a_deeply_nested_body_is_refused(api, path, depth):
    deep = "[" * depth + "]" * depth
    names = ("name", "contacts", "email", "username")
    response = send(api, "{" + ", ".join(f'"{name}": {deep}' for name in names) + "}", path)
    assert response.status_code == 400
    assert response.json()["detail"]


# How the framework speaks: what is wrong, not what to do.
FRAMEWORK = re.compile(
    "Ensure|valid|This field|may not|Expected|No file|submitted|provided|perform|given|allowed"
)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CAMPAIGNS, {"name": "x" * 201, "description": None, "start_at": None}),
        (CAMPAIGNS, {"name": "", "description": "x" * 5001, "start_at": 1}),
        (CAMPAIGNS, {"name": "a\x00b", "description": "\ud800", "start_at": ""}),
        (GROUPS, {"campaign": None, "number": 0, "name": [], "planned_share": 1.234}),
        (GROUPS, {"campaign": "1", "number": 2**31, "name": None, "planned_share": 101}),
        (GROUPS, {"campaign": 1.5, "number": "1", "name": 5, "planned_share": 0}),
        (GROUPS, {"campaign": True, "number": 1.5, "name": {}, "planned_share": 123456.7}),
        (GROUPS, {"campaign": {}, "number": True, "planned_share": "50"}),
        (GROUPS, {"number": 10**400, "planned_share": 1e300}),
        (GROUPS, {"number": None, "planned_share": []}),
        ("/api/v1/contacts/", {"uuid": 1, "email": 1, "name": 1, "external_id": 1}),
        ("/api/v1/contacts/bulk/", {"contacts": "x", "pixels_per_contact": 0}),
        ("/api/v1/contacts/bulk/", {"contacts": None, "pixels_per_contact": None}),
        (NOT_SENT, {"campaign": 1, "contacts": [None, 5], "emails": [None, ""], "reason": None}),
        (NOT_SENT, {"campaign": 1, "contacts": {}, "emails": "x", "undo": None}),
        (NOT_SENT, {"campaign": 1, "emails": ["a@example.com"] * 10_001}),
        ("/api/v1/pixels/", {"uuid": "{}", "contact": None, "number": 32768}),
        ("/api/v1/auth/token/", {"username": 1, "password": None}),
        ("/api/v1/auth/token/", {"username": "", "password": 1}),
        ("/api/v1/auth/token/", {"username": "\x00", "password": []}),
        ("/api/v1/auth/refresh/", {"refresh": 1}),
        ("/api/v1/auth/verify/", {"token": {}}),
        ("/api/v1/auth/logout/", {}),
    ],
)
def test_the_error_of_a_field_says_what_to_do(api, path, body):
    response = send(api, json.dumps(body), path)
    assert response.status_code == 400
    for sentence in chain.from_iterable(response.json()["errors"].values()):
        assert re.match("(Give|Say|Remove) ", sentence)
        assert not FRAMEWORK.search(sentence.removesuffix(REQUIRED))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"file": "x"},
        {"default_group": "x", "pixels_per_contact": "11", "zone": "x" * 101},
        {"default_group": "0", "schedule_format": "x" * 101, "mapping": "[]"},
    ],
)
def test_the_error_of_an_upload_says_what_to_do(api, campaign, body):
    response = api.post(f"{CAMPAIGNS}{campaign.id}/imports/", body, format="multipart")
    assert response.status_code == 400
    assert response.json()["errors"]["file"]
    for sentence in chain.from_iterable(response.json()["errors"].values()):
        assert re.match("(Give|Send) ", sentence)
        assert not FRAMEWORK.search(sentence)


def test_an_unreadable_upload_says_what_to_do(api, campaign):
    path = f"{CAMPAIGNS}{campaign.id}/imports/"
    response = send(api, b"x", path, content_type="multipart/form-data")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")
    assert response.json()["detail"].startswith("Send a complete body")


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, CAMPAIGNS, 401),
        ({"authorization": "Bearer x"}, CAMPAIGNS, 401),
        ({"authorization": "Bearer x y"}, CAMPAIGNS, 401),
        (None, CAMPAIGNS, 403),
        (None, "/api/v1/opens/", 405),
    ],
)
def test_a_forbidden_call_says_what_to_do(sign_in, headers, path, status):
    client = sign_in() if headers is None else APIClient()
    response = client.post(path, {}, headers=headers or {}, format="json")
    assert response.status_code == status
    assert not FRAMEWORK.search(response.json()["detail"])


def test_a_character_set_that_json_does_not_have_is_ignored(api):
    response = send(api, b"{}", content_type="application/json; charset=base64")
    assert response.status_code == 400
    assert set(response.json()["errors"]) == {"name", "start_at", "end_at"}


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1024)
def test_a_body_that_is_too_large_is_413(api):
    response = send(api, b" " * 1025)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_another_content_type_than_json_is_415(api, content_type):
    response = send(api, b"{}", content_type=content_type)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in response.json()["detail"]
    assert content_type not in response.json()["detail"]


def test_half_a_surrogate_pair_is_refused_and_can_be_answered(api):
    body = {"name": "\ud800", "start_at": "\ud800", "end_at": "\ud800", "\ud800": 1}
    response = send(api, json.dumps(body))
    assert response.status_code == 400
    assert set(response.json()["errors"]) == {"name", "start_at", "end_at", "?"}
    body = {"campaign": 1, "contacts": [], "emails": ["\ud800"], "reason": "\ud800"}
    response = send(api, json.dumps(body), NOT_SENT)
    assert set(response.json()["errors"]) == {"emails.0", "reason"}


def test_an_unknown_api_address_answers_json(api):
    response = api.get("/api/v1/nothing/")
    assert response.status_code == 404
    assert response.json() == {"detail": "There is nothing at this address.", "code": "not_found"}


@pytest.mark.parametrize("form", ["x", "json", "api"])
def test_the_format_of_an_answer_is_not_a_parameter(api, form):
    response = api.get(CAMPAIGNS, {"format": form})
    assert (response.status_code, list(response.json()["errors"])) == (400, ["format"])


def test_an_unknown_address_elsewhere_answers_a_page(api):
    response = api.get("/nothing/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_a_host_that_is_not_ours_is_refused_in_json(api):
    response = api.get(CAMPAIGNS, headers={"host": "evil.example"})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


@pytest.fixture
def create_failing(api, monkeypatch):
    """Creates a campaign while the service fails with an error."""

    def create(error):
        def fail(**kwargs):
            raise error

        monkeypatch.setattr(campaigns.services, "create_campaign", fail)
        values = {"name": "x", "start_at": "2026-03-01T00:00Z", "end_at": "2026-03-02T00:00Z"}
        return api.post(CAMPAIGNS, values)

    return create


def test_an_unexpected_error_is_a_500_without_a_traceback(create_failing):
    response = create_failing(RuntimeError("secret"))
    assert response.status_code == 500
    assert response.json() == {
        "detail": "An internal server error occurred",
        "code": "internal_error",
    }


def test_an_unreachable_database_is_a_503(create_failing):
    response = create_failing(OperationalError("secret host"))
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.json()["code"] == "database_unreachable"
    assert "secret" not in response.content.decode()


def test_a_refusal_by_django_looks_like_one_by_the_framework(create_failing):
    response = create_failing(PermissionDenied("secret"))
    assert response.status_code == 403
    assert response.json()["code"] == "permission_denied"
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (InvalidInput("No."), 400, {"detail": "No.", "code": "invalid"}),
        (
            InvalidInput.field("name", "Longer.", code="short"),
            400,
            {"detail": "Longer.", "code": "short", "errors": {"name": ["Longer."]}},
        ),
        (NotFound("Gone."), 404, {"detail": "Gone.", "code": "not_found"}),
        (Busy("Wait."), 503, {"detail": "Wait.", "code": "busy"}),
        (DomainError("No.", code="odd"), 400, {"detail": "No.", "code": "odd"}),
    ],
)
def test_a_domain_error_has_its_status(create_failing, error, status, body):
    response = create_failing(error)
    assert (response.status_code, response.json()) == (status, body)


def test_the_detail_names_one_bad_field(api):
    response = api.post(CAMPAIGNS, {"name": "x", "start_at": "2026-03-01T00:00Z"})
    assert response.json() == {
        "detail": "end_at: Give a value: this field is required.",
        "code": "invalid",
        "errors": {"end_at": ["Give a value: this field is required."]},
    }


def test_the_detail_and_the_log_name_a_few_of_thousands_of_bad_fields(api, caplog):
    caplog.set_level("INFO", logger="api.base.errors")
    body = {"campaign": 1, "contacts": ["x"] * 3000, "reason": "bounced"}
    response = send(api, json.dumps(body), NOT_SENT)
    assert len(response.json()["errors"]) == 3000
    assert response.json()["detail"].endswith("contacts.9 and 2,990 more.")
    [logged] = [r.getMessage() for r in caplog.records if r.name == "api.base.errors"]
    assert logged.count("contacts.") == 20


def test_a_made_up_reason_is_not_repeated(api):
    body = {"campaign": 1, "emails": ["ann@example.com"], "reason": "ann@example.com"}
    detail = send(api, json.dumps(body), NOT_SENT).json()["detail"]
    assert detail == "reason: Say bounced or withdrawn."


def test_the_detail_names_several_bad_fields(api):
    detail = api.post(CAMPAIGNS, {}).json()["detail"]
    assert detail == "Check these fields: name, start_at, end_at."


@pytest.mark.parametrize(
    "error", [OperationalError(2013, "secret host"), InterfaceError("x"), Busy("Too busy.")]
)
@pytest.mark.parametrize("path", ["/admin/", "/api/v1/nowhere"])
def test_a_temporary_failure_is_told_from_a_fault_wherever_it_happens(
    client, monkeypatch, error, path
):
    client.raise_request_exception = False

    def fail(*_):
        raise error

    monkeypatch.setattr(
        "django.contrib.sessions.middleware.SessionMiddleware.process_request", fail
    )
    response = client.get(path)
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert b"secret" not in response.content
    if path == "/admin/":
        assert b"<h1>Service Unavailable</h1>" in response.content
    else:
        assert response.json()["code"] in ("database_unreachable", "busy")


def test_a_body_that_was_cut_short_is_a_client_error(api, monkeypatch):
    def cut(*_):
        raise UnreadablePostError

    monkeypatch.setattr("api.base.views.StrictJSONParser.parse", cut)
    response = send(api, b"{}")
    assert (response.status_code, response.json()["code"]) == (408, "request_timeout")
