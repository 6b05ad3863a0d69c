"""The admin's pages of contacts."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.views.decorators.http import require_POST

from campaigns.models import Contact, Group, NotSentReason
from console.base.lists import (
    BoundedList,
    CampaignFilter,
    GroupFilter,
    groups_by_id,
    id_in_address,
)
from console.base.saving import SavesThroughServices
from console.contacts.forms import ContactForm, NewContactForm
from console.contacts.opens import timeline_of
from console.contacts.several import pixel_to_copy
from contacts import create
from contacts.change import change_contact, erase_contact
from contacts.fields import LABELS, PERSONAL
from contacts.not_sent import mark_not_sent
from contacts.rows import schedule_warnings
from contacts.search import contacts_found, search_term
from foundation.errors import DomainError
from tracking.hits.classify import Kind
from tracking.models import ContactOpens

COLUMNS = [
    *("uuid", "email", "group", "scheduled_at", "opened"),
    *("locale", "not_sent_reason", "erased_at"),
]
FIELDS = ContactForm.Meta.fields
STATE = ["uuid", "opened", "not_sent_reason", "not_sent_at", "erased_at", "created_at"]
MOST_MARKED = 10_000
MOST_ERASED = 500
CHUNK = 1000


@admin.register(Contact)
class ContactAdmin(BoundedList, SavesThroughServices, admin.ModelAdmin):
    form = ContactForm
    list_filter = [CampaignFilter, GroupFilter, "not_sent_reason"]
    # Joined, MariaDB would begin with the groups and sort all contacts: `complete_page` instead.
    list_select_related = ()
    search_fields = ["uuid"]
    search_help_text = "An e-mail address, a uuid or an external id, in full."
    raw_id_fields = ["campaign", "group"]
    actions = ["mark_bounced", "mark_withdrawn", "unmark_not_sent", "erase"]

    # --- The list ---------------------------------------------------------------------------

    def get_list_display(self, request):
        return COLUMNS + ([] if request.GET.get("campaign") else ["campaign"])

    def get_urls(self):
        find = self.admin_site.admin_view(require_POST(self.find))
        return [path("find/", find, name="campaigns_contact_find"), *super().get_urls()]

    def find(self, request):
        """Searches without an e-mail address in the page's own address, which logs would keep."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        query = request.GET.copy()
        query["q"] = search_term(request.POST.get("q", ""))
        address = reverse("admin:campaigns_contact_changelist")
        return HttpResponseRedirect(f"{address}?{query.urlencode()}")

    def get_search_results(self, request, queryset, search_term):
        if search_term.strip():
            queryset = queryset.filter(uuid__in=contacts_found(search_term))
        return queryset, False

    def complete_page(self, request, rows):
        opens = ContactOpens.objects.in_bulk([contact.uuid for contact in rows])
        groups = groups_by_id(contact.group_id for contact in rows)
        for contact in rows:
            contact.opens = opens.get(contact.uuid)
            contact.group = groups[contact.group_id]
            contact.campaign = contact.group.campaign

    @admin.display(empty_value="-")
    def opened(self, contact):
        return _opened_in_words(contact.opens)

    # --- One contact ------------------------------------------------------------------------

    def get_object(self, request, object_id, from_field=None):
        contact = super().get_object(request, object_id, from_field)
        if contact:
            self.complete_page(request, [contact])
        # The form's fields need it too.
        request.contact = contact
        return contact

    def has_change_permission(self, request, obj=None):
        """An erased contact is only looked at, and a test stays as it is."""
        stays = obj and (obj.erased_at or obj.not_sent_reason == NotSentReason.TEST)
        return super().has_change_permission(request, obj) and not stays

    def get_form(self, request, obj=None, change=False, **kwargs):
        if not obj and _may_add_pixels(request):
            kwargs["form"] = NewContactForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        if obj:
            return [(None, {"fields": FIELDS}), ("State", {"fields": STATE})]
        pixels = ["pixels"] if _may_add_pixels(request) else []
        return [(None, {"fields": FIELDS + pixels})]

    def get_readonly_fields(self, request, obj=None):
        return ["campaign", *STATE] if obj else []

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Where the campaign is known, its groups are offered."""
        if db_field.name == "group" and (campaign := self._campaign_of_page(request)):
            groups = Group.objects.filter(campaign_id=campaign)
            kwargs |= {"queryset": groups, "widget": forms.Select}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _campaign_of_page(self, request) -> int | None:
        if "object_id" not in request.resolver_match.kwargs:
            return id_in_address(request, "campaign")
        return request.contact and request.contact.campaign_id

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        pixels = list(obj.pixels.order_by("number")) if obj else []
        if obj and request.user.has_perm("tracking.view_pixel"):
            context["pixels"] = [pixel_to_copy(pixel) for pixel in pixels]
        if obj and request.user.has_perm("tracking.view_open"):
            context["timeline"] = timeline_of(request, obj, pixels)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        if change:
            contact = change_contact(contact_id=obj.uuid, changes=form.changes)
            campaign = contact.campaign
            warnings = schedule_warnings(
                contact.scheduled_at, start_at=campaign.start_at, end_at=campaign.end_at
            )
        else:
            contact, warnings = self._create(form.cleaned_data)
            obj.uuid = contact.uuid
        for warning in warnings:
            self.message_user(request, warning, messages.WARNING)

    def _create(self, values) -> tuple[Contact, list[str]]:
        values = dict(values)
        pixels = values.pop("pixels", 0)
        values |= {"campaign": values["campaign"].id, "group": values["group"].id}
        return create.create_contact(
            values=values,
            now=timezone.now(),
            pixels_per_contact=pixels,
        )

    # --- Actions ----------------------------------------------------------------------------

    @admin.action(description="Mark as bounced", permissions=["change"])
    def mark_bounced(self, request, queryset):
        self._mark(request, queryset, "Marked as bounced", reason=NotSentReason.BOUNCED)

    @admin.action(description="Mark as withdrawn", permissions=["change"])
    def mark_withdrawn(self, request, queryset):
        self._mark(request, queryset, "Marked as withdrawn", reason=NotSentReason.WITHDRAWN)

    @admin.action(description="Take the mark bounced or withdrawn away", permissions=["change"])
    def unmark_not_sent(self, request, queryset):
        self._mark(request, queryset, "Unmarked", reason=None, undo=True)

    def _mark(self, request, queryset, done: str, **how) -> None:
        queryset = queryset.filter(not_sent_at__isnull="undo" not in how)
        contacts = self._selected(request, queryset, MOST_MARKED)
        marked = 0
        try:
            for campaign_id, contact_ids in _by_campaign(contacts):
                marked += mark_not_sent(
                    campaign_id=campaign_id, contact_ids=contact_ids, now=timezone.now(), **how
                ).marked
        except DomainError as error:
            self.say_refused(request, error)
        else:
            self.note_changes(request, contacts, f"{done}.")
        self.message_user(request, f"{done}: {marked:,}.")

    def has_erase_permission(self, request):
        return request.user.has_perm("campaigns.delete_contact")

    @admin.action(description="Erase personal data", permissions=["erase"])
    def erase(self, request, queryset):
        """Asks first: nothing brings the data back."""
        contacts = self._selected(request, queryset.filter(erased_at=None), MOST_ERASED)
        if not contacts:
            return None
        if "confirmed" not in request.POST:
            return self._ask_before_erasing(request, contacts)
        for contact in contacts:
            erase_contact(contact_id=contact.uuid, now=timezone.now())
        self.note_changes(request, contacts, "Erased personal data.")
        self.message_user(request, f"Erased: {len(contacts):,}.")
        return None

    def _ask_before_erasing(self, request, contacts):
        context = self.admin_site.each_context(request) | {
            "title": "Erase personal data",
            "opts": self.opts,
            "contacts": contacts,
            "erased": get_text_list([f"the {_in_sentence(name)}" for name in PERSONAL], "and"),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/campaigns/contact/erase.html", context)

    def _selected(self, request, queryset, most: int) -> list[Contact]:
        """The selected contacts, without their personal data; none where they are too many."""
        contacts = list(queryset.order_by().only("uuid", "campaign_id")[: most + 1])
        if len(contacts) <= most:
            return contacts
        self.message_user(request, f"Select at most {most:,} contacts at once.", messages.ERROR)
        return []


def _in_sentence(field: str) -> str:
    return LABELS[field][0].lower() + LABELS[field][1:]


def _may_add_pixels(request: HttpRequest) -> bool:
    return request.user.has_perm("tracking.add_pixel")


def _by_campaign(contacts: list[Contact]) -> Iterator[tuple[int, list[UUID]]]:
    """The contacts' uuids by campaign, at most CHUNK at once."""
    by_campaign = defaultdict(list)
    for contact in contacts:
        by_campaign[contact.campaign_id].append(contact.uuid)
    for campaign_id, ids in by_campaign.items():
        for start in range(0, len(ids), CHUNK):
            yield campaign_id, ids[start : start + CHUNK]


def _opened_in_words(opens: ContactOpens | None) -> str | None:
    """The best kind and the first open of a person, or of a machine where no person opened."""
    if opens is None:
        return None
    first = timezone.localtime(opens.first_counted_at or opens.first_opened_at)
    return f"{Kind(opens.best_kind).name.lower()}, {date_format(first, 'DATETIME_FORMAT')}"
