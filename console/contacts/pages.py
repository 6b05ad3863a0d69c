"""The admin's pages of contacts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.text import get_text_list

from campaigns.models import Campaign, Contact, Group, NotSentReason
from campaigns.modes import WIDEST, Mode
from consent.journal import require_replayed
from consent.queries import mode_of
from console.base.finding import SearchesByPost, ask_first
from console.base.forms import ServiceForm
from console.base.lists import (
    BoundedList,
    CampaignFilter,
    ChoiceFilter,
    GroupFilter,
    address_in_list,
    campaign_of,
    groups_by_id,
    groups_of,
    id_in_address,
)
from console.base.saving import SavesThroughServices
from console.contacts import consent, forgetting, inactive, person
from console.contacts.bulk import pixel_to_copy
from console.contacts.forms import ContactForm, NewContactForm
from console.contacts.names import NAMED_BY, name_of
from console.contacts.of_campaign import of_campaign
from console.contacts.opened import ListsByOpened, OpenedFilter
from console.contacts.opens import opened_in_words, timeline_of, why_no_opens
from contacts import create
from contacts.change import change_contact, erase_contact
from contacts.fields import LABELS, PERSONAL
from contacts.not_sent import mark_not_sent
from contacts.pixels.given import given_to
from contacts.rows import schedule_warnings
from contacts.search import contacts_found
from foundation.errors import DomainError
from tracking.models import ContactOpens

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec
    from django_stubs_ext import WithAnnotations

COLUMNS = (
    *("contact", "opened", "group", "time_of_sending"),
    *("state", "locale", "added"),
)
FIELDS = tuple(ContactForm.Meta.fields)
STATE = (
    *("uuid", "opened", "not_sent_reason", "not_sent_at"),
    *("resent_at", "erased_at", "forgotten_at", "created_at"),
)
NO_SUCH_LIST = (
    "The address asked for a list that there is not, so all contacts of all campaigns are shown. "
    "Choose with the filters."
)
SCREENS = (consent, forgetting, inactive, person)
MOST_MARKED = 10_000
MOST_ERASED = 500
CHUNK = 1000


class WithOpens(TypedDict):
    """What a page adds to its contacts; None for one that was never opened."""

    opens: ContactOpens | None


ContactRow: TypeAlias = "WithAnnotations[Contact, WithOpens]"


class NotSentFilter(ChoiceFilter):
    title = "not sent to"
    parameter_name = "not_sent_reason__exact"
    words = dict(NotSentReason.choices)


class ContactRequest(HttpRequest):
    """A request for the page of one contact."""

    contact: Contact | None


@admin.register(Contact)
class ContactAdmin(ListsByOpened, SearchesByPost, BoundedList[ContactRow], SavesThroughServices):
    form = ContactForm
    list_filter = [CampaignFilter, GroupFilter, OpenedFilter, NotSentFilter]
    # With a join, MariaDB would start from the groups and sort all contacts; see `complete_page`.
    list_select_related = ()
    search_fields = ["uuid"]
    search_help_text = "An e-mail address or the id in your system, in full."
    raw_id_fields = ["campaign", "group"]
    actions = ["mark_bounced", "mark_withdrawn", "unmark_not_sent", "erase"]
    sortable_by = ["added"]

    # --- The list ---------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        campaign = () if request.GET.get("campaign") else ("campaign",)
        return (*COLUMNS[:3], *campaign, *COLUMNS[3:])

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if ERROR_FLAG in request.GET:
            self.message_user(request, NO_SUCH_LIST, messages.WARNING)
        campaign = _chosen_campaign(request)
        own = of_campaign(request, campaign) if campaign else {}
        return super().changelist_view(request, own | (extra_context or {}))

    @admin.display
    def contact(self, contact: ContactRow) -> str:
        return address_in_list(name_of(contact))

    def row_name(self, row: ContactRow) -> str:
        return name_of(row)

    @admin.display
    def time_of_sending(self, contact: ContactRow) -> datetime | None:
        return contact.scheduled_at

    @admin.display
    def state(self, contact: ContactRow) -> str | None:
        """What keeps it from being sent to."""
        if contact.erased_at:
            return "Erased"
        reason = contact.not_sent_reason
        return NotSentReason(reason).label if reason else None

    @admin.display(ordering="created_at")
    def added(self, contact: ContactRow) -> datetime:
        return contact.created_at

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Contact], search_term: str
    ) -> tuple[QuerySet[Contact], bool]:
        if search_term.strip():
            queryset = queryset.filter(uuid__in=contacts_found(search_term))
        return queryset, False

    def complete_page(self, request: HttpRequest, rows: list[ContactRow]) -> None:
        opens = getattr(request, "known_opens", None)
        if opens is None:
            opens = ContactOpens.objects.in_bulk([contact.uuid for contact in rows])
        groups = self._groups_of(request, rows)
        for contact in rows:
            contact.opens = opens.get(contact.uuid)
            contact.group = groups[contact.group_id]
            contact.campaign = contact.group.campaign

    def _groups_of(self, request: HttpRequest, rows: list[ContactRow]) -> Mapping[int, Group]:
        """Those of the list's campaign are known already."""
        chosen, wanted = id_in_address(request, "campaign"), {row.group_id for row in rows}
        known = {group.id: group for group in groups_of(request, chosen)} if chosen else {}
        return known if wanted <= known.keys() else groups_by_id(wanted)

    @admin.display
    def opened(self, contact: ContactRow) -> str:
        return opened_in_words(contact.opens, contact.measured)

    def get_urls(self) -> list[URLPattern]:
        own = [page for screen in SCREENS for page in screen.urls(self)]
        return own + super().get_urls()

    # --- One contact ------------------------------------------------------------------------

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> "ContactRow | None":
        contact: ContactRow | None = super().get_object(request, object_id, from_field)
        if contact:
            self.complete_page(request, [contact])
        # `formfield_for_foreignkey` needs it too.
        cast(ContactRequest, request).contact = contact
        return contact

    def has_change_permission(self, request: HttpRequest, obj: Contact | None = None) -> bool:
        """Erased contacts and test contacts are read-only."""
        stays = obj and (obj.erased_at or obj.not_sent_reason == NotSentReason.TEST)
        return super().has_change_permission(request, obj) and not stays

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ServiceForm]:
        if not obj and _may_add_pixels(request):
            kwargs["form"] = NewContactForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Contact | None = None) -> "_FieldsetSpec":
        if obj:
            return [(None, {"fields": FIELDS}), ("State", {"fields": STATE})]
        pixels = ("pixels",) if _may_add_pixels(request) else ()
        return [(None, {"fields": (*FIELDS, *pixels)})]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Contact | None = None
    ) -> tuple[str, ...]:
        return ("campaign", *STATE) if obj else ()

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        """Offers the groups of the campaign if it is known."""
        if db_field.name == "group" and (campaign := self._campaign_of_page(request)):
            groups = Group.objects.filter(campaign_id=campaign)
            kwargs |= {"queryset": groups, "widget": forms.Select}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _campaign_of_page(self, request: HttpRequest) -> int | None:
        if request.resolver_match is None or "object_id" not in request.resolver_match.kwargs:
            return id_in_address(request, "campaign")
        contact = cast(ContactRequest, request).contact
        return None if contact is None else contact.campaign_id

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Contact | None = None,
    ) -> HttpResponse:
        pixels = list(obj.pixels.order_by("number")) if obj else []
        mode = mode_of(obj) if obj else WIDEST
        if obj and request.user.has_perm("tracking.view_pixel"):
            own = {pixel.number: pixel.uuid for pixel in pixels}
            given = given_to([obj], modes={obj.uuid: mode}).pixels(obj.uuid, own)
            context["pixels"] = [pixel_to_copy(*pixel) for pixel in given.items()]
            context["is_measured"], context["shares"] = mode != Mode.OFF, mode == Mode.SHARED
        if obj and consent.may_see(request):
            context["consent"] = consent.shown_consent(obj, mode)
        if obj and request.user.has_perm("tracking.view_open"):
            context["timeline"] = timeline_of(request, obj, pixels)
            context["no_opens"] = why_no_opens(obj, mode)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(
        self, request: HttpRequest, obj: Contact, form: ContactForm, change: bool
    ) -> None:
        if change:
            contact = change_contact(contact_id=obj.uuid, changes=form.changes, now=timezone.now())
            campaign = contact.campaign
            warnings = schedule_warnings(
                contact.scheduled_at, start_at=campaign.start_at, end_at=campaign.end_at
            )
        else:
            contact, warnings = self._create(form.cleaned_data)
            obj.uuid = contact.uuid
        for warning in warnings:
            self.message_user(request, warning, messages.WARNING)

    def _create(self, given: Mapping[str, Any]) -> tuple[Contact, list[str]]:
        require_replayed()
        values = {**given, "campaign": given["campaign"].id, "group": given["group"].id}
        pixels = values.pop("pixels", 0)
        return create.create_contact(values=values, now=timezone.now(), pixels_per_contact=pixels)

    # --- Actions ----------------------------------------------------------------------------

    @admin.action(description="Mark as bounced", permissions=["change"])
    def mark_bounced(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        self._mark(request, queryset, "Marked as bounced", reason=NotSentReason.BOUNCED)

    @admin.action(description="Mark as withdrawn", permissions=["change"])
    def mark_withdrawn(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        self._mark(request, queryset, "Marked as withdrawn", reason=NotSentReason.WITHDRAWN)

    @admin.action(description="Take the mark bounced or withdrawn away", permissions=["change"])
    def unmark_not_sent(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        self._mark(request, queryset, "Unmarked", reason=None)

    def _mark(
        self,
        request: HttpRequest,
        queryset: QuerySet[Contact],
        done: str,
        *,
        reason: NotSentReason | None,
    ) -> None:
        """Without a reason, removes the mark."""
        undo = reason is None
        queryset = queryset.filter(not_sent_at__isnull=not undo)
        contacts = self._selected(request, queryset, MOST_MARKED)
        marked = 0
        try:
            for campaign_id, contact_ids in _by_campaign(contacts):
                marked += mark_not_sent(
                    campaign_id=campaign_id,
                    contact_ids=contact_ids,
                    reason=reason,
                    now=timezone.now(),
                    undo=undo,
                ).marked
        except DomainError as error:
            self.say_refused(request, error)
        else:
            self.note_changes(request, contacts, f"{done}.")
        self.message_user(request, f"{done}: {marked:,}.")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("campaigns.delete_contact")

    @admin.action(description="Erase personal data", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Contact]) -> TemplateResponse | None:
        """Asks first: nothing brings the data back."""
        contacts = self._selected(request, queryset.filter(erased_at=None), MOST_ERASED)
        if not contacts:
            return None
        if "confirmed" not in request.POST:
            return _ask_before_erasing(self, request, contacts)
        for contact in contacts:
            erase_contact(contact_id=contact.uuid, now=timezone.now())
        self.note_changes(request, contacts, "Erased personal data.")
        self.message_user(request, f"Erased: {len(contacts):,}.")
        return None

    def _selected(
        self, request: HttpRequest, queryset: QuerySet[Contact], most: int
    ) -> list[Contact]:
        """The selected contacts, with what names them; none where they are too many."""
        contacts = list(queryset.order_by().only(*NAMED_BY, "campaign_id")[: most + 1])
        if len(contacts) <= most:
            return contacts
        self.message_user(request, f"Select at most {most:,} contacts at once.", messages.ERROR)
        return []


def _chosen_campaign(request: HttpRequest) -> Campaign | None:
    chosen = id_in_address(request, "campaign")
    return None if chosen is None else campaign_of(request, chosen)


def _ask_before_erasing(
    model_admin: ContactAdmin, request: HttpRequest, contacts: list[Contact]
) -> TemplateResponse:
    erased = get_text_list([f"the {_in_sentence(name)}" for name in PERSONAL], "and")
    return ask_first(
        model_admin,
        request,
        contacts,
        named=name_of,
        title="Erase personal data",
        question=(
            f"Erase {erased} of {len(contacts)} contact{pluralize(len(contacts))}? Nothing brings "
            "them back. The contacts stay in every count; opens that come later are no longer "
            "recorded."
        ),
        action="erase",
        button="Erase",
    )


def _in_sentence(field: str) -> str:
    return LABELS[field][0].lower() + LABELS[field][1:]


def _may_add_pixels(request: HttpRequest) -> bool:
    return request.user.has_perm("tracking.add_pixel")


def _by_campaign(contacts: list[Contact]) -> Iterator[tuple[int, list[UUID]]]:
    """The contacts' uuids by campaign, at most CHUNK at once."""
    by_campaign: dict[int, list[UUID]] = defaultdict(list)
    for contact in contacts:
        by_campaign[contact.campaign_id].append(contact.uuid)
    for campaign_id, ids in by_campaign.items():
        for start in range(0, len(ids), CHUNK):
            yield campaign_id, ids[start : start + CHUNK]
