"""The admin's pages of customers."""

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from console.base.finding import SearchesByPost, ask_first, selected
from console.base.lists import BoundedList, YesNoFilter, address_in_list
from console.base.saving import SavesThroughServices
from console.discounts.forms import CustomerForm
from discounts import customers
from discounts.models import Customer, DiscountUsage
from discounts.search import customer_found

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

MOST_ERASED = 500
ERASED = "erased"


def may_see_customers(request: HttpRequest) -> bool:
    return request.user.has_perm("discounts.view_customer")


class WithUses(TypedDict):
    """What the list adds to its customers."""

    used_discounts: int


CustomerRow: TypeAlias = "WithAnnotations[Customer, WithUses]"


class ErasedFilter(YesNoFilter):
    title = "erased"
    parameter_name = "erased"
    column = "erased_at"


@admin.register(Customer)
class CustomerAdmin(SearchesByPost, BoundedList[CustomerRow], SavesThroughServices):
    form = CustomerForm
    list_display = ["address", "name", "id", "used", "added", "erased_at"]
    number_columns = ["id", "used"]
    sortable_by = ["added"]
    list_filter = [ErasedFilter]
    search_fields = ["id"]
    search_help_text = "An e-mail address or an id, in full."
    ordering = ["-id"]
    actions = ["erase"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        if not search_term.strip():
            return queryset, False
        found = customer_found(search_term)
        return (queryset.none() if found is None else queryset.filter(id=found)), False

    def complete_page(self, request: HttpRequest, rows: list[CustomerRow]) -> None:
        own = DiscountUsage.objects.filter(customer__in=rows, cancelled_at__isnull=True)
        counts = dict(own.order_by().values_list("customer").annotate(Count("id")))
        for customer in rows:
            customer.used_discounts = counts.get(customer.id, 0)

    @admin.display(description="customer")
    def address(self, customer: CustomerRow) -> str:
        return address_in_list(customer.email or ERASED)

    def row_name(self, row: CustomerRow) -> str:
        return row.email or ERASED

    @admin.display(description="added", ordering="id")
    def added(self, customer: CustomerRow) -> datetime:
        return customer.created_at

    @admin.display(description="discounts used")
    def used(self, customer: CustomerRow) -> str:
        return f"{customer.used_discounts:,}"

    # --- One customer -----------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """Erased customers are read-only."""
        return super().has_change_permission(request, obj) and not (obj and obj.erased_at)

    def get_fields(self, request: HttpRequest, obj: Customer | None = None) -> tuple[str, ...]:
        own = ("email", "name")
        if obj is None:
            return own
        seen = ("history",) if request.user.has_perm("discounts.view_discountusage") else ()
        return (*own, "created_at", "erased_at", *seen)

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> list[str]:
        return ["created_at", "erased_at", "history"] if obj else []

    @admin.display(description="discounts")
    def history(self, customer: Customer) -> str:
        address = reverse("admin:discounts_discountusage_changelist")
        return format_html('<a href="{}?customer={}">Used discounts</a>', address, customer.id)

    def save_model(
        self, request: HttpRequest, obj: Customer, form: CustomerForm, change: bool
    ) -> None:
        if change:
            customers.update_customer(customer_id=obj.pk, changes=form.changes)
        else:
            now = timezone.now()
            obj.pk = customers.create_customer(now=now, **form.cleaned_data).pk

    # --- Erasing ----------------------------------------------------------------------------

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("discounts.delete_customer")

    @admin.action(description="Erase personal data", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Customer]) -> TemplateResponse | None:
        """Asks first: nothing brings the data back."""
        rows = selected(self, request, queryset.filter(erased_at=None), most=MOST_ERASED)
        if not rows:
            return None
        if "confirmed" not in request.POST:
            return ask_first(
                self,
                request,
                rows,
                title="Erase personal data",
                question=(
                    "Erase the e-mail address and the name of these customers? Nothing brings "
                    "them back. Every used discount stays."
                ),
                action="erase",
                button="Erase",
            )
        for customer in rows:
            customers.erase_customer(customer_id=customer.id, now=timezone.now())
        self.note_changes(request, rows, "Erased personal data.")
        self.message_user(request, f"Erased: {len(rows):,}.")
        return None
