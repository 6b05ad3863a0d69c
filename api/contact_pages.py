"""The pages of the list of contacts: by skip, or by cursor where asked who opened."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from api.base.views import PageParameter, SkipLimitPagination, read_limit
from campaigns.models import Contact
from campaigns.queries import counted_groups
from contacts.in_order import Position
from contacts.opened.openers import OpenerPosition
from contacts.opened.pages import Page, read_page
from foundation.cursors import BadCursor
from reports.who_opened import who_opened
from tracking.opened import Opened

if TYPE_CHECKING:
    from rest_framework.views import APIView

OTHER_CURSOR = "Take the cursor from the previous page's link."
# What counters know the number of.
COUNTED = {"campaign", "group", "opened", "cursor", "limit"}
CURSOR_PARAMETER: PageParameter = {
    "name": "cursor",
    "in": "query",
    "description": "With opened: the position to continue from, taken from the previous page's "
    "link. Each page looks at a bounded number of contacts: it may be short, or empty, while there "
    "is a next one.",
    "schema": {"type": "string"},
}


class ContactPages(SkipLimitPagination):
    """With `opened`, Link has the next page; without, as every list."""

    def paginate_queryset(  # type: ignore[override]  # sequences are not paged here
        self, queryset: QuerySet[Contact], request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        self.request = request
        self.further: Position | OpenerPosition | None = None
        self.total = {}
        opened = request.query_params.get("opened")
        _refuse_mixed(request, by_cursor=bool(opened))
        if not opened:
            return super().paginate_queryset(queryset, request, view)
        page = self._page(queryset, request, Opened(opened))
        self.further = page.further
        return page.contacts

    def _page(self, contacts: QuerySet[Contact], request: Request, opened: Opened) -> Page:
        """Raises ValidationError."""
        now, groups = timezone.now(), _groups(request)
        if groups is not None:
            self.total = {"X-Total-Count": str(who_opened(groups, now=now).by[opened])}
            contacts = _of_groups(groups, contacts)
        try:
            return read_page(
                contacts,
                opened,
                groups=groups,
                cursor=request.query_params.get("cursor"),
                limit=read_limit(request),
                now=now,
            )
        except BadCursor:
            raise ValidationError({"cursor": [OTHER_CURSOR]}) from None

    def get_paginated_response(self, data: object) -> Response:
        response = Response(data, headers=self.total)
        if self.further is not None:
            address = self.request.build_absolute_uri()
            address = replace_query_param(address, "cursor", self.further.cursor)
            response.headers["Link"] = f'<{address}>; rel="next"'
        return response

    def get_schema_operation_parameters(self, view: "APIView") -> list[PageParameter]:
        skip, limit = super().get_schema_operation_parameters(view)
        return [skip, limit, CURSOR_PARAMETER]


def _refuse_mixed(request: Request, *, by_cursor: bool) -> None:
    if by_cursor and request.query_params.get("skip"):
        raise ValidationError({"skip": ["With opened, continue with cursor."]})
    if not by_cursor and request.query_params.get("cursor"):
        raise ValidationError({"cursor": ["Give it with opened; other lists take skip."]})


def _groups(request: Request) -> list[int] | None:
    """The groups whose contacts are asked for, no control group.

    None where something else narrows the list too.
    """
    query = request.query_params
    given = {name for name, value in query.items() if value}
    if not given <= COUNTED or not given & {"campaign", "group"}:
        return None
    groups = counted_groups().order_by("id")
    if "campaign" in given:
        groups = groups.filter(campaign_id=query["campaign"])
    if "group" in given:
        groups = groups.filter(id=query["group"])
    return list(groups.values_list("id", flat=True))


def _of_groups(groups: list[int], contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """By a single group alone: no index has both campaign and group."""
    return Contact.objects.filter(group_id=groups[0]) if len(groups) == 1 else contacts
