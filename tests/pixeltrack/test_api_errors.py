"""Whatever goes wrong is answered in one shape, and never with a trace."""

import json

import pytest
from django.db import OperationalError
from django.test import override_settings

import campaigns.services
from pixeltrack.errors import Busy, DomainError, InvalidInput, NotFound

pytestmark = pytest.mark.django_db
CAMPAIGNS = "/api/v1/email-campaigns/"
NOT_SENT = "/api/v1/contacts/not-sent/"


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
def test_what_is_no_json_is_refused(api, body):
    response = send(api, body)
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_an_empty_body_lacks_every_field(api):
    assert set(send(api, b"").json()["errors"]) == {"name", "start_at", "end_at"}


@pytest.mark.parametrize("body", ["[]", '"x"', "5", "null", "true"])
@pytest.mark.parametrize(
    "path", [CAMPAIGNS, NOT_SENT, "/api/v1/contacts/", "/api/v1/contacts/bulk/", "/api/v1/pixels/"]
)
def test_what_is_no_object_is_refused(api, path, body):
    response = send(api, body, path)
    assert response.status_code == 400
    assert response.json()["detail"]


def test_a_character_set_that_json_has_not_makes_no_difference(api):
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
def test_what_is_not_sent_as_json_is_415(api, content_type):
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


def test_an_address_under_the_api_that_is_none_answers_json(api):
    response = api.get("/api/v1/nothing/")
    assert response.status_code == 404
    assert response.json() == {"detail": "There is nothing at this address.", "code": "not_found"}


@pytest.mark.parametrize("form", ["x", "json", "api"])
def test_a_form_of_answer_in_the_address_changes_nothing(api, form):
    response = api.get(CAMPAIGNS, {"format": form})
    assert (response.status_code, response.json()) == (200, [])


def test_another_address_that_is_none_answers_a_page(api):
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


def test_a_fault_of_ours_is_a_500_without_a_trace(create_failing):
    response = create_failing(RuntimeError("secret"))
    assert response.status_code == 500
    assert response.json() == {
        "detail": "An internal server error occurred",
        "code": "internal_error",
    }


def test_a_database_that_is_away_is_a_503(create_failing):
    response = create_failing(OperationalError("secret host"))
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.json()["code"] == "database_unreachable"
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
def test_an_error_of_the_cores_has_its_status(create_failing, error, status, body):
    response = create_failing(error)
    assert (response.status_code, response.json()) == (status, body)


def test_one_bad_field_is_told_in_the_detail(api):
    response = api.post(CAMPAIGNS, {"name": "x", "start_at": "2026-03-01T00:00Z"})
    assert response.json() == {
        "detail": "end_at: This field is required.",
        "code": "invalid",
        "errors": {"end_at": ["This field is required."]},
    }


def test_of_thousands_of_bad_fields_the_detail_and_the_log_name_a_few(api, caplog):
    caplog.set_level("INFO", logger="pixeltrack.api_errors")
    body = {"campaign": 1, "contacts": ["x"] * 3000, "reason": "bounced"}
    response = send(api, json.dumps(body), NOT_SENT)
    assert len(response.json()["errors"]) == 3000
    assert response.json()["detail"].endswith("contacts.9 and 2,990 more.")
    [logged] = [r.getMessage() for r in caplog.records if r.name == "pixeltrack.api_errors"]
    assert logged.count("contacts.") == 20


def test_a_made_up_reason_is_not_repeated(api):
    body = {"campaign": 1, "emails": ["ann@example.com"], "reason": "ann@example.com"}
    detail = send(api, json.dumps(body), NOT_SENT).json()["detail"]
    assert detail == "reason: Say bounced or withdrawn."


def test_several_bad_fields_are_named_in_the_detail(api):
    detail = api.post(CAMPAIGNS, {}).json()["detail"]
    assert detail == "Check these fields: name, start_at, end_at."
