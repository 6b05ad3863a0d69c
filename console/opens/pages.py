"""The admin's pages of opens and user agents."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from campaigns.models import Group
from console.base.lists import (
    BoundedList,
    CampaignFilter,
    GroupFilter,
    ShortPaginator,
    chosen_id,
    groups_by_id,
)
from console.base.read_only import ReadOnly
from console.contacts.names import Named, names_of
from console.opens.by_uuid import SearchedByUuid
from reports.opens_in_words import verdict_on
from tracking.hits.classify import COUNTED_KINDS, Kind, wording_of
from tracking.models import Open, Pixel, UserAgent

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class WithNames(TypedDict):
    """What a page adds to its opens; None for what was deleted."""

    agent: UserAgent | None
    group: Group | None
    contact: Named


OpenRow: TypeAlias = "WithAnnotations[Open, WithNames]"


class OpenedByFilter(admin.SimpleListFilter):
    """A mail service that loads pixels for its readers stands for a person."""

    title = "opened by"
    parameter_name = "by"
    kinds = {"person": COUNTED_KINDS, "machine": (Kind.MACHINE,)}

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(who, f"A {who}") for who in self.kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Open]) -> QuerySet[Open]:
        kinds = self.kinds.get(self.value() or "")
        return queryset.filter(kind__in=kinds) if kinds else queryset


class OpenedAtFilter(admin.DateFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "opened"


class OpenCampaignFilter(CampaignFilter):
    def narrow(self, queryset: QuerySet[Open], campaign_id: int) -> QuerySet[Open]:
        groups = Group.objects.filter(campaign_id=campaign_id).values_list("id", flat=True)
        return queryset.filter(group_id__in=list(groups))


class NewestOfGroups(ShortPaginator):
    """Pages of several groups' opens: an index sorts each group's, but not all of them together.

    If one group alone has as many newer opens as the page needs, older ones aren't on the page.
    """

    def __init__(self, *args: Any, campaign_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = Group.objects.order_by().filter(campaign_id=campaign_id)

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        last = min(number * self.per_page, self.count)
        opens = self.object_list
        if edge := self._edge(last):
            opens = opens.filter(opened_at__gte=edge)
        return Page(opens[(number - 1) * self.per_page : last], number, self)

    def _edge(self, place: int) -> datetime | None:
        """The latest time since which a group has `place` opens; None if no group has as many."""
        own = self.object_list.filter(group_id=OuterRef("id")).values("opened_at")
        moments = self.groups.annotate(edge=Subquery(own[place - 1 : place]))
        return max((edge for edge in moments.values_list("edge", flat=True) if edge), default=None)


@admin.register(Open)
class OpenAdmin(SearchedByUuid[Open], ReadOnly, BoundedList[OpenRow]):
    list_display = ["of_contact", "opened_at", "opened_by", "client", "group"]
    list_display_links = ["opened_at"]
    list_filter = [OpenedByFilter, ("opened_at", OpenedAtFilter)]
    list_filter += [OpenCampaignFilter, GroupFilter]
    paginator = ShortPaginator

    fields = ["opened_at", "opened_by", "client", "user_agent"]
    fields += ["purpose", "of_contact", "pixel", "group"]

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """No index sorts the opens of several groups together."""
        one_index = not request.GET.get("campaign") or request.GET.get("group")
        return ["opened_at"] if one_index else []

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Open],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> Paginator:
        asked = (per_page, orphans, allow_empty_first_page)
        campaign, group = chosen_id(request, "campaign"), chosen_id(request, "group")
        if campaign is None or group is not None:
            return super().get_paginator(request, queryset, *asked)
        return NewestOfGroups(queryset, *asked, campaign_id=campaign)

    def rows_of(self, rows: QuerySet[Open], found: UUID) -> QuerySet[Open]:
        """Finds those of a pixel by its contact, which has an index."""
        owners = Pixel.objects.filter(uuid=found).values_list("contact_id", flat=True)
        if owner := owners.first():
            return rows.filter(contact_id=owner, pixel_id=found)
        return rows.filter(contact_id=found)

    def complete_page(self, request: HttpRequest, rows: list[OpenRow]) -> None:
        agents = UserAgent.objects.in_bulk({opened.user_agent_id for opened in rows})
        groups = groups_by_id(opened.group_id for opened in rows)
        contacts = names_of(request, [opened.contact_id for opened in rows])
        for opened in rows:
            opened.agent = agents.get(opened.user_agent_id)
            opened.group = groups.get(opened.group_id)
            opened.contact = contacts[opened.contact_id]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> "OpenRow | None":
        opened: OpenRow | None = super().get_object(request, object_id, from_field)
        if opened:
            self.complete_page(request, [opened])
        return opened

    @admin.display
    def opened_by(self, opened: Open) -> str:
        """A person or a machine, and why that is assumed."""
        return verdict_on(Kind(opened.kind).name, wording_of(opened.rule).reason)

    @admin.display
    def client(self, opened: OpenRow) -> str | None:
        return opened.agent.family if opened.agent else None

    @admin.display(description="user agent")
    def user_agent(self, opened: OpenRow) -> str | None:
        return opened.agent.value if opened.agent else None

    @admin.display(description="contact")
    def of_contact(self, opened: OpenRow) -> str:
        return opened.contact.link

    @admin.display
    def pixel(self, opened: Open) -> str:
        pixel = Pixel.objects.filter(uuid=opened.pixel_id).first()
        return f"Pixel {pixel.number}" if pixel else "deleted"

    @admin.display
    def group(self, opened: OpenRow) -> str | None:
        return f"{opened.group.campaign}: {opened.group}" if opened.group else None


@admin.register(UserAgent)
class UserAgentAdmin(ReadOnly, BoundedList[UserAgent]):
    list_display = ["family", "device_family", "os_family", "value"]
    fields = ["value", "family", "os_family", "device_family"]
    search_fields = ["value"]
    ordering = ["id"]
