"""The admin's pages of used discounts, which can be viewed and cancelled."""

from typing import Any

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
from console.discounts.customers import ERASED
from console.subjects.discount import DiscountTab, discount_page
from discounts import apply, wording
from discounts.currencies import currency_of
from discounts.models import Customer, DiscountCampaign, DiscountUsage
from discounts.search import customer_found
from discounts.types import DiscountType, taken_from
from foundation.errors import DomainError

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
class DiscountUsageAdmin(
    SearchesByPost, ReadOnly, BoundedList[DiscountUsage], SavesThroughServices
):
    list_display = ["customer_link", "used_at", "discount", "taken_from", "campaign"]
    list_display += ["cancelled_at", "applied_by"]
    list_display_links = ["used_at"]
    number_columns = ["discount"]
    sortable_by = ["used_at"]
    list_filter = [CancelledFilter, DiscountCampaignFilter, CustomerFilter, DiscountTypeFilter]
    list_select_related = ["campaign", "customer", "applied_by"]
    search_fields = ["id"]
    search_help_text = "A customer's e-mail address, in full."
    actions = ["cancel"]
    fields = readonly_fields = FIELDS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[DiscountUsage], search_term: str
    ) -> tuple[QuerySet[DiscountUsage], bool]:
        if not search_term.strip():
            return queryset, False
        found = customer_found(search_term)
        return (queryset.none() if found is None else queryset.filter(customer_id=found)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Of one campaign it is a tab of its pages."""
        chosen = DiscountCampaign.objects.filter(id=id_in_address(request, "campaign") or 0).first()
        own = _of_campaign(request, chosen) if chosen else {}
        return super().changelist_view(request, own | (extra_context or {}))

    def row_name(self, row: DiscountUsage) -> str:
        return f"the discount of {_person(row.customer)}"

    @admin.display(description="customer")
    def customer_link(self, usage: DiscountUsage) -> str:
        address = reverse("admin:discounts_customer_change", args=[usage.customer_id])
        return format_html('<a href="{}">{}</a>', address, _person(usage.customer))

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
        if "confirmed" not in request.POST:
            return ask_first(
                self,
                request,
                rows,
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

    def _cancel(self, request: HttpRequest, rows: list[DiscountUsage]) -> None:
        cancelled, user = [], user_of(request)
        for usage in rows:
            try:
                apply.cancel_usage(usage_id=usage.id, now=timezone.now(), cancelled_by_id=user.pk)
            except DomainError as error:
                self.say_refused(request, error, about=usage)
            else:
                cancelled.append(usage)
        self.note_changes(request, cancelled, "Cancelled.")
        self.message_user(request, f"Cancelled: {len(cancelled):,}.")


def _of_campaign(request: HttpRequest, campaign: DiscountCampaign) -> dict[str, object]:
    now = timezone.now()
    return discount_page(request, campaign, DiscountTab.USAGES, title="Usages", now=now)


def _money(usage: DiscountUsage, minor: int) -> str:
    return wording.money(minor, currency=currency_of(usage.campaign))


def _person(customer: Customer) -> str:
    return ERASED if customer.erased_at or customer.name is None else customer.name
