"""The admin's pages of discount campaigns."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.base.finding import SearchesByPost, ask_first, selected
from console.base.forms import Own
from console.base.history import ShowsChanges
from console.base.lists import ArchivedFilter, BoundedList, ChoiceFilter, PageList
from console.base.saving import user_of
from console.discounts.forms import DiscountCampaignForm
from console.discounts.performance import in_words
from console.discounts.simulate import may_simulate
from console.discounts.usages import DiscountTypeFilter
from console.subjects.discount import (
    DiscountTab,
    days_in_words,
    discount_page,
    discount_pill,
    may_see_performance,
)
from discounts import wording
from discounts.campaigns import services
from discounts.currencies import currency_of
from discounts.history import DISCOUNT_CAMPAIGNS, history_of
from discounts.models import DiscountCampaign
from discounts.money import to_decimal
from discounts.queries import having_status, terms_of
from discounts.rules import Status

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec

FIELDSETS: "_FieldsetSpec" = [
    (None, {"fields": ["name", "description"]}),
    (
        "What the customer gets",
        {
            "fields": [
                "discount_type",
                ("discount_percentage", "discount_flat"),
                "max_discount_amount",
            ]
        },
    ),
    (
        "Limits",
        {
            "fields": [
                "total_budget",
                "min_cart_value",
                "max_usage_per_customer_per_day",
                ("start_date", "end_date"),
                "timezone",
            ]
        },
    ),
    ("Who", {"fields": ["is_targeted", "target_customer_ids"]}),
]
# What is shown to users who may only view campaigns.
TERMS = (
    "name",
    "description",
    "gives",
    "smallest_cart",
    "max_usage_per_customer_per_day",
    "start_date",
    "end_date",
    "timezone",
    "customers",
)
STATE = ("state", "currency", "budget", "history", "created_at", "updated_at", "archived_at")
MOST = 100


class StatusFilter(admin.SimpleListFilter):
    """By the status as it is now, which the sweep may not have stored yet."""

    title = "status"
    parameter_name = "status__exact"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(status.value, status.value.capitalize()) for status in Status]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[DiscountCampaign]
    ) -> QuerySet[DiscountCampaign]:
        value = self.value()
        if value is None or value not in list(Status):
            return queryset
        return queryset.filter(having_status(Status(value), now=timezone.now()))


class ForWhomFilter(ChoiceFilter):
    title = "for whom"
    parameter_name = "is_targeted__exact"
    words = {0: "Everybody", 1: "Chosen customers only"}


class DiscountList(PageList):
    """Each name leads to the campaign's performance, for users who may see it."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.shows_performance = may_see_performance(request)
        super().__init__(request, *args)

    def url_for_result(self, result: Any) -> str:
        if self.shows_performance:
            return reverse("discount-campaign-performance", args=[result.pk])
        return super().url_for_result(result)


