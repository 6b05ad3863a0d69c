"""The admin's pages of pixels."""

from typing import TYPE_CHECKING, TypeAlias, TypedDict
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from campaigns.models import Campaign, Contact, Group
from consent.journal import require_replayed
from console.base.forms import ServiceForm
from console.base.lists import (
    BoundedList,
    CampaignFilter,
    GroupFilter,
    ShortPaginator,
    chosen_id,
    groups_by_id,
)
from console.base.saving import SavesThroughServices
from console.contacts.names import Named, names_of
from console.opens.by_uuid import SearchedByUuid
from contacts.limits import LARGEST_PIXEL_NUMBER
from contacts.pixels import services
from contacts.pixels.given import given_to
from contacts.pixels.links import pixel_html, pixel_url
from tracking.models import Pixel

NONE_GIVEN = "None: its contact may not be measured, or too few share a pixel."

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class PixelForm(ServiceForm):
    number = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_PIXEL_NUMBER,
        initial=1,
        help_text="Tells a contact's pixels apart.",
    )

    class Meta:
        model = Pixel
        fields = ["contact", "number"]


class WithGroup(TypedDict):
    """What a page adds to its pixels; `given` only that of a single one."""

    group: Group
    named: Named
    # What its contact's e-mail carries in its place.
    given: UUID | None


PixelRow: TypeAlias = "WithAnnotations[Pixel, WithGroup]"


def of_contacts(request: HttpRequest, pixels: QuerySet[Pixel], **wanted: int) -> QuerySet[Pixel]:
    """The pixels of some contacts; without a search, only as many as the list shows.

    Contacts have no index for the order of the list: a database would sort all of them.
    """
    contacts = Contact.objects.filter(**wanted)
    if request.GET.get("q", "").strip():
        return pixels.filter(Exists(contacts.order_by().filter(uuid=OuterRef("contact_id"))))
    with_pixels = contacts.filter(Exists(Pixel.objects.filter(contact_id=OuterRef("uuid"))))
    first = with_pixels.order_by("created_at", "uuid").values_list("uuid", flat=True)
    return pixels.filter(contact_id__in=list(first[: ShortPaginator.longest]))


class PixelCampaignFilter(CampaignFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Pixel]) -> QuerySet[Pixel]:
        chosen = chosen_id(request, "campaign")
        if chosen is None or chosen_id(request, "group"):
            return queryset
        return of_contacts(request, queryset, campaign_id=chosen)


class PixelGroupFilter(GroupFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Pixel]) -> QuerySet[Pixel]:
        chosen, campaign = chosen_id(request, "group"), chosen_id(request, "campaign")
        if chosen is None:
            return queryset
        within = {} if campaign is None else {"campaign_id": campaign}
        return of_contacts(request, queryset, group_id=chosen, **within)


@admin.register(Pixel)
class PixelAdmin(SearchedByUuid[Pixel], BoundedList[PixelRow], SavesThroughServices):
    form = PixelForm
    list_display = ["of_contact", "named_number", "campaign", "group", "created_at"]
    list_display_links = ["named_number"]
    list_filter = [PixelCampaignFilter, PixelGroupFilter]
    raw_id_fields = ["contact"]
    paginator = ShortPaginator

    def complete_page(self, request: HttpRequest, rows: list[PixelRow]) -> None:
        contacts = Contact.objects.filter(uuid__in=[pixel.contact_id for pixel in rows])
        group_of = dict(contacts.order_by().values_list("uuid", "group_id"))
        groups = groups_by_id(group_of.values())
        names = names_of(request, group_of)
        for pixel in rows:
            pixel.named = names[pixel.contact_id]
            pixel.group = groups[group_of[pixel.contact_id]]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> "PixelRow | None":
        pixel: PixelRow | None = super().get_object(request, object_id, from_field)
        if pixel:
            self.complete_page(request, [pixel])
            contact = Contact.objects.select_related("campaign").get(uuid=pixel.contact_id)
            own = {pixel.number: pixel.uuid}
            pixel.given = given_to([contact]).pixels(contact.uuid, own).get(pixel.number)
        return pixel

    def rows_of(self, rows: QuerySet[Pixel], found: UUID) -> QuerySet[Pixel]:
        return rows.filter(Q(uuid=found) | Q(contact_id=found))

    @admin.display(description="contact")
    def of_contact(self, pixel: PixelRow) -> str:
        return pixel.named.link

    @admin.display(description="pixel")
    def named_number(self, pixel: Pixel) -> str:
        return f"Pixel {pixel.number}"

    def row_name(self, row: PixelRow) -> str:
        return f"pixel {row.number} of {row.named.words}"

    @admin.display
    def campaign(self, pixel: PixelRow) -> Campaign:
        return pixel.group.campaign

    @admin.display
    def group(self, pixel: PixelRow) -> Group:
        return pixel.group

    @admin.display(description="URL")
    def url(self, pixel: PixelRow) -> str:
        if pixel.given is None:
            return NONE_GIVEN
        return _to_copy(pixel_url(pixel.given, base=settings.PUBLIC_URL), label="URL")

    @admin.display(description="HTML")
    def html(self, pixel: PixelRow) -> str:
        if pixel.given is None:
            return NONE_GIVEN
        return _to_copy(pixel_html(pixel.given, base=settings.PUBLIC_URL), label="HTML")

    # --- One pixel --------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Pixel | None = None) -> tuple[str, ...]:
        if obj:
            return ("uuid", "of_contact", "number", "url", "html", "created_at")
        return ("contact", "number")

    def get_readonly_fields(self, request: HttpRequest, obj: Pixel | None = None) -> list[str]:
        return ["uuid", "of_contact", "url", "html", "created_at"] if obj else []

    def save_model(self, request: HttpRequest, obj: Pixel, form: PixelForm, change: bool) -> None:
        if change:
            services.change_pixel(pixel_id=obj.uuid, changes=form.changes)
        else:
            require_replayed()
            values = form.cleaned_data
            services.create_pixel(
                contact_id=values["contact"].uuid, number=values["number"], pixel_id=obj.uuid
            )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("tracking.delete_pixel")

    def delete_model(self, request: HttpRequest, obj: Pixel) -> None:
        services.delete_pixel(pixel_id=obj.uuid)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Pixel]) -> None:
        for pixel in queryset:
            services.delete_pixel(pixel_id=pixel.uuid)


def _to_copy(text: str, *, label: str) -> str:
    return format_html(
        '<input class="to-copy" type="text" readonly aria-label="{}" value="{}">', label, text
    )
