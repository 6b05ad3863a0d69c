"""Stops an import, and undoes one after a page that says what goes."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone

from campaigns.models import ContactImport, ImportState
from console.base.saving import SavesThroughServices
from console.base.subpages import subpage
from console.imports.showing import found_import, import_page, may_import, may_undo, state_address
from contacts.imports.stopping import stop_import
from contacts.imports.tasks import enqueue_undo
from contacts.imports.undo.removing import start_undo, undo_in_words
from contacts.imports.undo.terms import foresee_undo
from foundation.errors import DomainError

JOB = "<id:campaign_id>/imports/<id:import_id>/"
NAME = "campaigns_campaign_import"


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    stop = subpage(model_admin, stop_page, "POST")
    undo = subpage(model_admin, undo_page, "GET", "HEAD", "POST")
    return [
        path(f"{JOB}stop/", stop, name=f"{NAME}_stop"),
        path(f"{JOB}undo/", undo, name=f"{NAME}_undo"),
    ]


def stop_page(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int, import_id: int
) -> HttpResponse:
    """Stops an import that waits or runs; a second click changes nothing."""
    if not may_import(request):
        raise PermissionDenied
    job = found_import(request, campaign_id, import_id)
    try:
        stop_import(import_id=job.id, now=timezone.now())
    except DomainError as error:
        model_admin.say_refused(request, error)
    else:
        if job.state != ImportState.STOPPED:
            model_admin.note_changes(request, [job.campaign], f"Stopped import {job.id}.")
    return HttpResponseRedirect(state_address(job))


def undo_page(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int, import_id: int
) -> HttpResponse:
    """Says what goes and what stays; a POST begins to undo."""
    if not may_undo(request):
        raise PermissionDenied
    job = found_import(request, campaign_id, import_id)
    if request.method == "POST" and _undo(model_admin, request, job):
        return HttpResponseRedirect(state_address(job))
    return import_page(
        model_admin,
        request,
        "undo.html",
        job.campaign,
        title=f"Undo import {job.id}",
        job=job,
        undo=foresee_undo(job, now=timezone.now()),
    )


def _undo(model_admin: SavesThroughServices, request: HttpRequest, job: ContactImport) -> bool:
    """Whether it was begun; why not is in a message."""
    try:
        begun = start_undo(import_id=job.id, enqueue=enqueue_undo, now=timezone.now())
    except DomainError as error:
        model_admin.say_refused(request, error)
        return False
    model_admin.note_changes(request, [job.campaign], undo_in_words(begun))
    return True
