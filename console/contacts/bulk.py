"""The pages of a campaign that add many contacts, and download them with their pixels."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.models import Campaign, Contact, ExportKind
from consent.journal import require_replayed
from consent.page.visit import may_give_pages
from console.base.forms import show_refusal
from console.base.saving import SavesThroughServices, user_of
from console.base.subpages import subpage
from console.contacts.forms import PasteForm
from console.contacts.opened import chosen_opened
from console.contacts.write_again import FILE as UNOPENED
from console.contacts.write_again import group_in_address
from console.subjects.campaign import CampaignTab, campaign_page
from contacts import create
from contacts.exports import GivenOut, record_answer, recorded
from contacts.fields import DRAW
from contacts.pasted import PastedLine
from contacts.pixels.given import given_to
from contacts.pixels.links import pixel_html, pixel_url
from contacts.pixels.merge_list import merge_file, merge_table, refuse_unlisted
from contacts.pixels.opened_lists import OpenedSo, downloaded
from foundation.csv_download import csv_download
from foundation.errors import DomainError, InvalidInput
from tracking.opened import Opened

TEMPLATE = "console/contacts/bulk.html"
# How many new contacts are shown with their pixels; the file has all of them.
SHOWN = 100
FILES = {
    None: "contacts",
    Opened.PERSON: "contacts-opened",
    Opened.MACHINE: "contacts-opened-by-machines",
    Opened.NO: UNOPENED,
}


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    return [
        path(
            "<id:campaign_id>/add-contacts/",
            subpage(model_admin, add_contacts, "GET", "HEAD", "POST"),
            name="campaigns_campaign_add_contacts",
        ),
        path(
            "<id:campaign_id>/contacts.csv",
            subpage(model_admin, download_contacts, "GET"),
            name="campaigns_campaign_contacts_csv",
        ),
    ]


def may_add(request: HttpRequest) -> bool:
    return request.user.has_perms(["campaigns.add_contact", "tracking.add_pixel"])


def may_download(request: HttpRequest) -> bool:
    return request.user.has_perms(["campaigns.view_contact", "tracking.view_pixel"])


# --- In -------------------------------------------------------------------------------------


@dataclass
class CreatedContact:
    uuid: UUID
    text: str
    group: str
    # Its own by number, and those for its e-mail.
    own: Mapping[int, UUID]
    pixels: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Outcome:
    """What became of pasted lines; `refused` are pairs of a line and a sentence.

    `counts` are the contacts by the name of their group.
    """

    created: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    made: list[CreatedContact] = field(default_factory=list)
    refused: list[tuple[PastedLine, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def groups(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in self.counts.items() if count)


def add_contacts(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> TemplateResponse:
    """Takes pasted lines; keeps the valid ones and shows the others with what is wrong."""
    if not may_add(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    form, outcome = PasteForm(request.POST or None, campaign=campaign), None
    if form.is_valid():
        form, outcome = _take(campaign, form)
    if outcome and outcome.created:
        model_admin.note_changes(request, [campaign], f"Added {outcome.created:,} contacts.")
        with_pixels = [campaign.id for contact in outcome.made if contact.pixels]
        record_answer(with_pixels, by=user_of(request))
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        **campaign_page(request, campaign, CampaignTab.CONTACTS, title="Add several contacts"),
        "form": form,
        "outcome": outcome,
        "may_download": may_download(request),
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, TEMPLATE, context)


def _take(campaign: Campaign, form: PasteForm) -> tuple[PasteForm, Outcome | None]:
    """The next form to show, with the refused lines, and what became of the others."""
    try:
        outcome = _create(campaign, form.cleaned_data)
    except DomainError as error:
        show_refusal(form, error)
        return form, None
    lines = "\n".join(line.text for line, _ in outcome.refused)
    return PasteForm(campaign=campaign, initial=form.cleaned_data | {"lines": lines}), outcome


def _create(campaign: Campaign, asked: dict[str, Any]) -> Outcome:
    lines = [line for line in asked["lines"] if line.error is None]
    common = {
        "campaign": campaign.id,
        "group": asked["group"].id if asked["group"] else DRAW,
        "scheduled_at": asked["scheduled_at"],
    }
    # Which pixels may be shown must be known before anybody is created.
    require_replayed()
    results = create.create_contacts(
        contacts=[common | line.values for line in lines],
        now=timezone.now(),
        pixels_per_contact=asked["pixels"],
    )
    outcome = Outcome(refused=[(line, line.error) for line in asked["lines"] if line.error])
    names = {group.id: group.name for group in campaign.groups.order_by("number")}
    outcome.counts = Counter(dict.fromkeys(names.values(), 0))
    for line, result in zip(lines, results, strict=True):
        _add_result(outcome, line, result, names)
    made = Contact.objects.filter(uuid__in=[contact.uuid for contact in outcome.made])
    given = given_to(made)
    for contact in outcome.made:
        pixels = given.pixels(contact.uuid, contact.own)
        contact.pixels = [pixel_to_copy(*pixel) for pixel in pixels.items()]
    outcome.refused.sort(key=lambda pair: pair[0].number)
    return outcome


def _add_result(
    outcome: Outcome, line: PastedLine, result: create.RowResult, names: Mapping[int, str]
) -> None:
    if result.uuid is None or result.group is None:
        sentences = [sentence for own in result.errors.values() for sentence in own]
        outcome.refused.append((line, " ".join(sentences)))
        return
    outcome.created += 1
    outcome.counts[names[result.group]] += 1
    outcome.warnings = result.warnings
    if len(outcome.made) < SHOWN:
        own = {pixel.number: pixel.uuid for pixel in result.pixels}
        group = names[result.group]
        outcome.made.append(CreatedContact(result.uuid, line.text, group, own))


def pixel_to_copy(number: int, pixel_id: UUID) -> dict[str, str]:
    base = settings.PUBLIC_URL
    return {
        "id": str(pixel_id),
        "number": str(number),
        "url": pixel_url(pixel_id, base=base),
        "html": pixel_html(pixel_id, base=base),
    }


# --- Out ------------------------------------------------------------------------------------


def download_contacts(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponseBase:
    """The contacts of a campaign except erased ones, with the tags of their pixels.

    All, or those of a group, and those who opened or did not.
    """
    if not may_download(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    group, opened = group_in_address(request, campaign), _opened_in_address(request)
    try:
        refuse_unlisted(group)
    except InvalidInput as error:
        return _refused(model_admin, request, campaign, error)
    table = merge_table(
        campaign_id=campaign.id,
        base=settings.PUBLIC_URL,
        group_id=None if group is None else group.id,
        pick=None if opened is None else OpenedSo(opened, timezone.now()),
        with_pages=may_give_pages(user_of(request)),
    )
    given = GivenOut(campaign, ExportKind.MERGE_LIST, user_of(request), group, opened or "")
    model_admin.note_changes(request, [campaign], downloaded(opened, group))
    return csv_download(recorded(table, given), name=merge_file(campaign.id, FILES[opened]))


def _opened_in_address(request: HttpRequest) -> Opened | None:
    try:
        return chosen_opened(request)
    except IncorrectLookupParameters:
        raise Http404("There is no such list.") from None


def _refused(
    model_admin: SavesThroughServices, request: HttpRequest, campaign: Campaign, error: InvalidInput
) -> HttpResponseRedirect:
    """To the list of contacts, which says why there is no file."""
    model_admin.say_refused(request, error)
    contacts = reverse("admin:campaigns_contact_changelist")
    return HttpResponseRedirect(f"{contacts}?campaign={campaign.id}")
