"""The admin's live page of a campaign's report: shown, polled for changes, and downloaded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    JsonResponse,
)
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from campaigns.lifecycle import Progress
from campaigns.models import Campaign
from campaigns.roles import Role
from console.base.polling import unchanged
from console.report.asked import PERIODS, Question
from console.report.filters import chips_of, time_in_words
from console.report.in_words import SLOW_LAG, page_of
from console.report.question import read_question
from console.subjects.campaign import IMPORT, CampaignTab, campaign_page
from contacts.schedules.winner import may_be_given
from foundation.csv_download import spreadsheet_download
from foundation.errors import InvalidInput, NotFound
from reports.compared.own_average import own_average
from reports.data import ReportData
from reports.describe import describe
from reports.freshness import report_headers
from reports.report import Report, ReportSubject, report_on, report_subject
from reports.silent_domains import FEWEST_SENT, SETTLED_AFTER, SilentDomains, silent_domains
from reports.tables import Cell, groups_table, series_table

FOLDER = "console/report"
# Tells the home page that this step is done; it identifies nobody.
READ_COOKIE = "report_read"
READ_COOKIE_SECONDS = 365 * 24 * 3600
# Of a file's, in letters.
LONGEST_NAME = 80
REFUSED = "You may not see reports: ask an administrator for the permission."


def urls() -> list[URLPattern]:
    """The page, what it polls, and its files."""

    def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        return admin.site.admin_view(require_safe(_refusing(view)))

    return [
        path("", page(show_report), name="report-page"),
        path("data/", page(live_data), name="report-data"),
        path("groups.csv", page(download_groups), name="report-groups"),
        path("series.csv", page(download_series), name="report-series"),
    ]


def has_read_a_report(request: HttpRequest) -> bool:
    """Whether this browser was shown a report within the last year."""
    return READ_COOKIE in request.COOKIES


def _refusing(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view; an invalid question is answered with the error's text."""

    @wraps(view)
    def answer(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
        try:
            return view(request, campaign_id)
        except InvalidInput as error:
            return HttpResponseBadRequest(error.detail, content_type="text/plain; charset=utf-8")

    return answer


# --- The page -------------------------------------------------------------------------------


def show_report(request: HttpRequest, campaign_id: int) -> TemplateResponse:
    """The page with its first figures, complete without JavaScript."""
    if not _may_see(request):
        return _page(request, {"refused": REFUSED}, status=403)
    subject, now = _subject(campaign_id), timezone.now()
    try:
        question = _question(request, subject, now)
    except InvalidInput as error:
        refused = {"refused": error.detail}
        return _page(request, refused | _of_campaign(request, subject), status=400)
    headers = _headers(subject, question, now)
    context = {
        "periods": PERIODS,
        "etag": headers["ETag"],
        "as_of": subject.as_of,
        "domains": _domains(request, campaign_id, now),
        "fewest_sent": FEWEST_SENT,
        "settled_hours": round(SETTLED_AFTER.total_seconds() / 3600),
    }
    report = _read(subject, question, now)
    panels = _panels(request, subject, question, describe(report), headers)
    shown = _of_campaign(request, subject, _progress(report)) | _narrowed(subject, question)
    response = _page(request, context | panels | shown)
    _note_reading(request, response)
    return response


def _narrowed(subject: ReportSubject, question: Question) -> dict[str, object]:
    """What the page is narrowed by, and what time it covers."""
    zone = timezone.get_default_timezone()
    group = next((own.name for own in subject.groups if own.id == question.group), None)
    return {
        "chips": chips_of(question, group=group, zone=zone),
        "covers": time_in_words(question, zone),
    }


def _note_reading(request: HttpRequest, response: HttpResponse) -> None:
    if not has_read_a_report(request):
        response.set_cookie(
            READ_COOKIE,
            "yes",
            max_age=READ_COOKIE_SECONDS,
            path=reverse("admin:index"),
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )


def _domains(request: HttpRequest, campaign_id: int, now: datetime) -> SilentDomains | None:
    """Read only on request: this reads contacts, not counters."""
    if request.GET.get("domains") != "true":
        return None
    return silent_domains(campaign_id=campaign_id, now=now)


def _page(
    request: HttpRequest,
    own: Mapping[str, object],
    *,
    status: int = 200,
) -> TemplateResponse:
    context = admin.site.each_context(request) | {
        "title": "Report",
        "opts": Campaign._meta,
        **own,
    }
    return TemplateResponse(request, f"{FOLDER}/page.html", context, status=status)


def _of_campaign(
    request: HttpRequest, subject: ReportSubject, progress: Progress | None = None
) -> dict[str, object]:
    tab = CampaignTab.REPORT
    return campaign_page(request, subject.campaign, tab, title="Report", progress=progress)


def _progress(report: Report) -> Progress:
    """How far the campaign was sent, as its report says."""
    return Progress(
        contacts=report.totals.contacts,
        sent=report.totals.sent,
        unscheduled=report.totals.never_due,
        is_decided=report.verdict.decision is not None,
        has_groups=any(own.group.archived_at is None for own in report.groups),
    )


# --- What the page polls --------------------------------------------------------------------


def live_data(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The page's pieces as HTML; 304 while nothing has changed."""
    subject, question, now = _asked(request, campaign_id)
    headers = _headers(subject, question, now)
    if not_modified := unchanged(request, headers):
        return not_modified
    panels = _panels(request, subject, question, _report(subject, question, now), headers)
    pieces = {
        name: render_to_string(f"{FOLDER}/{name}.html", panels, request)
        for name in ("panels", "health")
    }
    return JsonResponse(pieces, headers=headers)


# --- Its files ------------------------------------------------------------------------------


def download_groups(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """Of all groups, whichever the page is of."""
    subject, question, now = _asked(request, campaign_id)
    data = _report(subject, replace(question, group=None, client=None), now)
    return _download(groups_table(data), subject.campaign, "groups")


def download_series(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    subject, question, now = _asked(request, campaign_id)
    data = _report(subject, question, now)
    return _download(series_table(data), subject.campaign, "opens-over-time")


def _download(table: Iterable[tuple[Cell, ...]], campaign: Campaign, what: str) -> HttpResponseBase:
    own = slugify(campaign.name, allow_unicode=True)[:LONGEST_NAME] or f"campaign-{campaign.id}"
    return spreadsheet_download(table, name=f"{own}-{what}.csv", separator=",")


# --- What they share ------------------------------------------------------------------------


def _may_see(request: HttpRequest) -> bool:
    return request.user.has_perm("tracking.view_report")


def _asked(request: HttpRequest, campaign_id: int) -> tuple[ReportSubject, Question, datetime]:
    if not _may_see(request):
        raise PermissionDenied
    now = timezone.now()
    subject = _subject(campaign_id)
    return subject, _question(request, subject, now), now


def _question(request: HttpRequest, subject: ReportSubject, now: datetime) -> Question:
    groups = [group.id for group in subject.groups if group.is_counted]
    return read_question(request.GET, now=now, groups=groups)


def _subject(campaign_id: int) -> ReportSubject:
    try:
        return report_subject(campaign_id)
    except NotFound as error:
        raise Http404(error.detail) from None


def _headers(subject: ReportSubject, question: Question, now: datetime) -> dict[str, str]:
    return report_headers(subject, now=now, window=question.window, machine=question.machine)


def _report(subject: ReportSubject, question: Question, now: datetime) -> ReportData:
    return describe(_read(subject, question, now))


def _read(subject: ReportSubject, question: Question, now: datetime) -> Report:
    zone = timezone.get_default_timezone()
    return report_on(subject, now=now, zone=zone, scope=question.scope)


def _panels(
    request: HttpRequest,
    subject: ReportSubject,
    question: Question,
    report: ReportData,
    headers: Mapping[str, str],
) -> dict[str, object]:
    lag, now = headers.get("X-Ingest-Lag"), timezone.now()
    average = own_average(subject.campaign.id, now=now) if report.totals.sent else None
    return {
        "campaign": subject.campaign,
        "question": question,
        "report": page_of(
            report, zone=timezone.get_default_timezone(), question=question, average=average
        ),
        "zone": timezone.get_default_timezone_name(),
        "may_give_winner": _may_give_winner(request, subject),
        "lists": _lists(request, subject.campaign.id, question.group),
        "import_page": _import_page(request, subject.campaign.id),
        "never_due": report.never_due,
        "lag": lag,
        "is_slow": lag is not None and int(lag) > SLOW_LAG,
    }


def _lists(request: HttpRequest, campaign_id: int, group: int | None) -> str | None:
    """Where the lists of who opened and who did not are, for whoever may see contacts."""
    if not request.user.has_perm("campaigns.view_contact"):
        return None
    chosen = "" if group is None else f"&group={group}"
    return f"{reverse('admin:campaigns_contact_changelist')}?campaign={campaign_id}{chosen}"


def _import_page(request: HttpRequest, campaign_id: int) -> str | None:
    """Where contacts are imported, for whoever may."""
    may = request.user.has_perm
    if not (may("campaigns.add_contact") and may("campaigns.view_contactimport")):
        return None
    return reverse(IMPORT, args=[campaign_id])


def _may_give_winner(request: HttpRequest, subject: ReportSubject) -> bool:
    if not request.user.has_perm("campaigns.change_contact"):
        return False
    return any(g.role == Role.REST and may_be_given(g) for g in subject.groups)
