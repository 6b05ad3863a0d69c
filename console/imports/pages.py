"""The pages of a campaign's imports: upload, progress and rejected rows.

`console.imports.columns` asks what the columns of the file hold.
"""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt

from campaigns.models import Campaign, ContactImport, ExportKind, ImportState
from console.base.forms import show_refusal
from console.base.polling import etag_of, live_answer
from console.base.saving import SavesThroughServices, user_of
from console.base.subpages import Page, subpage
from console.imports import endings
from console.imports.columns import match, samples_of, try_to_start
from console.imports.forms import EncodingForm, UploadForm
from console.imports.showing import (
    FOLDER,
    GOING_ON,
    columns_address,
    described,
    found_import,
    import_page,
    may_import,
    may_see,
    state_address,
)
from console.planning.mixing import may_mix
from console.planning.pages import warnings_of
from contacts.exports import GivenOut, recorded
from contacts.imports.drawn import drawn_groups
from contacts.imports.prepare import layout_of
from contacts.imports.preview import read_upload
from contacts.imports.rejected import first_rejected, rejected_file, rejected_table
from contacts.imports.retention import KEPT_REJECTED
from contacts.imports.stored_files import discard_upload, receive_file
from contacts.imports.upload_handler import ContactFileUpload
from foundation.csv_download import spreadsheet_download
from foundation.errors import DomainError

# How many imports of a campaign are listed, newest first.
LISTED = 20
# How many rejected values are shown; the file has all of them.
SHOWN = 50


class ImportRequest(HttpRequest):
    """A request that brings a file, with why the file was refused."""

    refused_upload: DomainError | None = None


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    def page(view: Page, *methods: str) -> Page:
        return subpage(model_admin, view, *methods)

    job = "<id:campaign_id>/imports/<id:import_id>/"
    name = "campaigns_campaign_import"
    upload = _with_own_upload(page(upload_page, "GET", "HEAD", "POST"))
    return [
        path("<id:campaign_id>/import/", upload, name=name),
        path(job, page(show_import, "GET", "HEAD"), name=f"{name}_state"),
        path(f"{job}progress/", page(live_progress, "GET"), name=f"{name}_progress"),
        path(f"{job}columns/", page(match_columns, "GET", "HEAD", "POST"), name=f"{name}_columns"),
        path(f"{job}rejected.csv", page(download_rejected, "GET"), name=f"{name}_rejected"),
        *endings.urls(model_admin),
    ]


