"""Archiving and unarchiving in the admin, for campaigns and groups alike."""

from functools import partial

from django.contrib import admin
from django.db import models

from console.base.history import ShowsChanges
from foundation.audit_log import History
from foundation.errors import DomainError


class Archives(ShowsChanges):
    """For a ModelAdmin: two actions, which call `archive_one` and `unarchive_one`.

    `history` is where they are entered.

    Archiving asks for the permission to delete, as the API does.
    """

    actions = ["archive", "unarchive"]
    history: History

    def archive_one(self, row: models.Model) -> None:
        raise NotImplementedError

    def unarchive_one(self, row: models.Model) -> None:
        raise NotImplementedError

    def has_archive_permission(self, request):
        return request.user.has_perm(f"{self.opts.app_label}.delete_{self.opts.model_name}")

    @admin.action(description="Archive selected %(verbose_name_plural)s", permissions=["archive"])
    def archive(self, request, queryset):
        self._each(request, queryset.filter(archived_at=None), self.archive_one, "archived")

    @admin.action(description="Unarchive selected %(verbose_name_plural)s", permissions=["change"])
    def unarchive(self, request, queryset):
        archived = queryset.exclude(archived_at=None)
        self._each(request, archived, self.unarchive_one, "unarchived")

    def _each(self, request, queryset, change, done: str) -> None:
        changed = []
        for row in queryset:
            try:
                self.history.changed(by=request.user, row=row, change=partial(change, row))
            except DomainError as error:
                self.say_refused(request, error, about=row)
            else:
                changed.append(row)
        names = ", ".join(map(str, changed)) or "nothing"
        self.message_user(request, f"{done.capitalize()}: {names}.")
