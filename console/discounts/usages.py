"""The admin's pages of used discounts, which can be viewed and cancelled."""

from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from console.base.finding import SearchesByPost, ask_first, selected
from console.base.lists import (
    BoundedList,
    CampaignFilter,
    ChoiceFilter,
    YesNoFilter,
    chosen_id,
    id_in_address,
)
from console.base.read_only import ReadOnly
from console.base.saving import SavesThroughServices, user_of
from console.discounts.customers import ERASED, may_see_customers
from console.subjects.discount import DiscountTab, discount_page
from discounts import apply, wording
from discounts.currencies import currency_of
from discounts.models import Customer, DiscountCampaign, DiscountUsage
from discounts.search import customer_found
from discounts.types import DiscountType, taken_from
from foundation.errors import DomainError

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

MOST_CANCELLED = 500
FIELDS = (
    "used_at",
    "local_day",
    "campaign",
    "customer_link",
    "discount",
    "taken_from",
    "to_pay",
    "applied_by",
    "cancelled_at",
    "cancelled_by",
)


class WithCustomer(TypedDict):
    """What list and page add to a usage: what the user may know of its customer."""

    named: str
    customer_address: str


UsageRow: TypeAlias = "WithAnnotations[DiscountUsage, WithCustomer]"


class CancelledFilter(YesNoFilter):
    title = "cancelled"
    parameter_name = "cancelled"
    column = "cancelled_at"


class DiscountTypeFilter(ChoiceFilter):
    title = "off"
    parameter_name = "discount_type__exact"
    words = {kind.value: f"The {kind.facts.what}" for kind in DiscountType}


class DiscountCampaignFilter(CampaignFilter):
    campaigns = DiscountCampaign


class CustomerFilter(admin.SimpleListFilter):
    """Shows only while a customer is chosen, from the customer's own page."""

    title = "customer"
    parameter_name = "customer"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        chosen = chosen_id(request, "customer")
        return [(str(chosen), f"Customer {chosen}")] if chosen else []

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[DiscountUsage]
    ) -> QuerySet[DiscountUsage]:
        chosen = chosen_id(request, "customer")
        return queryset if chosen is None else queryset.filter(customer_id=chosen)


@admin.register(DiscountUsage)
class DiscountUsageAdmin(SearchesByPost, ReadOnly, BoundedList[UsageRow], SavesThroughServices):
    list_display = ["customer_link", "used_at", "discount", "taken_from", "campaign"]
    list_display += ["cancelled_at", "applied_by"]
    list_display_links = ["used_at"]
    number_columns = ["discount"]
    sortable_by = ["used_at"]
    list_filter = [CancelledFilter, DiscountCampaignFilter, CustomerFilter, DiscountTypeFilter]
    list_select_related = ["campaign", "customer", "applied_by"]
    search_help_text = "A customer's e-mail address, in full."
    actions = ["cancel"]
    fields = readonly_fields = FIELDS

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """By the customer alone: nobody finds out by searching whom they may not see."""
        return ["id"] if may_see_customers(request) else []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[DiscountUsage], search_term: str
    ) -> tuple[QuerySet[DiscountUsage], bool]:
        if not search_term.strip() or not may_see_customers(request):
            return queryset, False
        found = customer_found(search_term)
        return (queryset.none() if found is None else queryset.filter(customer_id=found)), False

    def complete_page(self, request: HttpRequest, rows: list[UsageRow]) -> None:
        for usage in rows:
            _name(request, usage)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> DiscountUsage | None:
        usage = super().get_object(request, object_id, from_field)
        if usage is not None:
            _name(request, cast("UsageRow", usage))
        return usage

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Of one campaign it is a tab of its pages."""
        chosen = DiscountCampaign.objects.filter(id=id_in_address(request, "campaign") or 0).first()
        own = _of_campaign(request, chosen) if chosen else {}
        return super().changelist_view(request, own | (extra_context or {}))

    def row_name(self, row: UsageRow) -> str:
        return f"the discount of {row.named}"

    @admin.display(description="customer")
    def customer_link(self, usage: UsageRow) -> str:
        if not usage.customer_address:
            return usage.named
        return format_html('<a href="{}">{}</a>', usage.customer_address, usage.named)

    @admin.display
    def discount(self, usage: DiscountUsage) -> str:
        return _money(usage, usage.discount_amount_minor)

    @admin.display(description="off")
    def taken_from(self, usage: DiscountUsage) -> str:
        amount = _money(usage, usage.original_amount_minor)
        return f"the {taken_from(usage.discount_type)} of {amount}"

    @admin.display(description="to pay")
    def to_pay(self, usage: DiscountUsage) -> str:
        return _money(usage, usage.final_amount_minor)

    # --- Cancelling -------------------------------------------------------------------------

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("discounts.cancel_discount")

    @admin.action(description="Cancel selected discounts", permissions=["cancel"])
    def cancel(
        self, request: HttpRequest, queryset: QuerySet[DiscountUsage]
    ) -> TemplateResponse | None:
        """Asks first: a cancelled discount can't be brought back."""
        live = queryset.filter(cancelled_at__isnull=True)
        rows = selected(self, request, live, most=MOST_CANCELLED)
        if not rows:
            return None
        for usage in rows:
            _name(request, cast("UsageRow", usage))
        if "confirmed" not in request.POST:
            return ask_first(
                self,
                request,
                rows,
                named=self._in_words,
                title="Cancel discounts",
                question=(
                    "Cancel these discounts? The money goes back to the campaigns' budgets, and "
                    "the customers may use a discount of that day again."
                ),
                action="cancel",
                button="Cancel the discounts",
            )
        self._cancel(request, rows)
        return None

    def _in_words(self, usage: DiscountUsage) -> str:
        named = cast("UsageRow", usage).named
        return f"{named}: {self.discount(usage)} off by {usage.campaign}"

    def _cancel(self, request: HttpRequest, rows: list[DiscountUsage]) -> None:
        cancelled, user = [], user_of(request)
        for usage in rows:
            try:
                apply.cancel_usage(usage_id=usage.id, now=timezone.now(), cancelled_by_id=user.pk)
            except DomainError as error:
                self.say_refused(request, error, about=self._in_words(usage))
            else:
                cancelled.append(usage)
        self.note_changes(request, cancelled, "Cancelled.")
        self.message_user(request, f"Cancelled: {len(cancelled):,}.")


def _of_campaign(request: HttpRequest, campaign: DiscountCampaign) -> dict[str, object]:
    now = timezone.now()
    return discount_page(request, campaign, DiscountTab.USAGES, title="Usages", now=now)


def _name(request: HttpRequest, usage: UsageRow) -> None:
    """By number and without a link for users who may not see customers."""
    usage.named, usage.customer_address = str(usage.customer), ""
    if may_see_customers(request):
        where = reverse("admin:discounts_customer_change", args=[usage.customer_id])
        usage.named, usage.customer_address = _person(usage.customer), where


def _money(usage: DiscountUsage, minor: int) -> str:
    return wording.money(minor, currency=currency_of(usage.campaign))


def _person(customer: Customer) -> str:
    return ERASED if customer.erased_at or customer.name is None else customer.name
