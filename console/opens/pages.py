"""The admin's pages of pixels, opens and user agents."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from campaigns.models import Contact, Group
from console.base.lists import (
    BoundedList,
    CampaignFilter,
    GroupFilter,
    ShortPaginator,
    chosen_id,
    groups_by_id,
)
from console.base.saving import SavesThroughServices
from console.opens.forms import PixelForm
from contacts.pixels import services as pixel_services
from contacts.pixels.links import pixel_html, pixel_url
from foundation.parsing import BadValue, read_uuid
from tracking.hits.classify import wording_of
from tracking.models import Open, Pixel, UserAgent


def contact_link(contact_id: UUID) -> str:
    address = reverse("admin:campaigns_contact_change", args=[contact_id])
    return format_html('<a href="{}">{}</a>', address, contact_id)


def found_uuid(typed: str) -> UUID | None:
    """What was typed into a search box, None where it is no uuid and so finds nothing."""
    with suppress(BadValue):
        return read_uuid(typed.strip())
    return None


class SearchedByUuid:
    """For a ModelAdmin: finds the rows of a pixel or of a contact."""

    search_fields = ["uuid"]
    search_help_text = "The uuid of a pixel or of a contact, in full."

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        found = found_uuid(search_term)
        return (self.rows_of(queryset, found) if found else queryset.none()), False


# --- Pixels ---------------------------------------------------------------------------------


def of_contacts(request: HttpRequest, pixels: QuerySet[Pixel], **wanted: int) -> QuerySet[Pixel]:
    """Those of some contacts, without a search only as many as the list shows.

    They come in an order that contacts have no index for: databases would sort them all.
    """
    contacts = Contact.objects.filter(**wanted)
    if request.GET.get("q", "").strip():
        return pixels.filter(Exists(contacts.order_by().filter(uuid=OuterRef("contact_id"))))
    with_pixels = contacts.filter(Exists(Pixel.objects.filter(contact_id=OuterRef("uuid"))))
    first = with_pixels.order_by("created_at", "uuid").values_list("uuid", flat=True)
    return pixels.filter(contact_id__in=list(first[: ShortPaginator.longest]))


class PixelCampaignFilter(CampaignFilter):
    def queryset(self, request, queryset):
        chosen = chosen_id(request, "campaign")
        if chosen is None or chosen_id(request, "group"):
            return queryset
        return of_contacts(request, queryset, campaign_id=chosen)


class PixelGroupFilter(GroupFilter):
    def queryset(self, request, queryset):
        chosen, campaign = chosen_id(request, "group"), chosen_id(request, "campaign")
        if chosen is None:
            return queryset
        within = {} if campaign is None else {"campaign_id": campaign}
        return of_contacts(request, queryset, group_id=chosen, **within)


@admin.register(Pixel)
class PixelAdmin(SearchedByUuid, BoundedList, SavesThroughServices, admin.ModelAdmin):
    form = PixelForm
    list_display = ["uuid", "number", "campaign", "group", "of_contact", "created_at"]
    list_filter = [PixelCampaignFilter, PixelGroupFilter]
    raw_id_fields = ["contact"]
    paginator = ShortPaginator

    def complete_page(self, request, rows):
        contacts = Contact.objects.filter(uuid__in=[pixel.contact_id for pixel in rows])
        group_of = dict(contacts.order_by().values_list("uuid", "group_id"))
        groups = groups_by_id(group_of.values())
        for pixel in rows:
            pixel.group = groups[group_of[pixel.contact_id]]

    def get_object(self, request, object_id, from_field=None):
        pixel = super().get_object(request, object_id, from_field)
        if pixel:
            self.complete_page(request, [pixel])
        return pixel

    def rows_of(self, pixels, found):
        return pixels.filter(Q(uuid=found) | Q(contact_id=found))

    @admin.display(description="contact")
    def of_contact(self, pixel):
        return contact_link(pixel.contact_id)

    @admin.display
    def campaign(self, pixel):
        return pixel.group.campaign

    @admin.display
    def group(self, pixel):
        return pixel.group

    @admin.display(description="URL")
    def url(self, pixel):
        return _to_copy(pixel_url(pixel.uuid, base=settings.PUBLIC_URL), label="URL")

    @admin.display(description="HTML")
    def html(self, pixel):
        return _to_copy(pixel_html(pixel.uuid, base=settings.PUBLIC_URL), label="HTML")

    # --- One pixel --------------------------------------------------------------------------

    def get_fields(self, request, obj=None):
        if obj:
            return ["uuid", "of_contact", "number", "url", "html", "created_at"]
        return ["contact", "number"]

    def get_readonly_fields(self, request, obj=None):
        return ["uuid", "of_contact", "url", "html", "created_at"] if obj else []

    def save_model(self, request, obj, form, change):
        if change:
            pixel_services.change_pixel(pixel_id=obj.uuid, changes=form.changes)
        else:
            values = form.cleaned_data
            pixel_services.create_pixel(
                contact_id=values["contact"].uuid, number=values["number"], pixel_id=obj.uuid
            )

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("tracking.delete_pixel")

    def delete_model(self, request, obj):
        pixel_services.delete_pixel(pixel_id=obj.uuid)

    def delete_queryset(self, request, queryset):
        for pixel in queryset:
            pixel_services.delete_pixel(pixel_id=pixel.uuid)


def _to_copy(text: str, *, label: str) -> str:
    return format_html(
        '<input class="to-copy" type="text" readonly aria-label="{}" value="{}">', label, text
    )


# --- Opens ----------------------------------------------------------------------------------


class ReadOnly:
    """For a ModelAdmin: what was recorded is looked at, never written."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class OpenCampaignFilter(CampaignFilter):
    def narrow(self, queryset, campaign_id):
        groups = Group.objects.filter(campaign_id=campaign_id).values_list("id", flat=True)
        return queryset.filter(group_id__in=list(groups))