@admin.register(DiscountCampaign)
class DiscountCampaignAdmin(SearchesByPost, ShowsChanges, BoundedList[DiscountCampaign]):
    form = DiscountCampaignForm
    list_filter = [ArchivedFilter, StatusFilter, DiscountTypeFilter, ForWhomFilter]
    search_fields = ["name"]
    search_help_text = "A part of the name."
    # People make discount campaigns, so they are few.
    sortable_by = ["name", "dates"]
    actions = ["activate", "deactivate", "remove"]
    words = {
        "budget_exhausted": Own("The budget is used up: raise it to activate the campaign."),
        "expired": Own("The campaign has ended: give it a later end to activate it."),
    }

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"may_simulate": may_simulate(request)}
        return super().changelist_view(request, extra | (extra_context or {}))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """The link to the performance is only for users who may see it."""
        performance = ("performance",) if may_see_performance(request) else ()
        return ("name", "state", "budget", *performance, "gives", "dates")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DiscountList

    @admin.display
    def performance(self, campaign: DiscountCampaign) -> str:
        address = reverse("discount-campaign-performance", args=[campaign.id])
        return format_html('<a href="{}">Performance</a>', address)

    @admin.display(ordering="start_date")
    def dates(self, campaign: DiscountCampaign) -> str:
        return days_in_words(campaign)

    @admin.display
    def gives(self, campaign: DiscountCampaign) -> str:
        return wording.gives(terms_of(campaign))

    @admin.display
    def state(self, campaign: DiscountCampaign) -> SafeString:
        return discount_pill(campaign, now=timezone.now())

    @admin.display
    def budget(self, campaign: DiscountCampaign) -> str:
        used, total = campaign.used_budget_minor, campaign.total_budget_minor
        currency = currency_of(campaign)
        words = [wording.money(amount, currency=currency) for amount in (used, total)]
        return format_html(
            '<span class="budget"><meter min="0" max="{}" value="{}"></meter> {} of {}</span>',
            to_decimal(total, digits=currency.digits),
            to_decimal(used, digits=currency.digits),
            *words,
        )

    # --- One campaign -----------------------------------------------------------------------

    def has_change_permission(
        self, request: HttpRequest, obj: DiscountCampaign | None = None
    ) -> bool:
        """Archived campaigns are read-only."""
        return super().has_change_permission(request, obj) and not (obj and obj.archived_at)

    def get_fieldsets(
        self, request: HttpRequest, obj: DiscountCampaign | None = None
    ) -> "_FieldsetSpec":
        if obj is None:
            return FIELDSETS
        may_see = request.user.has_perm("discounts.view_discountusage")
        state = tuple(name for name in STATE if may_see or name != "history")
        terms: _FieldsetSpec = [(None, {"fields": TERMS})]
        if self.has_change_permission(request, obj):
            terms = FIELDSETS
        return [*terms, ("State", {"fields": state})]

    def get_readonly_fields(
        self, request: HttpRequest, obj: DiscountCampaign | None = None
    ) -> tuple[str, ...]:
        if obj is None or self.has_change_permission(request, obj):
            return STATE
        return (*TERMS, *STATE)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: DiscountCampaign | None = None,
    ) -> HttpResponse:
        """Shows what is stored in one sentence, also beside a form that was refused."""
        if obj:
            stored = DiscountCampaign.objects.get(pk=obj.pk)
            context |= {"in_words": in_words(stored)}
            context |= discount_page(
                request, stored, DiscountTab.SETTINGS, title="Settings", now=timezone.now()
            )
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="smallest cart")
    def smallest_cart(self, campaign: DiscountCampaign) -> str:
        return wording.money(campaign.min_cart_value_minor, currency=currency_of(campaign))

    @admin.display
    def customers(self, campaign: DiscountCampaign) -> str:
        if not campaign.is_targeted:
            return "everybody"
        return f"chosen ones only ({campaign.targets.count():,})"

    @admin.display(description="used")
    def history(self, campaign: DiscountCampaign) -> str:
        address = reverse("admin:discounts_discountusage_changelist")
        return format_html('<a href="{}?campaign={}">Used discounts</a>', address, campaign.id)

    def save_model(
        self, request: HttpRequest, obj: DiscountCampaign, form: DiscountCampaignForm, change: bool
    ) -> None:
        user, now = user_of(request), timezone.now()
        if not change:
            create = partial(services.create_campaign, values=form.values, now=now)
            obj.pk = DISCOUNT_CAMPAIGNS.created(by=user, create=create).pk
        elif changes := form.changes:
            update = partial(services.update_campaign, campaign_id=obj.pk, changes=changes, now=now)
            history_of(changes).changed(by=user, row=obj, change=update)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        campaign = self.get_object(request, object_id)
        own = {}
        if campaign and self.has_view_or_change_permission(request, campaign):
            own = discount_page(
                request, campaign, DiscountTab.HISTORY, title="History", now=timezone.now()
            )
        return super().history_view(request, object_id, own | (extra_context or {}))

    # --- Actions ----------------------------------------------------------------------------

    @admin.action(description="Activate selected campaigns", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[DiscountCampaign]) -> None:
        self._set_status(request, queryset, Status.ACTIVE, "Activated")

    @admin.action(description="Deactivate selected campaigns", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[DiscountCampaign]) -> None:
        self._set_status(request, queryset, Status.INACTIVE, "Deactivated")

    def _set_status(
        self, request: HttpRequest, queryset: QuerySet[DiscountCampaign], status: Status, done: str
    ) -> None:
        rows = selected(self, request, queryset.filter(archived_at=None), most=MOST)
        changes = {"status": status.value}

        def change(campaign: DiscountCampaign) -> None:
            services.update_campaign(campaign_id=campaign.id, changes=changes, now=timezone.now())

        self._change(request, rows, change, done)

    @admin.action(description="Delete selected campaigns", permissions=["remove"])
    def remove(
        self, request: HttpRequest, queryset: QuerySet[DiscountCampaign]
    ) -> TemplateResponse | None:
        """Asks first: an unused campaign is deleted for good."""
        rows = selected(self, request, queryset.filter(archived_at=None), most=MOST)
        if not rows:
            return None
        if "confirmed" not in request.POST:
            return ask_first(
                self,
                request,
                rows,
                title="Delete campaigns",
                question=(
                    "Delete these campaigns? Those that were used are archived and keep their "
                    "history, the others are gone for good."
                ),
                action="remove",
                button="Delete",
            )

        def change(campaign: DiscountCampaign) -> None:
            services.remove_campaign(campaign_id=campaign.id, now=timezone.now())

        self._change(request, rows, change, "Deleted")
        return None

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("discounts.delete_discountcampaign")

    def _change(
        self,
        request: HttpRequest,
        rows: list[DiscountCampaign],
        change: Callable[[DiscountCampaign], None],
        done: str,
    ) -> None:
        changed = self.change_each(request, rows, change=change, history=DISCOUNT_CAMPAIGNS)
        if changed:
            self.message_user(request, f"{done}: {', '.join(map(str, changed))}.")
