"""The page that asks before what was measured of a contact is removed."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.models import Contact
from console.base.saving import SavesThroughServices
from console.base.subpages import subpage
from contacts.person.forgetting import forget_contacts
from foundation.errors import DomainError

TEMPLATE = "console/contacts/forget.html"
PAGE = "campaigns_contact_forget"
DID = "Forgot what was measured."
NOTHING = "Nothing was measured of this contact, so there was nothing to forget."


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    view = subpage(model_admin, forget_page, "GET", "HEAD", "POST")
    return [path("<uuid:contact_id>/forget/", view, name=PAGE)]


def forget_page(
    model_admin: SavesThroughServices, request: HttpRequest, contact_id: object
) -> HttpResponse:
    """Says what goes and what stays; a POST forgets."""
    if not request.user.has_perms(["campaigns.view_contact", "campaigns.forget_contact"]):
        raise PermissionDenied
    contact = get_object_or_404(Contact.objects.select_related("campaign"), uuid=contact_id)
    if request.method == "POST" and _forget(model_admin, request, contact):
        return HttpResponseRedirect(reverse("admin:campaigns_contact_change", args=[contact.pk]))
    context = model_admin.admin_site.each_context(request) | {
        "title": "Forget what was measured",
        "subtitle": str(contact),
        "opts": model_admin.opts,
        "contact": contact,
        "media": model_admin.media,
    }
    return TemplateResponse(request, TEMPLATE, context)


def _forget(model_admin: SavesThroughServices, request: HttpRequest, contact: Contact) -> bool:
    try:
        forgotten = forget_contacts(contact_ids=[contact.pk], now=timezone.now())
    except DomainError as error:
        model_admin.say_refused(request, error)
        return False
    if forgotten:
        model_admin.note_changes(request, [contact], DID)
    model_admin.message_user(request, DID if forgotten else NOTHING)
    return True
