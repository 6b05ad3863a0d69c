"""The page with everything about one address, and its erasure; the address is in no URL."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache

from console.base.forms import PlainForm
from console.base.saving import SavesThroughServices
from console.base.subpages import subpage
from contacts.person.erasing import Receipt, erase_person
from contacts.person.file import contacts_of, person_file
from foundation.errors import DomainError
from foundation.parsing import BadValue
from foundation.personal_data.addresses import EMAIL_LENGTH, read_email

TEMPLATE = "console/contacts/person.html"
PAGE = "campaigns_contact_person"
ERASING = ("campaigns.delete_contact", "campaigns.forget_contact", "discounts.delete_customer")


class AddressForm(PlainForm):
    """Whose file it is; what is wrong is said without repeating it."""

    address = forms.CharField(
        label="E-mail address",
        max_length=EMAIL_LENGTH,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="In full; another spelling of the name before the @ is another address.",
    )

    def clean_address(self) -> str:
        try:
            return read_email(self.cleaned_data["address"])
        except BadValue as error:
            raise ValidationError(str(error)) from None


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    view = never_cache(subpage(model_admin, person_page, "GET", "HEAD", "POST"))
    return [path("person/", view, name=PAGE)]


def may_see(request: HttpRequest) -> bool:
    return request.user.has_perms(["campaigns.view_contact", "campaigns.view_person"])


def may_erase(request: HttpRequest) -> bool:
    return may_see(request) and request.user.has_perms(ERASING)


def person_page(model_admin: SavesThroughServices, request: HttpRequest) -> HttpResponse:
    """Asks for the address; a POST shows, saves or erases, as its button says."""
    if not may_see(request) or ("erase" in request.POST and not may_erase(request)):
        raise PermissionDenied
    form = AddressForm(request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {}
    if form.is_valid():
        address = form.cleaned_data["address"]
        if "save" in request.POST:
            return _saved(model_admin, request, address)
        shown = _shown(model_admin, request, address)
    context = model_admin.admin_site.each_context(request) | {
        "title": "Everything about a person",
        "opts": model_admin.opts,
        "form": form,
        "may_erase": may_erase(request),
        "media": model_admin.media,
        **shown,
    }
    return TemplateResponse(request, TEMPLATE, context)


def _saved(model_admin: SavesThroughServices, request: HttpRequest, address: str) -> HttpResponse:
    response = HttpResponse(_read(model_admin, request, address), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="person.json"'
    return response


def _shown(model_admin: SavesThroughServices, request: HttpRequest, address: str) -> dict[str, Any]:
    if "erase" not in request.POST:
        return {"address": address, "file": _read(model_admin, request, address)}
    if "confirmed" not in request.POST:
        return {"address": address, "asks": True, "contacts": len(contacts_of(address))}
    return {"receipt": _erase(model_admin, request, address)}


def _read(model_admin: SavesThroughServices, request: HttpRequest, address: str) -> str:
    told = person_file(address, now=timezone.now())
    model_admin.note_changes(request, contacts_of(address), "Read everything about the person.")
    return json.dumps(told, ensure_ascii=False, indent=2)


def _erase(model_admin: SavesThroughServices, request: HttpRequest, address: str) -> Receipt | None:
    contacts, years = contacts_of(address), settings.CONSENT_PROOF_YEARS
    try:
        receipt = erase_person(address, now=timezone.now(), proof_years=years)
    except DomainError as error:
        model_admin.say_refused(request, error)
        return None
    model_admin.note_changes(request, contacts, "Forgot and erased the person.")
    return receipt
