"""The page and the file of people who have given no sign since a day, over all campaigns."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import urlencode

from campaigns.models import ExportKind
from console.base.forms import PlainForm
from console.base.moments import DayField
from console.base.saving import SavesThroughServices, user_of
from console.base.subpages import subpage
from contacts.exports import GivenOut, recorded
from foundation.csv_download import csv_download
from reports.inactive.people import Page, Question, pruned_before, read_page
from reports.inactive.rules import Doubt
from reports.inactive.table import DOUBTS, inactive_table

TEMPLATE = "console/contacts/inactive.html"
PAGE = "campaigns_contact_inactive"
LIMIT = 100
DEFAULT_DAYS = 365
EARLIEST_YEAR = 2000
WORDS = {
    Doubt.NOT_MEASURED: "Not measured",
    Doubt.NEVER_ASKED: "Never asked",
    Doubt.MACHINE_ONLY: "Machines only",
    Doubt.IMAGES_OFF: "Nothing loaded",
}


class SinceForm(PlainForm):
    """Since when there was no sign, and with which doubt."""

    since = DayField(label="Since")
    doubt = forms.ChoiceField(
        label="Only", required=False, choices=[("", "all"), *((d.value, WORDS[d]) for d in Doubt)]
    )
    after = forms.RegexField(r"^[0-9a-f]{64}$", required=False, widget=forms.HiddenInput)

    def clean_since(self) -> datetime:
        """The begin of the day, by the project's clock."""
        day = self.cleaned_data["since"]
        if day.year < EARLIEST_YEAR or day > timezone.localdate():
            raise forms.ValidationError("Give a day of this century that is not ahead.")
        return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    page, file = (subpage(model_admin, view, "GET", "HEAD") for view in (show, download))
    return [
        path("inactive/", page, name=PAGE),
        path("inactive.csv", file, name=f"{PAGE}_csv"),
    ]


def show(model_admin: SavesThroughServices, request: HttpRequest) -> HttpResponse:
    """A page of the list; without a day, of the last year."""
    _refuse(request)
    form = _form(request)
    found = _read(form) if form.is_valid() else None
    further = found and found.further and _address(form.cleaned_data, after=found.further)
    context = model_admin.admin_site.each_context(request) | {
        "title": "No sign of a person",
        "opts": model_admin.opts,
        "form": form,
        "rows": found and [(one, DOUBTS[one.found.doubt]) for one in found.people],
        "further": further,
        "file": _address(form.cleaned_data) if form.is_valid() else "",
        "pruned_before": pruned_before(),
        "media": model_admin.media,
    }
    return TemplateResponse(request, TEMPLATE, context)


def download(model_admin: SavesThroughServices, request: HttpRequest) -> HttpResponseBase:
    _refuse(request)
    form = _form(request)
    if not form.is_valid():
        return show(model_admin, request)
    given = GivenOut(None, ExportKind.INACTIVE, user_of(request))
    table = inactive_table(_question(form.cleaned_data))
    return csv_download(recorded(table, given), name="no-sign-of-a-person.csv")


def _refuse(request: HttpRequest) -> None:
    if not request.user.has_perms(["campaigns.view_contact", "tracking.view_open"]):
        raise PermissionDenied


def _form(request: HttpRequest) -> SinceForm:
    first = {"since": str(timezone.localdate() - timedelta(days=DEFAULT_DAYS))}
    return SinceForm(request.GET if request.GET.get("since") else first)


def _read(form: SinceForm) -> Page:
    asked = form.cleaned_data
    return read_page(_question(asked), after=asked["after"], limit=LIMIT)


def _question(asked: Mapping[str, Any]) -> Question:
    doubt = Doubt(asked["doubt"]) if asked["doubt"] else None
    return Question(asked["since"], timezone.now(), doubt)


def _address(asked: Mapping[str, Any], **more: str) -> str:
    """What leads to the same list, or to the page behind it."""
    since = timezone.localtime(asked["since"], timezone.get_default_timezone())
    return urlencode({"since": since.date(), "doubt": asked["doubt"], **more})
