"""The headers that every answer has, whatever happens to the request."""

import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from pixeltrack import middleware

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
    "Strict-Transport-Security": "max-age=31536000",
}


def answer(request):
    return HttpResponse("fine")


def fail(request):
    raise RuntimeError("broken")


pytestmark = pytest.mark.urls(__name__)
urlpatterns = [path("fine", answer), path("fail", fail), path("slash/", answer)]


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


ANSWERS = {
    "an answer": ({"path": "/fine"}, 200),
    "an unknown path": ({"path": "/nowhere"}, 404),
    "a crash": ({"path": "/fail"}, 500),
    "a redirect": ({"path": "/slash"}, 301),
    "a static file": ({"path": "/static/admin/css/base.css"}, 200),
    "an unknown static file": ({"path": "/static/nowhere.css"}, 404),
    "a foreign host": ({"path": "/fine", "headers": {"host": "evil.example"}}, 400),
    "a request over https": ({"path": "/fine", "secure": True}, 200),
}


@pytest.mark.parametrize(("request_", "status"), ANSWERS.values(), ids=ANSWERS)
def test_every_answer_has_the_headers(client, request_, status):
    response = client.get(**request_)
    b"".join(response)

    assert response.status_code == status
    assert {name: response[name] for name in FIXED} == FIXED
    assert UUID.fullmatch(response["X-Request-ID"])
    assert re.fullmatch(r"\d+\.\d{6}", response["X-Process-Time"])
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_redirect_to_https_has_them_too(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/fine")

    assert response.status_code == 301
    assert response["Location"].startswith("https://")
    assert {name: response[name] for name in FIXED} == FIXED
    assert "Content-Security-Policy" in response


@pytest.mark.parametrize("given", ["abc", "0af7651916cd43dd", "a.b_c:d-E", "x" * 64])
def test_a_valid_request_id_is_kept(client, given):
    assert client.get("/fine", headers={"x-request-id": given})["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given",
    ["", " ", "x" * 65, "a b", "a\nSet-Cookie: x=1", "jane@example.com", "<script>", "ü", "a\x00"],
)
def test_any_other_request_id_is_replaced(client, given):
    kept = client.get("/fine", headers={"x-request-id": given})["X-Request-ID"]

    assert UUID.fullmatch(kept)


def test_each_request_gets_its_own_id(client):
    assert client.get("/fine")["X-Request-ID"] != client.get("/fine")["X-Request-ID"]


def test_the_middleware_of_the_headers_is_the_outermost():
    first = settings.MIDDLEWARE[0]

    assert first == f"{middleware.__name__}.{middleware.AnswerHeaders.__name__}"
