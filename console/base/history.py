"""What admin pages share whose writes are entered into the history by `foundation.audit_log`."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from django.contrib.admin.models import LogEntry
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from console.base.saving import SavesThroughServices, user_of
from foundation import dates
from foundation.audit_log import History
from foundation.errors import DomainError

Row = TypeVar("Row", bound=Model)


class ShowsChanges(SavesThroughServices):
    """Its history says what changed from what to what, the newest change first."""

    # Django doesn't use what these return, and no other entry is made.
    def log_addition(  # type: ignore[override]
        self, request: HttpRequest, obj: Model, message: object
    ) -> None:
        """`History.created` has entered it."""

    def log_change(  # type: ignore[override]
        self, request: HttpRequest, obj: Model, message: object
    ) -> None:
        """`History.changed` has entered it."""

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> Paginator:
        if queryset.model is LogEntry:
            queryset = queryset.order_by("-action_time", "-id")
        return super().get_paginator(request, queryset, per_page, orphans, allow_empty_first_page)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page = super().history_view(request, object_id, extra_context)
        if isinstance(page, TemplateResponse):
            for entry in (page.context_data or {})["action_list"]:
                entry.change_message = dates.in_one_way(entry.change_message)
        return page

    def change_each(
        self,
        request: HttpRequest,
        rows: Iterable[Row],
        *,
        change: Callable[[Row], object],
        history: History[Row],
    ) -> list[Row]:
        """Change each row, show why some could not be changed, and return the others."""
        changed = []
        for row in rows:
            try:
                history.changed(by=user_of(request), row=row, change=partial(change, row))
            except DomainError as error:
                self.say_refused(request, error, about=row)
            else:
                changed.append(row)
        return changed
