"""The admin's pages of customers."""

from django.contrib import admin
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from console.base.finding import SearchesByPost, ask_first, selected
from console.base.lists import BoundedList
from console.base.saving import SavesThroughServices
from console.discounts.forms import CustomerForm
from discounts import customers
from discounts.models import Customer, DiscountUsage
from discounts.search import customer_found

MOST_ERASED = 500


class ErasedFilter(admin.SimpleListFilter):
    title = "erased"
    parameter_name = "erased"

    def lookups(self, request, model_admin):
        return [("no", "Not erased"), ("yes", "Erased")]

    def queryset(self, request, queryset):
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(erased_at__isnull=self.value() == "no")


@admin.register(Customer)
class CustomerAdmin(SearchesByPost, BoundedList, SavesThroughServices, admin.ModelAdmin):
    form = CustomerForm
    list_display = ["id", "email", "name", "used", "created_at", "erased_at"]
    list_display_links = ["id", "email"]
    list_filter = [ErasedFilter]
    search_fields = ["id"]
    search_help_text = "An e-mail address or an id, in full."
    ordering = ["-id"]
    actions = ["erase"]

    def get_search_results(self, request, queryset, search_term):
        if search_term.strip():
            queryset = queryset.filter(id=customer_found(search_term))
        return queryset, False

    def complete_page(self, request, rows):
        own = DiscountUsage.objects.filter(customer__in=rows, cancelled_at__isnull=True)
        counts = dict(own.order_by().values_list("customer").annotate(Count("id")))
        for customer in rows:
            customer.used_discounts = counts.get(customer.id, 0)

    @admin.display(description="discounts used")
    def used(self, customer):
        return f"{customer.used_discounts:,}"

    # --- One customer -----------------------------------------------------------------------

    def has_change_permission(self, request, obj=None):
        """An erased customer is only looked at."""
        return super().has_change_permission(request, obj) and not (obj and obj.erased_at)

    def get_fields(self, request, obj=None):
        own = ["email", "name"]
        if obj is None:
            return own
        seen = ["history"] if request.user.has_perm("discounts.view_discountusage") else []
        return [*own, "created_at", "erased_at", *seen]

    def get_readonly_fields(self, request, obj=None):
        return ["created_at", "erased_at", "history"] if obj else []

    @admin.display(description="discounts")
    def history(self, customer):
        address = reverse("admin:discounts_discountusage_changelist")
        return format_html('<a href="{}?customer={}">Used discounts</a>', address, customer.id)

    def save_model(self, request, obj, form, change):
        if change:
            customers.update_customer(customer_id=obj.pk, changes=form.changes)
        else:
            now = timezone.now()
            obj.pk = customers.create_customer(now=now, **form.cleaned_data).pk

    # --- Erasing ----------------------------------------------------------------------------

    def has_erase_permission(self, request):
        return request.user.has_perm("discounts.delete_customer")

    @admin.action(description="Erase personal data", permissions=["erase"])
    def erase(self, request, queryset):
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
