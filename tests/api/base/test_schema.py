"""Generated calls: whatever is sent, the schema names the answer."""

import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as conformance

from pixeltrack.wsgi import django

pytestmark = pytest.mark.one_engine

# Not those that expect every valid call to succeed: it may name a contact that does not exist.
CHECKS = (
    not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_headers_conformance,
    conformance.response_schema_conformance,
)
schema = schemathesis.openapi.from_wsgi("/openapi.json", django)


@pytest.fixture(autouse=True)
def _one_connection():
    """The server closes connections between requests; a test's transaction lives in one."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def bearer(django_user_model):
    user = django_user_model.objects.create_superuser(username="root")
    return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}


@pytest.mark.django_db
def test_a_call_names_406_where_it_answers_so(client, bearer):
    """A client that does not accept the answer is refused before the row is looked for."""
    document = client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            address = re.sub("{.*?}", "1", path)
            response = getattr(client, method)(address, headers=bearer | {"Accept": "text/html"})
            named = "406" in operation["responses"]
            assert (response.status_code == 406) == named, f"{method} {path}"


@pytest.mark.django_db
def test_a_method_that_an_address_lacks_is_answered_as_the_schema_says(client, bearer):
    document = client.get("/openapi.json").json()
    named = document["components"]["responses"]["MethodNotAllowed"]
    response = client.delete("/api/v1/opens/", headers=bearer)
    assert response.status_code == 405
    assert f"`{response.json()['code']}`" in named["description"]
    assert named["headers"].keys() <= response.headers.keys()


@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=5,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_an_answer_is_as_the_schema_says(case, bearer):
    case.call_and_validate(headers=bearer, checks=CHECKS)


def test_a_list_that_is_read_by_skip_says_how_far_it_is_counted(client):
    described = client.get("/openapi.json").json()["paths"]
    headers = {
        path: methods["get"]["responses"]["200"].get("headers", {})
        for path, methods in described.items()
        if "skip" in {own["name"] for own in methods.get("get", {}).get("parameters", [])}
    }
    in_full = {path for path, own in headers.items() if "X-Total-Count-Limit" not in own}
    # Its answer's body has the number, and so counts all.
    assert in_full == {"/api/v1/discounts/usage/{customer_id}/"}
    assert {
        "10000" in own["X-Total-Count"]["description"]
        for path, own in headers.items()
        if path not in in_full
    } == {True}
    [history] = in_full
    assert "10000" not in headers[history]["X-Total-Count"]["description"]
