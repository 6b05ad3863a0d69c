"""The list of contacts narrowed to who opened or did not: its filter, its pages and what it says.

Its pages are by cursor and look at a bounded number of contacts each; the numbers are from
counters.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from campaigns.models import Contact, Group
from console.base.lists import PageList, campaign_of, chosen_id, groups_of
from console.base.saving import SavesThroughServices
from console.contacts.mailed_again import mailed_again
from console.contacts.summary import Summary, summarize
from contacts.opened.pages import Page, read_page
from foundation.cursors import BadCursor
from tracking.opened import Opened

OPENED, CURSOR = "opened", "opened_after"
ONLY_A_GROUP = {"campaign", "group", OPENED, CURSOR}
# What Django's form of actions sends where only rows of the page are selected.
NOT_ACROSS = {"", "0"}
SELECT_HERE = "Select contacts of the page: an action can't take all of this list."
LABELS = {
    Opened.PERSON: "Opened",
    Opened.MACHINE: "Opened by machines only",
    Opened.NO: "Not opened",
}


def chosen_opened(request: HttpRequest) -> Opened | None:
    """Raises IncorrectLookupParameters."""
    text = request.GET.get(OPENED)
    if not text:
        return None
    try:
        return Opened(text)
    except ValueError:
        raise IncorrectLookupParameters from None


def summary_of(request: HttpRequest) -> Summary | None:
    """Read once a request; None where no campaign or group is chosen, or none is there."""
    if not hasattr(request, "opened_summary"):
        request.opened_summary = _read_summary(request)  # type: ignore[attr-defined]
    found: Summary | None = request.opened_summary  # type: ignore[attr-defined]
    return found


def _read_summary(request: HttpRequest) -> Summary | None:
    campaign_id, group_id = chosen_id(request, "campaign"), chosen_id(request, "group")
    if campaign_id is None:
        if group_id is None:
            return None
        group = Group.objects.select_related("campaign").filter(id=group_id).first()
        return summarize(group.campaign, [group], group, now=timezone.now()) if group else None
    groups = groups_of(request, campaign_id)
    if group_id is not None:
        group = next((one for one in groups if one.id == group_id), None)
        return summarize(group.campaign, [group], group, now=timezone.now()) if group else None
    campaign = campaign_of(request, campaign_id)
    return summarize(campaign, groups, None, now=timezone.now()) if campaign else None


class OpenedFilter(admin.SimpleListFilter):
    """Offers the three; one that is chosen has the numbers of its campaign or group beside it.

    It narrows nothing itself: `OpenedList` looks for the rows of a page.
    """

    title = "opened"
    parameter_name = OPENED

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: admin.ModelAdmin,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        params.pop(CURSOR, None)

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        summary = summary_of(request) if request.GET.get(OPENED) else None
        return [(opened.value, _label(opened, summary)) for opened in Opened]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        chosen_opened(request)
        return queryset


def _label(opened: Opened, summary: Summary | None) -> str:
    return LABELS[opened] + ("" if summary is None else f" ({summary.of(opened):,})")


class OpenedList(PageList):
    """The list of contacts; with the filter, a page at a time."""

    opened: Opened | None = None
    summary: Summary | None = None
    opened_page: Page | None = None
    mailed_again: Sequence[str] = ()
    is_first = True

    def get_results(self, request: HttpRequest) -> None:
        self.opened = chosen_opened(request)
        if self.opened is None:
            super().get_results(request)
            return
        self.summary = summary_of(request)
        if self.summary and self.opened is Opened.NO:
            self.mailed_again = mailed_again(self.summary.campaign)
        cursor = request.GET.get(CURSOR)
        page = self._page(self.opened, cursor)
        self.opened_page, self.is_first = page, not cursor
        self._show(page.contacts)
        request.known_opens = page.opens  # type: ignore[attr-defined]
        self.model_admin.complete_page(request, page.contacts)

    @property
    def is_narrowed(self) -> bool:
        """Whether more than campaign and group narrows the list: counters know no number of it."""
        return bool(self.query) or not self.filter_params.keys() <= ONLY_A_GROUP

    def _page(self, opened: Opened, cursor: str | None) -> Page:
        """By the group alone where that says all: no index has both campaign and group."""
        contacts: QuerySet[Contact] = self.queryset
        groups = None
        if self.summary and not self.is_narrowed:
            groups = self.summary.group_ids
            if self.summary.group:
                contacts = Contact.objects.filter(group_id=self.summary.group.id)
        try:
            return read_page(
                contacts,
                opened,
                groups=groups,
                cursor=cursor,
                limit=self.list_per_page,
                now=timezone.now(),
            )
        except BadCursor:
            raise IncorrectLookupParameters from None

    def _show(self, contacts: list[Contact]) -> None:
        """What Django's own list sets of its results."""
        self.result_list = contacts
        self.result_count = self.full_result_count = len(contacts)
        self.show_full_result_count = self.multi_page = self.can_show_all = False
        self.show_admin_actions = bool(contacts)
        self.paginator = Paginator(contacts, self.list_per_page)

    @property
    def number(self) -> int:
        return self.summary.of(self.opened) if self.summary and self.opened else 0

    @property
    def number_in_words(self) -> str:
        return f"{self.number:,}"

    @property
    def looked_at(self) -> str:
        return f"{self.opened_page.looked_at:,}" if self.opened_page else ""

    @property
    def of_first(self) -> str:
        return super().get_query_string(remove=[CURSOR])

    @property
    def of_next(self) -> str | None:
        further = self.opened_page and self.opened_page.further
        return super().get_query_string({CURSOR: further.cursor}) if further else None

    def get_query_string(
        self, new_params: Mapping[str, Any] | None = None, remove: Iterable[str] | None = None
    ) -> str:
        """Whatever else is chosen begins anew."""
        return super().get_query_string(dict(new_params or {}), [*(remove or []), CURSOR])


class ListsByOpened(SavesThroughServices):
    """A list with the OpenedFilter."""

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Who opened or did not is found in one order only."""
        return () if request.GET.get(OPENED) else super().get_sortable_by(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OpenedList

    def response_action(  # type: ignore[override]  # the stubs are those of Django 6
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponse | None:
        """Takes rows of the page only: nothing finds all who opened or did not."""
        if request.GET.get(OPENED) and not NOT_ACROSS.issuperset(
            request.POST.getlist("select_across")
        ):
            self.message_user(request, SELECT_HERE, messages.ERROR)
            return None
        return super().response_action(request, queryset)