class NewestOfGroups(ShortPaginator):
    """Pages of several groups' opens: each group's are sorted by an index, all of them by none.

    What is older than as many opens of one group as a page needs of all is on no such page.
    """

    def __init__(self, *args, campaign_id: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.groups = Group.objects.order_by().filter(campaign_id=campaign_id)

    def page(self, number):
        number = self.validate_number(number)
        last = min(number * self.per_page, self.count)
        opens = self.object_list
        if edge := self._edge(last):
            opens = opens.filter(opened_at__gte=edge)
        return self._get_page(opens[(number - 1) * self.per_page : last], number, self)

    def _edge(self, place: int) -> datetime | None:
        """The latest of the moments at which groups have so many opens; None where none has."""
        own = self.object_list.filter(group_id=OuterRef("id")).values("opened_at")
        moments = self.groups.annotate(edge=Subquery(own[place - 1 : place]))
        return max((edge for edge in moments.values_list("edge", flat=True) if edge), default=None)


@admin.register(Open)
class OpenAdmin(SearchedByUuid, ReadOnly, BoundedList, admin.ModelAdmin):
    list_display = ["opened_at", "kind", "client", "rule_name", "group", "of_contact"]
    list_filter = ["kind", ("opened_at", admin.DateFieldListFilter)]
    list_filter += [OpenCampaignFilter, GroupFilter]
    paginator = ShortPaginator

    fields = ["event_id", "opened_at", "kind", "rule_name", "client", "user_agent"]
    fields += ["purpose", "of_contact", "pixel_id", "group"]

    def get_paginator(self, request, queryset, per_page, *args, **kwargs):
        campaign, group = chosen_id(request, "campaign"), chosen_id(request, "group")
        if campaign is None or group is not None:
            return super().get_paginator(request, queryset, per_page, *args, **kwargs)
        return NewestOfGroups(queryset, per_page, *args, campaign_id=campaign, **kwargs)

    def rows_of(self, opens, found):
        """Those of a pixel are found by its contact, for which there is an index."""
        owners = Pixel.objects.filter(uuid=found).values_list("contact_id", flat=True)
        if owner := owners.first():
            return opens.filter(contact_id=owner, pixel_id=found)
        return opens.filter(contact_id=found)

    def complete_page(self, request, rows):
        agents = UserAgent.objects.in_bulk({opened.user_agent_id for opened in rows})
        groups = groups_by_id(opened.group_id for opened in rows)
        for opened in rows:
            opened.agent = agents.get(opened.user_agent_id)
            opened.group = groups.get(opened.group_id)

    def get_object(self, request, object_id, from_field=None):
        opened = super().get_object(request, object_id, from_field)
        if opened:
            self.complete_page(request, [opened])
        return opened

    @admin.display(description="rule")
    def rule_name(self, opened):
        return wording_of(opened.rule).name

    @admin.display
    def client(self, opened):
        return opened.agent and opened.agent.family

    @admin.display(description="user agent")
    def user_agent(self, opened):
        return opened.agent and opened.agent.value

    @admin.display(description="contact")
    def of_contact(self, opened):
        return contact_link(opened.contact_id)

    @admin.display
    def group(self, opened):
        return opened.group and f"{opened.group.campaign}: {opened.group}"


@admin.register(UserAgent)
class UserAgentAdmin(ReadOnly, BoundedList, admin.ModelAdmin):
    list_display = ["value", "family", "os_family", "device_family"]
    fields = ["value", "family", "os_family", "device_family"]
    search_fields = ["value"]
    ordering = ["id"]
