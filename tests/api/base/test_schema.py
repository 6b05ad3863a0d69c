"""Made-up calls: whatever is sent, the answer is one that the schema names."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as conformance

from pixeltrack.wsgi import django

# Not those that take the schema for all there is to know: a sound call may name no contact.
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
