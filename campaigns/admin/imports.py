"""The pages of a campaign's imports: a file goes in, progress and rejected rows come out."""

from functools import partial

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.forms import ImportForm
from campaigns.import_files import discard_import, receive_file
from campaigns.imports import (
    ACTIVE,
    first_rejected,
    outcome,
    progress,
    rejected_file,
    rejected_table,
    start_import,
)
from campaigns.models import Campaign, ContactImport
from campaigns.tasks import enqueue_import
from campaigns.uploads import ContactFileUpload
from pixeltrack.admin_saving import show_refusal
from pixeltrack.downloads import csv_download
from pixeltrack.errors import DomainError

FOLDER = "admin/campaigns/campaign"
# So many imports of a campaign are listed, the newest first.
LISTED = 20
# So many rejected values are shown; the file has them all.
SHOWN = 50


def urls(model_admin: ModelAdmin) -> list[URLPattern]:
    def page(view, *methods: str):
        view = require_http_methods(methods)(partial(view, model_admin))
        return model_admin.admin_site.admin_view(view)

    job = "<int:campaign_id>/imports/<int:import_id>/"
    upload = _with_own_upload(page(upload_page, "GET", "HEAD", "POST"))
    return [
        path("<int:campaign_id>/import/", upload, name="campaigns_campaign_import"),
        path(job, page(show_import, "GET", "HEAD"), name="campaigns_campaign_import_state"),
        path(
            f"{job}rejected.csv",
            page(download_rejected, "GET"),
            name="campaigns_campaign_import_rejected",
        ),
    ]


def may_see(request: HttpRequest) -> bool:
    return request.user.has_perm("campaigns.view_contactimport")


def may_import(request: HttpRequest) -> bool:
    return may_see(request) and request.user.has_perms(
        ["campaigns.add_contact", "tracking.add_pixel"]
    )


def _with_own_upload(view):
    """The view, with its file received by ContactFileUpload.

    The check against forged requests reads the form, and a handler must be there before: the
    middleware leaves the check to `view`, which every page of the admin makes too.
    """

    @csrf_exempt
    def receive(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        request.upload_handlers = [ContactFileUpload(request)]
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            # Nothing of the form was read, its token neither: the page is shown, nothing done.
            request.method, request.refused_upload = "GET", error
            return view(request, *args, **kwargs)

    return receive


def upload_page(model_admin: ModelAdmin, request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Takes a file and starts its import; lists the imports of the campaign."""
    if not (may_import if request.method == "POST" else may_see)(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    form = ImportForm(request.POST or None, request.FILES or None, campaign=campaign)
    refused: DomainError | None = getattr(request, "refused_upload", None)
    if form.is_valid():
        try:
            job = _start(campaign, request, form)
        except DomainError as error:
            show_refusal(form, error)
        else:
            model_admin.note_changes(request, [campaign], f"Started import {job.id}.")
            return HttpResponseRedirect(_state_address(job))
    return _page(
        model_admin,
        request,
        "import.html",
        campaign,
        title="Import contacts",
        form=form if may_import(request) and campaign.archived_at is None else None,
        refused=refused and refused.detail,
        jobs=[_described(job) for job in campaign.imports.all()[:LISTED]],
    )


def _start(campaign: Campaign, request: HttpRequest, form: ImportForm) -> ContactImport:
    file = form.cleaned_data["file"]
    now = timezone.now()
    job = receive_file(
        campaign_id=campaign.id,
        chunks=file.chunks(),
        file_name=file.name,
        created_by=request.user,
        now=now,
    )
    try:
        return start_import(
            import_id=job.id, options=form.options(), enqueue=enqueue_import, now=now
        )
    except DomainError:
        discard_import(import_id=job.id)
        raise


def show_import(
    model_admin: ModelAdmin, request: HttpRequest, campaign_id: int, import_id: int
) -> TemplateResponse:
    """How far an import is, and the first of what was rejected."""
    job = _import(request, campaign_id, import_id)
    return _page(
        model_admin,
        request,
        "import_state.html",
        job.campaign,
        title=f"Import {job.id}",
        job=_described(job),
        rejected=first_rejected(import_id=job.id, limit=SHOWN),
    )


def download_rejected(
    model_admin: ModelAdmin, request: HttpRequest, campaign_id: int, import_id: int
) -> HttpResponse:
    job = _import(request, campaign_id, import_id)
    return csv_download(rejected_table(import_id=job.id), name=rejected_file(job))


def _import(request: HttpRequest, campaign_id: int, import_id: int) -> ContactImport:
    if not may_see(request):
        raise PermissionDenied
    jobs = ContactImport.objects.select_related("campaign", "created_by", "default_group")
    return get_object_or_404(jobs, id=import_id, campaign_id=campaign_id)


def _described(job: ContactImport) -> dict[str, object]:
    return {
        "row": job,
        "address": _state_address(job),
        "sentence": outcome(job),
        "progress": progress(job),
        "goes_on": job.state in ACTIVE,
    }


def _state_address(job: ContactImport) -> str:
    return reverse("admin:campaigns_campaign_import_state", args=[job.campaign_id, job.id])


def _page(
    model_admin: ModelAdmin,
    request: HttpRequest,
    template: str,
    campaign: Campaign,
    **context: object,
) -> TemplateResponse:
    context = model_admin.admin_site.each_context(request) | {
        "subtitle": campaign.name,
        "opts": model_admin.opts,
        "campaign": campaign,
        "media": model_admin.media,
        **context,
    }
    return TemplateResponse(request, f"{FOLDER}/{template}", context)
