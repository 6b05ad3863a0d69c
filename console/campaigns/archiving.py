"""Archiving and unarchiving in the admin, for campaigns and groups alike."""

from collections.abc import Callable
from typing import Generic, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from console.base.history import ShowsChanges
from foundation.audit_log import History

Row = TypeVar("Row", bound=Model)


class Archives(Generic[Row], ShowsChanges):
    """Two actions, which call `archive_one` and `unarchive_one` and enter them into `history`.

    Archiving needs the permission to delete, as in the API.
    """

    actions = ["archive", "unarchive"]
    history: History[Row]

    def archive_one(self, row: Row) -> None:
        raise NotImplementedError

    def unarchive_one(self, row: Row) -> None:
        raise NotImplementedError

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.delete_{self.opts.model_name}")

    @admin.action(description="Archive selected %(verbose_name_plural)s", permissions=["archive"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        rows = queryset.filter(archived_at=None)
        self._change(request, rows, self.archive_one, "Archived")

    @admin.action(description="Unarchive selected %(verbose_name_plural)s", permissions=["change"])
    def unarchive(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        rows = queryset.exclude(archived_at=None)
        self._change(request, rows, self.unarchive_one, "Unarchived")

    def _change(
        self,
        request: HttpRequest,
        rows: QuerySet[Row],
        change: Callable[[Row], None],
        done: str,
    ) -> None:
        changed = self.change_each(request, rows, change=change, history=self.history)
        names = ", ".join(map(str, changed)) or "nothing"
        self.message_user(request, f"{done}: {names}.")
