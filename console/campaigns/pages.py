"""The admin's pages of campaigns."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.forms import Textarea
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from campaigns import services
from campaigns.history import CAMPAIGNS, GROUPS
from campaigns.lifecycle import Progress, state_in_words, state_of
from campaigns.models import Campaign, Contact, Group
from console.base.forms import ServiceForm
from console.base.lists import ArchivedFilter, BoundedList, PageList
from console.base.moments import to_propose
from console.base.saving import refusal_of, saving, user_of
from console.campaigns import duplicate, pixels, winner
from console.campaigns.archiving import Archives
from console.campaigns.decision import decision_in_words
from console.campaigns.figures import (
    KINDS,
    CampaignRow,
    FigureColumns,
    figure_table,
    figures_by_campaign,
    may_see_figures,
)
from console.campaigns.forms import CampaignForm, GroupForm, GroupFormSet
from console.compared import page as compared
from console.contacts import asking, bulk, write_again
from console.imports import pages as imports
from console.planning import mixing
from console.planning import pages as planning
from console.report_links import links
from console.subjects.campaign import CampaignTab, campaign_page, dates_in_words, first_page
from console.subjects.subject import state_pill
from reports.figures import Figures
from reports.outcomes.progress import progress_in_figures
from reports.verdict.proportions import planned_weights

USUAL_LENGTH = timedelta(days=14)
FIELDS = (
    *("name", "description", ("start_at", "end_at"), ("decision_age", "cut_off_at")),
    ("tracking_mode", "never_asked"),
    "last_day_confirmed",
)


class GroupInline(admin.TabularInline):
    model = Group
    form = GroupForm
    formset = GroupFormSet
    template = "console/campaigns/groups_inline.html"
    fields = ["number", "name", "planned_share", "role", "description", "archived_at"]
    readonly_fields = ["archived_at"]
    formfield_overrides = {TextField: {"widget": Textarea(attrs={"rows": 2, "cols": 20})}}
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        own = Contact.objects.filter(group=OuterRef("id"))
        groups: QuerySet[Group] = super().get_queryset(request)
        return groups.annotate(has_contacts=Exists(own))

    def get_extra(self, request: HttpRequest, obj: Campaign | None = None, **kwargs: Any) -> int:
        return 0 if obj else 2

    def get_formset(
        self, request: HttpRequest, obj: Campaign | None = None, **kwargs: Any
    ) -> type[GroupFormSet]:
        formset = cast(type[GroupFormSet], super().get_formset(request, obj, **kwargs))
        cast(type[ServiceForm], formset.form).refusal = refusal_of(request)
        return formset


class CampaignList(PageList):
    """Each name leads to the campaign's report, or to what it needs first."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.request = request
        super().__init__(request, *args)

    def url_for_result(self, result: Any) -> str:
        return first_page(self.request, result, has_contacts=result.progress.contacts > 0)


