"""What the admin's lists share: bounded pages, and filters by campaign and by group.

A list of a million rows must cost no more than one page of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from campaigns.models import Campaign, Group
from discounts.models import DiscountCampaign
from foundation.parsing import BadValue, read_id

if TYPE_CHECKING:
    from django.contrib.admin.filters import _ListFilterChoices
    from django.db.models.expressions import Combinable

Row = TypeVar("Row", bound=Model)

PAGE = 50
# From this row on, a page costs two queries.
FAR = 1000
# How many campaigns a filter offers, newest first.
OFFERED = 20


class BoundedPaginator(Paginator):
    """Counts and shows at most `longest` rows; filters and search find the others."""

    longest = 10_000
    object_list: QuerySet

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: self.longest].count()

    @property
    def is_cut(self) -> bool:
        return self.count == self.longest

    def page(self, number: int | str) -> Page:
        """Far from the first page, only an index is read for the rows before it."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        if first < FAR:
            return super().page(number)
        last = min(first + self.per_page, self.count)
        keys = list(self.object_list.values_list("pk", flat=True)[first:last])
        return Page(self.object_list.filter(pk__in=keys), number, self)


class ShortPaginator(BoundedPaginator):
    """For rows that cost more to count, and are found through what they belong to."""

    longest = 300


class PageList(ChangeList):
    """Lets a ModelAdmin add data from other tables to the rows of a page."""

    model_admin: "BoundedList"

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> "list[str | Combinable]":
        """By the column that was chosen; ties in its direction, as its index has them."""
        asked = self.params.get(ORDER_VAR, "")
        column = self._offered(asked.removeprefix("-"))
        if column is None:
            self.params.pop(ORDER_VAR, None)
            return super().get_ordering(request, queryset)
        sign = "-" if asked.startswith("-") else ""
        return [f"{sign}{self.get_ordering_field(column)}", f"{sign}pk"]

    def _offered(self, number: str) -> str | None:
        """The column of this number, if the list may be sorted by it."""
        if not number.isdecimal() or int(number) >= len(self.list_display):
            return None
        column = str(self.list_display[int(number)])
        return column if column in (self.sortable_by or ()) else None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.complete_page(request, self.result_list)


class BoundedList(Generic[Row], admin.ModelAdmin):
    """`complete_page` gets a page's rows and may set attributes on them."""

    list_per_page = PAGE
    list_max_show_all = PAGE
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    # Only by what an index sorts: other columns would sort all rows of the table.
    sortable_by: ClassVar[list[str]] = []
    # Columns of numbers, which are aligned by their last digit.
    number_columns: list[str] = []

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PageList

    def complete_page(self, request: HttpRequest, rows: list[Row]) -> None:
        pass

    def action_checkbox(self, obj: Row) -> SafeString:
        """As Django's, without rendering a template for each row, a third of a list's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            f"Select {self.row_name(obj)}",
        )

    def row_name(self, row: Row) -> str:
        """What people call a row."""
        return str(row)


def address_in_list(address: str) -> SafeString:
    """An e-mail address that breaks behind its @ where a line is too short for it."""
    return format_html_join(mark_safe("@<wbr>"), "{}", ((part,) for part in address.split("@")))


def chosen_id(request: HttpRequest, name: str) -> int | None:
    """The id in a query string, None if there is none; raises IncorrectLookupParameters."""
    text = request.GET.get(name)
    if not text:
        return None
    try:
        return read_id(int(text))
    except (ValueError, BadValue):
        raise IncorrectLookupParameters from None


def id_in_address(request: HttpRequest, name: str) -> int | None:
    """The same for pages that are not lists, where an invalid id counts as none."""
    try:
        return chosen_id(request, name)
    except IncorrectLookupParameters:
        return None


class CampaignFilter(admin.SimpleListFilter):
    """Offers the newest campaigns, and the chosen one, to which its own page links."""

    title = "campaign"
    parameter_name = "campaign"
    campaigns: type[Campaign] | type[DiscountCampaign] = Campaign
    lookup = "campaign_id"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        campaigns = self.campaigns.objects
        newest = campaigns.filter(archived_at__isnull=True)[:OFFERED]
        names = {campaign.id: campaign.name for campaign in newest}
        chosen = chosen_id(request, "campaign")
        if chosen and chosen not in names:
            names |= {campaign.id: campaign.name for campaign in campaigns.filter(id=chosen)}
        return [(str(campaign_id), name) for campaign_id, name in names.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = chosen_id(request, "campaign")
        return queryset if chosen is None else self.narrow(queryset, chosen)

    def narrow(self, queryset: QuerySet, campaign_id: int) -> QuerySet:
        return queryset.filter(**{self.lookup: campaign_id})


def groups_of(request: HttpRequest, campaign_id: int) -> list[Group]:
    """A campaign's groups, archived ones included; read once for each request."""
    known: dict[int, list[Group]] = request.__dict__.setdefault("_groups_of_campaigns", {})
    if campaign_id not in known:
        groups = Group.objects.filter(campaign_id=campaign_id).select_related("campaign")
        known[campaign_id] = list(groups.order_by("number"))
    return known[campaign_id]


def campaign_of(request: HttpRequest, campaign_id: int) -> Campaign | None:
    """Read with its groups, where it has any."""
    groups = groups_of(request, campaign_id)
    return groups[0].campaign if groups else Campaign.objects.filter(id=campaign_id).first()


class GroupFilter(admin.SimpleListFilter):
    """Offers the groups of the campaign that was chosen."""

    title = "group"
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        campaign, group = chosen_id(request, "campaign"), chosen_id(request, "group")
        groups: Iterable[Group] = ()
        if campaign is not None:
            groups = groups_of(request, campaign)
        elif group is not None:
            groups = Group.objects.filter(id=group)
        return [(str(group.id), str(group)) for group in groups]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = chosen_id(request, "group")
        return queryset if chosen is None else self.narrow(queryset, chosen)

    def narrow(self, queryset: QuerySet, group_id: int) -> QuerySet:
        return queryset.filter(group_id=group_id)


def groups_by_id(group_ids: Iterable[int]) -> dict[int, Group]:
    """Groups with their campaigns, for the rows of a page."""
    return Group.objects.select_related("campaign").in_bulk(set(group_ids))


class ChoiceFilter(admin.SimpleListFilter):
    """By the values of the column that `parameter_name` names, each in words."""

    words: Mapping[Any, str]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(str(value), words) for value, words in self.words.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = [value for value in self.words if str(value) == self.value()]
        return queryset.filter(**{str(self.parameter_name): chosen[0]}) if chosen else queryset


class YesNoFilter(admin.SimpleListFilter):
    """Whether something has happened to a row: `column` holds when."""

    column: str

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("no", f"Not {self.title}"), ("yes", str(self.title).capitalize())]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(**{f"{self.column}__isnull": self.value() == "no"})


class ArchivedFilter(admin.SimpleListFilter):
    """Hides archived rows by default."""

    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", "Archived"), ("all", "All")]

    def choices(self, changelist: ChangeList) -> "Iterator[_ListFilterChoices]":
        everything, *others = super().choices(changelist)
        yield everything | {"display": "Not archived"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "yes")
