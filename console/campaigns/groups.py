"""The admin's pages of groups, and the page that reschedules their contacts."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from campaigns import services
from campaigns.history import GROUPS, note_on_group
from campaigns.models import Group
from console.base.forms import show_refusal
from console.base.lists import PAGE, ArchivedFilter, BoundedList, CampaignFilter
from console.base.saving import user_of
from console.campaigns.archiving import Archives
from console.campaigns.figures import FigureColumns, GroupRow, figures_by_group, may_see_figures
from console.campaigns.forms import GroupForm, RescheduleForm
from console.planning.mixing import may_mix
from console.planning.pages import warnings_of
from contacts.schedules.reschedule import Rescheduled, reschedule_group, reschedule_in_words
from foundation.database.transactions import in_transaction
from foundation.errors import DomainError
from foundation.parsing import BadValue, read_id
from reports.figures import Figures

FIELDS = ("campaign", "number", "name", "planned_share", "role", "description", "archived_at")
VIEW_CAMPAIGN = "campaigns.view_campaign"
RESCHEDULE = "admin:campaigns_group_reschedule"


@admin.register(Group)
class GroupAdmin(FigureColumns, Archives[Group], BoundedList[GroupRow]):
    columns_before = ["name", "number", "campaign_link"]
    columns_after = ["share", "role"]
    history = GROUPS
    form = GroupForm
    raw_id_fields = ["campaign"]
    list_filter = [CampaignFilter, ArchivedFilter]
    list_select_related = ["campaign"]
    search_fields = ["name"]
    actions = ["archive", "unarchive", "reschedule"]
    ordering = ["-campaign__start_at", "-campaign_id", "number"]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        shown = super().get_list_display(request)
        if request.user.has_perm(VIEW_CAMPAIGN):
            return shown
        return tuple("campaign" if name == "campaign_link" else name for name in shown)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.reschedule_page)
        return [path("reschedule/", page, name="campaigns_group_reschedule"), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> list[str]:
        return ["campaign", "archived_at"] if obj else ["archived_at"]

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return FIELDS if obj else FIELDS[:-1]

    def complete_page(self, request: HttpRequest, rows: list[GroupRow]) -> None:
        figures = figures_by_group(rows) if may_see_figures(request) else {}
        for group in rows:
            group.figures = figures.get(group.id, Figures())

    @admin.display(description="planned share")
    def share(self, group: Group) -> str | None:
        return None if group.planned_share is None else f"{group.planned_share.normalize():f}%"

    @admin.display(description="campaign")
    def campaign_link(self, group: Group) -> str:
        address = reverse("admin:campaigns_campaign_change", args=[group.campaign_id])
        return format_html('<a href="{}">{}</a>', address, group.campaign)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Group | None = None,
    ) -> HttpResponse:
        if obj and not obj.campaign.archived_at:
            context["plan_warnings"] = warnings_of(obj.campaign)
            context["may_mix"] = may_mix(request)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Group, form: GroupForm, change: bool) -> None:
        if change:
            update = partial(services.update_group, group_id=obj.pk, changes=form.changes)
            GROUPS.changed(by=user_of(request), row=obj, change=update)
        else:
            values = {name: form.cleaned_data[name] for name in services.GROUP_FIELDS}
            campaign = form.cleaned_data["campaign"]
            values["number"] = values["number"] or services.next_number(campaign.pk)
            create = partial(services.create_group, campaign_id=campaign.pk, values=values)
            obj.pk = GROUPS.created(by=user_of(request), create=create).pk

    def archive_one(self, row: Group) -> None:
        services.archive_group(group_id=row.id, now=timezone.now())

    def unarchive_one(self, row: Group) -> None:
        services.unarchive_group(group_id=row.id)

    # --- Schedules --------------------------------------------------------------------------

    def has_reschedule_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("campaigns.change_contact")

    @admin.action(
        description="Reschedule the contacts of selected groups", permissions=["reschedule"]
    )
    def reschedule(self, request: HttpRequest, queryset: QuerySet[Group]) -> HttpResponseRedirect:
        chosen = [("group", str(group_id)) for group_id in queryset.values_list("id", flat=True)]
        return HttpResponseRedirect(f"{reverse(RESCHEDULE)}?{urlencode(chosen)}")

    def reschedule_page(self, request: HttpRequest) -> HttpResponse:
        """Asks for a time or a shift for the groups that the query names."""
        if not self.has_reschedule_permission(request):
            raise PermissionDenied
        groups = _chosen_groups(request)
        form = RescheduleForm(request.POST or None)
        if form.is_valid() and self._reschedule(request, groups, form):
            return HttpResponseRedirect(_back_from(request, groups))
        context = self.admin_site.each_context(request) | {
            "title": "Reschedule contacts",
            "opts": self.opts,
            "groups": groups,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "console/campaigns/reschedule.html", context)

    def _reschedule(self, request: HttpRequest, groups: list[Group], form: RescheduleForm) -> bool:
        asked = form.cleaned_data
        new = {"scheduled_at": asked["scheduled_at"], "shift": asked["shift"]}
        try:
            outcomes = _reschedule_all(groups, **new)
        except DomainError as error:
            show_refusal(form, error)
            return False
        for group, outcome in zip(groups, outcomes, strict=True):
            sentence = reschedule_in_words(**new)
            note_on_group(by=user_of(request), group=group, sentence=sentence)
            self.message_user(request, f"{group}: {_in_words(outcome)}")
        return True


def _back_from(request: HttpRequest, groups: list[Group]) -> str:
    """The page of the campaign whose groups were rescheduled; of several, the list of groups."""
    campaigns = {group.campaign_id for group in groups}
    if len(campaigns) == 1 and request.user.has_perm(VIEW_CAMPAIGN):
        return reverse("admin:campaigns_campaign_change", args=list(campaigns))
    return reverse("admin:campaigns_group_changelist")


def _chosen_groups(request: HttpRequest) -> list[Group]:
    try:
        ids = [read_id(int(text)) for text in request.GET.getlist("group")[:PAGE]]
    except (ValueError, BadValue):
        ids = []
    groups = list(Group.objects.select_related("campaign").filter(id__in=ids))
    if not groups:
        raise Http404("Choose the groups in their list.")
    return groups


@in_transaction
def _reschedule_all(
    groups: list[Group], *, scheduled_at: datetime | None, shift: timedelta | None
) -> list[Rescheduled]:
    now = timezone.now()
    return [
        reschedule_group(group_id=group.id, scheduled_at=scheduled_at, shift=shift, now=now)
        for group in groups
    ]


def _in_words(outcome: Rescheduled) -> str:
    words = f"{outcome.rescheduled:,} contacts rescheduled"
    if outcome.frozen:
        words += f", {outcome.frozen:,} were opened and keep their schedule"
    if outcome.outside_dates:
        words += f"; {outcome.outside_dates:,} lie outside the campaign's dates now"
    return f"{words}."
