"""The page of a contact's consent: the decisions so far, and recording another one."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaigns.models import Contact
from campaigns.modes import LABELS, Mode
from consent.decisions import record_decisions
from consent.models import Decision, Way
from consent.modes import Answer, Purpose
from consent.page.visit import consent_url, missing_settings
from consent.queries import decisions_of, mode_of, person_of, subject_of
from consent.reading import (
    AT,
    CLICKS,
    OPENS,
    PROOF,
    PROOF_LENGTH,
    TEXT,
    TEXT_LENGTH,
    Told,
    read_decision,
)
from consent.weighing import Report, Result, Source
from consent.words import Outcome
from console.base.forms import PlainForm, show_refusal
from console.base.moments import MomentField
from console.base.saving import SavesThroughServices, user_of
from foundation.errors import DomainError, InvalidInput

TEMPLATE = "console/contacts/consent.html"
PAGE = "campaigns_contact_consent"
DONE = {
    Outcome.STORED: "Recorded.",
    Outcome.UNCHANGED: "This was recorded before: nothing changed.",
    Outcome.AGREED_LATER: "The person agreed later, which is proven: nothing changed.",
}
FIELDS = {OPENS: "opens", CLICKS: "clicks", AT: "agreed_at", TEXT: "text", PROOF: "proof"}
NEITHER = "Tick what the person agreed to."


class AgreementForm(PlainForm):
    """What proves that somebody agreed."""

    opens = forms.BooleanField(required=False, label="Opens", help_text="These may be measured.")
    clicks = forms.BooleanField(
        required=False, label="Clicks", help_text="It may be measured which links are followed."
    )
    agreed_at = MomentField(label="Agreed at", help_text="When the person agreed.")
    text = forms.CharField(
        label="Text",
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text="The text that the person agreed to, in full.",
    )
    proof = forms.CharField(
        max_length=PROOF_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="What proves it, such as an entry of a form; needed after a refusal. Don't put "
        "personal data here: it is never erased.",
    )

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        if not (told["opens"] or told["clicks"]):
            raise forms.ValidationError(NEITHER)
        return told

    def told(self) -> Told:
        """What the person decided, read as everywhere; a box left empty says nothing."""
        values = {name: self.cleaned_data[own] for name, own in FIELDS.items()}
        for name in (OPENS, CLICKS):
            values[name] = Answer.GRANTED if values[name] else None
        told, errors = read_decision(values, zone=timezone.get_default_timezone())
        self.show(errors)
        return told

    def show(self, errors: Mapping[str, list[str]]) -> None:
        """Each beside its field, which has another name here."""
        named = {FIELDS.get(name, ""): sentences for name, sentences in errors.items()}
        if named:
            show_refusal(self, InvalidInput("", errors=named))


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    view = require_http_methods(["GET", "HEAD", "POST"])(partial(consent_page, model_admin))
    return [
        path("<uuid:contact_id>/consent/", model_admin.admin_site.admin_view(view), name=PAGE),
    ]


def may_see(request: HttpRequest) -> bool:
    return request.user.has_perms(["campaigns.view_contact", "consent.view_decision"])


def may_record(request: HttpRequest) -> bool:
    return may_see(request) and request.user.has_perm("consent.add_decision")


def page_url_of(contact: Contact) -> str | None:
    """The address of the person's own page, by which its holder decides for the person."""
    return consent_url(
        campaign_id=contact.campaign_id, contact_id=contact.uuid, base=settings.PUBLIC_URL
    )


def shown_consent(contact: Contact, mode: Mode) -> dict[str, Any]:
    """What a page says of a contact's consent; `answers` are the last about opens and clicks."""
    decisions = decisions_of(person_of(subject_of(contact)))
    answers = [_last(decisions, purpose) for purpose in Purpose]
    return {"mode": LABELS[mode], "decisions": decisions, "answers": list(filter(None, answers))}


def _last(decisions: Sequence[Decision], purpose: Purpose) -> dict[str, Any] | None:
    """A decision may be about one purpose alone."""
    about = (one for one in decisions if getattr(one, purpose) is not None)
    if (last := next(about, None)) is None:
        return None
    said = last.get_opens_display() if purpose == Purpose.OPENS else last.get_clicks_display()
    return {"purpose": purpose.capitalize(), "said": said, "at": last.decided_at}


def consent_page(
    model_admin: SavesThroughServices, request: HttpRequest, contact_id: object
) -> HttpResponse:
    """Shows the decisions; a POST records one, as the button says."""
    if not (may_record if request.method == "POST" else may_see)(request):
        raise PermissionDenied
    contact = get_object_or_404(Contact.objects.select_related("campaign"), uuid=contact_id)
    may_change = may_record(request) and contact.erased_at is None
    form = AgreementForm(request.POST if "agree" in request.POST else None)
    if request.method == "POST" and may_change and _record(model_admin, request, contact, form):
        return HttpResponseRedirect(reverse(f"admin:{PAGE}", args=[contact.pk]))
    context = model_admin.admin_site.each_context(request) | {
        "title": "Consent",
        "subtitle": str(contact),
        "opts": model_admin.opts,
        "contact": contact,
        "form": form if may_change else None,
        "page_url": page_url_of(contact) if may_change else None,
        "missing_settings": missing_settings(),
        "media": model_admin.media + form.media,
        **shown_consent(contact, mode_of(contact)),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _record(
    model_admin: SavesThroughServices,
    request: HttpRequest,
    contact: Contact,
    form: AgreementForm,
) -> bool:
    """Record what the button says; whether the page is to be shown anew."""
    if "withdraw" in request.POST:
        # Another withdrawal holds against what the person agreed to before it, and is a proof too.
        told = Told(opens=Answer.DENIED, clicks=Answer.DENIED, decided_at=timezone.now())
    elif "agree" in request.POST and form.is_valid():
        told = form.told()
    else:
        return False
    if form.is_bound and form.errors:
        return False
    try:
        [result] = record_decisions(
            [_report(contact, told)], source=Source(Way.ADMIN, user_of(request))
        )
    except DomainError as error:
        model_admin.say_refused(request, error)
        return False
    return _tell(model_admin, request, contact, form, result)


def _tell(
    model_admin: SavesThroughServices,
    request: HttpRequest,
    contact: Contact,
    form: AgreementForm,
    result: Result,
) -> bool:
    form.show(result.errors)
    if result.outcome == Outcome.STORED:
        is_no = "withdraw" in request.POST or result.errors
        did = "Recorded a withdrawal" if is_no else "Recorded an agreement"
        model_admin.note_changes(request, [contact], f"{did} of consent.")
    if result.errors or result.outcome is None:
        return False
    model_admin.message_user(request, DONE[result.outcome])
    return True


def _report(contact: Contact, told: Told) -> Report:
    return Report.about(subject_of(contact), told)