def _with_own_upload(view: Page) -> Page:
    """The view, with its file received by ContactFileUpload.

    The CSRF check reads the form, and the handler must be there before: the middleware leaves the
    check to `view`, which every page of the admin makes too.
    """

    @csrf_exempt
    def receive(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
        request.upload_handlers = [ContactFileUpload(request)]
        try:
            return view(request, campaign_id)
        except DomainError as error:
            # Nothing of the form was read, not even its token: the page is shown, nothing done.
            request.method = "GET"
            cast(ImportRequest, request).refused_upload = error
            return view(request, campaign_id)

    return receive


def upload_page(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponse:
    """Takes a file and redirects to the page that matches its columns; lists the imports."""
    if not (may_import if request.method == "POST" else may_see)(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    form = UploadForm(request.POST or None, request.FILES or None)
    refused: DomainError | None = getattr(request, "refused_upload", None)
    if form.is_valid():
        try:
            job = _receive(campaign, request, form)
        except DomainError as error:
            show_refusal(form, error)
        else:
            return HttpResponseRedirect(columns_address(job))
    jobs = campaign.imports.all()[:LISTED]
    return import_page(
        model_admin,
        request,
        "upload.html",
        campaign,
        title="Import",
        form=form if may_import(request) and campaign.archived_at is None else None,
        may_import=may_import(request),
        has_groups=campaign.groups.filter(archived_at__isnull=True).exists(),
        refused=refused and refused.detail,
        jobs=[described(request, job) for job in jobs],
    )


def _receive(campaign: Campaign, request: HttpRequest, form: UploadForm) -> ContactImport:
    """Keeps the file if its first line can be read at all."""
    file: UploadedFile = form.cleaned_data["file"]
    job = receive_file(
        campaign_id=campaign.id,
        chunks=file.chunks(),
        file_name=file.name or "",
        created_by=user_of(request),
        zone=form.known_zone(),
        now=timezone.now(),
    )
    try:
        layout_of(job)
    except DomainError:
        discard_upload(import_id=job.id)
        raise
    return job


def match_columns(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int, import_id: int
) -> HttpResponse:
    """Asks what the columns hold, previews the first rows, and starts the import."""
    if not may_import(request):
        raise PermissionDenied
    job = found_import(request, campaign_id, import_id)
    if job.state != ImportState.UPLOADED:
        return HttpResponseRedirect(state_address(job))
    if "discard" in request.POST:
        return _discard(model_admin, request, job)
    matching, refused, reading = None, None, {}
    # The encoding has a form of its own, since another encoding may find other columns.
    encoding = request.POST.get("encoding") or request.GET.get("encoding", "")
    try:
        upload = read_upload(job, encoding=encoding)
    except DomainError as error:
        refused = error.detail
    else:
        reading = {"form": EncodingForm(upload=upload), "samples": samples_of(upload)}
        may_decide = request.user.has_perm("consent.add_decision")
        matching = match(upload, request.POST, may_decide=may_decide)
        is_ready = matching.shown and "start" in request.POST
        if is_ready and try_to_start(matching.form, job):
            model_admin.note_changes(request, [job.campaign], f"Started import {job.id}.")
            return HttpResponseRedirect(state_address(job))
    return import_page(
        model_admin,
        request,
        "columns.html",
        job.campaign,
        title="Match the columns",
        job=job,
        reading=reading,
        form=matching and matching.form,
        shown=matching and matching.shown,
        hints=matching and matching.hints,
        refused=refused,
    )


def _discard(
    model_admin: SavesThroughServices, request: HttpRequest, job: ContactImport
) -> HttpResponseRedirect:
    if not discard_upload(import_id=job.id):
        return HttpResponseRedirect(state_address(job))
    model_admin.message_user(request, "The file was discarded: nothing was imported.")
    upload = reverse("admin:campaigns_campaign_import", args=[job.campaign_id])
    return HttpResponseRedirect(upload)


def show_import(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int, import_id: int
) -> TemplateResponse:
    """The progress of an import and the first rejected values; polled while it runs."""
    job = found_import(request, campaign_id, import_id)
    shown = described(request, job)
    html = _progress_html(request, job, shown)
    return import_page(
        model_admin,
        request,
        "state.html",
        job.campaign,
        title=f"Import {job.id}",
        progress_html=html,
        etag=etag_of(html),
        job=shown,
    )


def live_progress(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int, import_id: int
) -> HttpResponse:
    """What the page polls while an import runs; 304 while nothing has changed."""
    job = found_import(request, campaign_id, import_id)
    shown = described(request, job)
    html = _progress_html(request, job, shown)
    return live_answer(request, html, goes_on=job.state in GOING_ON)


def _progress_html(
    request: HttpRequest, job: ContactImport, shown: dict[str, object]
) -> SafeString:
    rejected = first_rejected(job, limit=SHOWN) if job.rejected else []
    is_over = job.state == ImportState.FINISHED and job.campaign.archived_at is None
    context = {
        "warnings": warnings_of(job.campaign) if is_over else [],
        "may_mix": may_mix(request),
        "job": shown,
        "campaign": job.campaign,
        "drawn": drawn_groups(job),
        "rejected": rejected,
        "kept_days": KEPT_REJECTED.days,
    }
    return render_to_string(f"{FOLDER}/progress.html", context, request)


def download_rejected(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int, import_id: int
) -> StreamingHttpResponse:
    job = found_import(request, campaign_id, import_id)
    given = GivenOut(job.campaign, ExportKind.REJECTED_ROWS, user_of(request))
    table, separator = recorded(rejected_table(job), given), job.separator or ","
    return spreadsheet_download(table, name=rejected_file(job), separator=separator)
