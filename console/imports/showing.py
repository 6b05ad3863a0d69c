"""What the pages of a campaign's imports share: who may, where they are, and what they say."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from campaigns.models import Campaign, ContactImport, ImportState
from console.base.saving import SavesThroughServices
from console.subjects.campaign import CampaignTab, campaign_page
from contacts.imports.encodings import BY_CODEC
from contacts.imports.guessing.written_times import example_of
from contacts.imports.outcome import outcome, progress
from contacts.imports.prepare import ACTIVE
from contacts.imports.undo.terms import may_be_undone

FOLDER = "console/imports"
GOING_ON = (*ACTIVE, ImportState.UNDOING)


def may_see(request: HttpRequest) -> bool:
    return request.user.has_perm("campaigns.view_contactimport")


def may_import(request: HttpRequest) -> bool:
    return may_see(request) and request.user.has_perms(
        ["campaigns.add_contact", "tracking.add_pixel"]
    )


def may_undo(request: HttpRequest) -> bool:
    return may_see(request) and request.user.has_perms(
        ["campaigns.delete_contact", "tracking.delete_pixel"]
    )


def found_import(request: HttpRequest, campaign_id: int, import_id: int) -> ContactImport:
    if not may_see(request):
        raise PermissionDenied
    jobs = ContactImport.objects.select_related("campaign", "created_by", "default_group")
    return get_object_or_404(jobs, id=import_id, campaign_id=campaign_id)


def described(request: HttpRequest, job: ContactImport) -> dict[str, object]:
    is_waiting = job.state == ImportState.UPLOADED
    may_match = is_waiting and may_import(request)
    return {
        "row": job,
        "address": columns_address(job) if may_match else state_address(job),
        "may_match": may_match,
        "is_waiting": is_waiting,
        "sentence": outcome(job),
        "progress": progress(job),
        "encoding": BY_CODEC[job.encoding].label if job.encoding else "",
        "times": example_of(job.schedule_format),
        "goes_on": job.state in GOING_ON,
        "may_stop": job.state in ACTIVE and may_import(request),
        "may_undo": may_be_undone(job) and may_undo(request),
    }


def state_address(job: ContactImport) -> str:
    return reverse("admin:campaigns_campaign_import_state", args=[job.campaign_id, job.id])


def columns_address(job: ContactImport) -> str:
    return reverse("admin:campaigns_campaign_import_columns", args=[job.campaign_id, job.id])


def import_page(
    model_admin: SavesThroughServices,
    request: HttpRequest,
    template: str,
    campaign: Campaign,
    *,
    title: str,
    **context: object,
) -> TemplateResponse:
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "media": model_admin.media,
        **campaign_page(request, campaign, CampaignTab.IMPORT, title=title),
        **context,
    }
    return TemplateResponse(request, f"{FOLDER}/{template}", context)
