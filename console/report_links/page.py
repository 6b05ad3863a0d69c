"""The page on which people without an account read a report that was shared with them.

Nothing is kept of who looks but that somebody did. It needs no cookie and no script, and leads
nowhere else.
"""

from datetime import datetime

import structlog
from csp.decorators import csp_replace
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from campaigns.link_models import ReportLink
from campaigns.report_links import find_link, note_view
from console.person.page import HEADERS, POLICY
from console.report_links.shown import shown_of
from console.subjects.campaign import dates_in_words
from foundation import dates
from foundation.errors import Busy
from reports.data import Scope
from reports.describe import describe
from reports.report import report_on, report_subject

FOLDER = "console/report_links"
# Looks by one token; an address is never limited, since many people may share it.
RATE, MINUTE = "60/m", 60
RETRY_AFTER = 5
UNKNOWN = (
    "There is no report here",
    "The link is not known, or it has ended. Ask whoever sent it to you for a new one.",
)
TOO_MANY = ("Too many looks at once", "Wait a minute, then reload this page.")
AWAY = ("The report can't be shown", "Something it needs is busy or away. Reload in a moment.")

log = structlog.get_logger(__name__)


@require_safe
def shared_report(request: HttpRequest, token: str) -> HttpResponseBase:
    """The figures of the report that the token is for, as they are now."""
    response = csp_replace(POLICY)(lambda asked: _answer(asked, token))(request)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    if _is_too_often(request, token):
        return _plain(TOO_MANY, 429, retry_after=MINUTE)
    now = timezone.now()
    try:
        link = find_link(token, now=now)
        if link is None:
            return _plain(UNKNOWN, 404)
        page = _report(link, now)
    except (Error, Busy):
        log.exception("shared_report_unavailable")
        return _plain(AWAY, 503, retry_after=RETRY_AFTER)
    if request.method == "GET":
        _note(link, now)
    return HttpResponse(page)


def _is_too_often(request: HttpRequest, token: str) -> bool:
    """Whatever the token is for, or nothing: the answer must not tell."""
    try:
        usage = get_usage(
            request,
            group="shared-report",
            key=lambda _group, _request: token,
            rate=RATE,
            increment=True,
        )
    except RedisError:
        return False
    return bool(usage and usage["should_limit"])


def _report(link: ReportLink, now: datetime) -> str:
    zone, subject = timezone.get_default_timezone(), report_subject(link.campaign_id)
    data = describe(report_on(subject, now=now, zone=zone, scope=Scope()))
    context = {
        "campaign": subject.campaign,
        "dates": dates_in_words(subject.campaign.start_at, subject.campaign.end_at),
        "report": shown_of(data, as_of=subject.as_of, zone=zone),
        "zone": timezone.get_default_timezone_name(),
        "expires": dates.day(timezone.localtime(link.expires_at)),
    }
    return render_to_string(f"{FOLDER}/page.html", context)


def _note(link: ReportLink, now: datetime) -> None:
    """A look that can't be counted is shown all the same."""
    try:
        note_view(link, now=now)
    except (Error, Busy):
        log.warning("shared_report_not_counted", link=link.id)


def _plain(words: tuple[str, str], status: int, *, retry_after: int | None = None) -> HttpResponse:
    """A page without a report; the same whatever the link was."""
    heading, sentence = words
    page = render_to_string(f"{FOLDER}/plain.html", {"heading": heading, "sentence": sentence})
    response = HttpResponse(page, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