@admin.register(Campaign)
class CampaignAdmin(FigureColumns, Archives[Campaign], BoundedList[CampaignRow]):
    columns_before = ["name", "state"]
    figure_columns = ["contacts", "sent", "open_rate", "report"]
    columns_after = ["dates"]
    actions = ["compare", "archive", "unarchive"]
    history = CAMPAIGNS
    form = CampaignForm
    inlines = [GroupInline]
    list_filter = [ArchivedFilter]
    search_fields = ["name"]
    # People make campaigns, so they are few.
    sortable_by = ["name", "dates"]

    def get_urls(self) -> list[URLPattern]:
        own = imports.urls(self) + bulk.urls(self) + write_again.urls(self) + pixels.urls(self)
        own += mixing.urls(self) + planning.urls(self) + winner.urls(self) + duplicate.urls(self)
        own += asking.urls(self) + links.urls(self) + compared.urls(self)
        return own + super().get_urls()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new campaign begins now and lasts as long as most do."""
        begin = to_propose(timezone.now().replace(second=0, microsecond=0))
        dates = {"start_at": begin, "end_at": to_propose(begin + USUAL_LENGTH)}
        return dates | super().get_changeform_initial_data(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> list[str]:
        return ["created_by", "archived_at"]

    def get_fields(
        self, request: HttpRequest, obj: Campaign | None = None
    ) -> tuple[str | tuple[str, ...], ...]:
        return (*FIELDS, "created_by", "archived_at") if obj else FIELDS

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CampaignList

    def complete_page(self, request: HttpRequest, rows: list[CampaignRow]) -> None:
        groups = Group.objects.filter(campaign__in=rows).order_by("campaign_id", "number")
        by_campaign = figures_by_campaign(list(groups))
        progress = progress_in_figures(by_campaign)
        for campaign in rows:
            campaign.figures = by_campaign.get(campaign.id, Figures())
            campaign.progress = progress.get(campaign.id, Progress())

    @admin.display
    def state(self, campaign: CampaignRow) -> SafeString:
        state = state_of(campaign.progress, archived_at=campaign.archived_at)
        return state_pill(state, state_in_words(state, campaign.progress))

    @admin.display(ordering="start_at")
    def dates(self, campaign: Campaign) -> str:
        return dates_in_words(campaign.start_at, campaign.end_at)

    @admin.display
    def report(self, campaign: Campaign) -> str:
        address = reverse("report-page", args=[campaign.pk])
        return format_html('<a href="{}" aria-label="Report of {}">Report</a>', address, campaign)

    def has_compare_permission(self, request: HttpRequest) -> bool:
        return may_see_figures(request)

    @admin.action(description="Compare selected campaigns", permissions=["compare"])
    def compare(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> HttpResponse | None:
        ids = list(queryset.values_list("id", flat=True))
        return compared.compare_selected(self, request, ids)

    def archive_one(self, row: Campaign) -> None:
        services.archive_campaign(campaign_id=row.id, now=timezone.now())

    def unarchive_one(self, row: Campaign) -> None:
        services.unarchive_campaign(campaign_id=row.id)

    # --- One campaign -----------------------------------------------------------------------

    def get_formset_kwargs(
        self,
        request: HttpRequest,
        obj: Campaign,
        inline: admin.options.InlineModelAdmin,
        prefix: str,
    ) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if not obj.pk:
            kwargs["initial"] = [{"number": 1}, {"number": 2}]
        return kwargs

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Campaign | None = None,
    ) -> HttpResponse:
        if obj:
            groups = _groups(request, obj, context)
            context |= campaign_page(request, obj, CampaignTab.SETTINGS, title="Settings")
            if may_see_figures(request):
                context |= {"figure_rows": figure_table(groups), "kinds": KINDS.values()}
            context["planned_split"] = _planned_split(groups)
            context["may_duplicate"] = duplicate.may_duplicate(request)
            context["may_give_winner"] = winner.rest_to_give(request, obj, groups)
            context["decision"] = decision_in_words(obj, groups, now=timezone.now())
        if obj and not obj.archived_at:
            context |= planning.plan_panel(request, obj, groups)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        campaign, own = self.get_object(request, object_id), {}
        if campaign and self.has_view_or_change_permission(request, campaign):
            own = campaign_page(request, campaign, CampaignTab.HISTORY, title="History")
        return super().history_view(request, object_id, own | (extra_context or {}))

    def save_model(
        self, request: HttpRequest, obj: Campaign, form: CampaignForm, change: bool
    ) -> None:
        if not change:
            user = user_of(request)
            create = partial(
                services.create_campaign,
                created_by=user,
                values=form.values,
                last_day_confirmed=form.is_confirmed,
            )
            obj.pk = CAMPAIGNS.created(by=user, create=create).pk
        elif changes := form.changes:
            update = partial(
                services.update_campaign,
                campaign_id=obj.pk,
                changes=changes,
                now=timezone.now(),
                last_day_confirmed=form.is_confirmed,
            )
            CAMPAIGNS.changed(by=user_of(request), row=obj, change=update)

    def page_after_adding(self, request: HttpRequest, obj: Campaign) -> str:
        return first_page(request, obj, has_contacts=False)

    def save_formset(
        self, request: HttpRequest, form: CampaignForm, formset: GroupFormSet, change: bool
    ) -> None:
        # Saves nothing, but sets what the admin reads afterwards.
        formset.save(commit=False)
        for group_form in formset.forms:
            if group_form.has_changed():
                with saving(group_form):
                    self._save_group(request, formset.instance.pk, cast(GroupForm, group_form))

    def _save_group(self, request: HttpRequest, campaign_id: int, form: GroupForm) -> None:
        changes = {n: v for n, v in form.changes.items() if n in services.GROUP_FIELDS}
        if form.instance.pk:
            update = partial(services.update_group, group_id=form.instance.pk, changes=changes)
            GROUPS.changed(by=user_of(request), row=form.instance, change=update)
        else:
            values = {n: form.cleaned_data[n] for n in services.GROUP_FIELDS}
            values["number"] = values["number"] or services.next_number(campaign_id)
            create = partial(services.create_group, campaign_id=campaign_id, values=values)
            form.instance.pk = GROUPS.created(by=user_of(request), create=create).pk


def _groups(request: HttpRequest, campaign: Campaign, context: dict[str, Any]) -> list[Group]:
    """By number, archived ones included; those of the page's forms where they are as stored."""
    for inline in context["inline_admin_formsets"]:
        if inline.opts.model is Group and request.method == "GET":
            return sorted(inline.formset.queryset, key=lambda group: group.number)
    return list(campaign.groups.order_by("number"))


def _planned_split(groups: Sequence[Group]) -> list[tuple[Group, str]]:
    """Each group that takes contacts with its planned part of them."""
    groups = [group for group in groups if group.archived_at is None]
    weights = planned_weights(
        [None if group.planned_share is None else float(group.planned_share) for group in groups]
    )
    return [(group, f"{100 * weight:.3g}%") for group, weight in zip(groups, weights, strict=True)]
