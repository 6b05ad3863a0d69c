"""Requests are counted by their route, which keeps the number of series small."""

import pytest
from django.test import Client, RequestFactory

from pixeltrack.request_metrics import OTHER, STATIC, UNKNOWN, route_of
from tests.figures import figure

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
ROUTES = {
    "/": "/",
    "/metrics": "/metrics",
    "/api/v1/discounts/apply": "/api/v1/discounts/apply/",
    "/api/v1/discounts/apply/": "/api/v1/discounts/apply/",
    "/api/v1/customers/17/": "/api/v1/customers/<pk>/",
    "/api/v1/email-campaigns/3/imports/5/": "/api/v1/email-campaigns/<campaign>/imports/<pk>/",
    "/admin/campaigns/campaign/4/report/": "/admin/campaigns/campaign/<id:campaign_id>/report/",
    "/admin/campaigns/campaign/4/change/": "/admin/campaigns/campaign/<path:object_id>/change/",
    "/privacy/bxwqHljMQ3KlZw4CssPUeQcfIYf-8Grum2RXFmMf_bl7": "/privacy/<token>",
    "/reports/bxwqHljMQ3KlZw4CssPUeQcfIYf-8Gru": "/reports/<token>",
    "/static/admin/css/base.css": STATIC,
    "/ann@example.com": UNKNOWN,
}


@pytest.mark.parametrize(("path", "route"), ROUTES.items())
def test_a_route_is_the_pattern_and_never_the_requested_path(path, route):
    request = RequestFactory().get(path)
    request.resolver_match = None
    assert route_of(request) == route


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/health", {"method": "GET", "route": "/health", "status": "200"}),
        ("GET", "/x/ann@example.com", {"method": "GET", "route": UNKNOWN, "status": "404"}),
        ("PROPFIND", "/health", {"method": OTHER, "route": "/health", "status": "405"}),
    ],
)
def test_an_answer_is_counted_and_timed(method, path, labels):
    def counted():
        timed = {name: labels[name] for name in ("method", "route")}
        return (
            figure("http_requests_total", **labels),
            figure("http_request_seconds_count", **timed),
        )

    requests, timings = counted()
    Client().generic(method, path)
    assert counted() == (requests + 1, timings + 1)


def test_a_limited_call_counts_for_its_route(settings):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "1/m")
    labels = {"method": "GET", "route": "/api/v1/pixels/", "status": "429"}
    before = figure("http_requests_total", **labels)
    meta = {"REMOTE_ADDR": "192.0.2.77"}
    Client().get("/api/v1/pixels/", **meta)
    Client().get("/api/v1/pixels/", **meta)
    assert figure("http_requests_total", **labels) == before + 1
