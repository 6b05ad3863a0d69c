"""The pages of the list of contacts: by skip, or by cursor where asked who opened."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from api.base.views import PageParameter, SkipLimitPagination, read_limit
from campaigns.models import Contact, Group
from contacts.by_opened import page_of
from contacts.in_order import Position
from foundation.cursors import BadCursor
from reports.who_opened import who_opened
from tracking.opened import Opened

if TYPE_CHECKING:
    from rest_framework.views import APIView

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
        self.request, self.further = request, None
        self.counted: int | None
        opened = request.query_params.get("opened")
        _refuse_mixed(request, by_cursor=bool(opened))
        if not opened:
            rows = super().paginate_queryset(queryset, request, view)
            self.counted = self.total
            return rows
        now = timezone.now()
        page = page_of(
            _narrowed(request, queryset),
            Opened(opened),
            after=_position(request),
            limit=read_limit(request),
            now=now,
        )
        self.further = page.further
        self.counted = _counted(request, Opened(opened), now)
        return page.contacts

    def get_paginated_response(self, data: object) -> Response:
        response = Response(data)
        if self.counted is not None:
            response.headers["X-Total-Count"] = str(self.counted)
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


def _position(request: Request) -> Position | None:
    cursor = request.query_params.get("cursor")
    try:
        return Position.of_cursor(cursor) if cursor else None
    except BadCursor:
        raise ValidationError(
            {"cursor": ["Take the cursor from the previous page's link."]}
        ) from None


def _narrowed(request: Request, contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """By the group alone where that says all: no index has both campaign and group."""
    query = request.query_params
    given = {name for name, value in query.items() if value}
    if not {"campaign", "group"} <= given <= COUNTED:
        return contacts
    group = Group.objects.filter(id=query["group"], campaign_id=query["campaign"]).first()
    return contacts.none() if group is None else Contact.objects.filter(group=group)


def _counted(request: Request, opened: Opened, now: datetime) -> int | None:
    """How many there are, where counters tell: of a campaign or a group and nothing else."""
    given = {name for name, value in request.query_params.items() if value}
    groups = Group.objects.order_by("id")
    if not given <= COUNTED or not given & {"campaign", "group"}:
        return None
    if "campaign" in given:
        groups = groups.filter(campaign_id=request.query_params["campaign"])
    if "group" in given:
        groups = groups.filter(id=request.query_params["group"])
    return who_opened(list(groups.values_list("id", flat=True)), now=now).by[opened]
