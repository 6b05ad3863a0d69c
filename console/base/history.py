"""What admin pages share whose writes are entered into the history by `foundation.audit_log`."""

from typing import cast

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest


def user_of(request: HttpRequest) -> User:
    """The user who is signed in; the admin lets nobody else reach its pages."""
    return cast(User, request.user)


class ShowsChanges(admin.ModelAdmin):
    """Its history says what changed from what to what, the newest change first."""

    # Django expects the entry; the services make their own.
    def log_addition(  # type: ignore[override]
        self, request: HttpRequest, obj: Model, message: object
    ) -> None:
        """Entered where it was created."""

    def log_change(  # type: ignore[override]
        self, request: HttpRequest, obj: Model, message: object
    ) -> None:
        """Entered where it was changed."""

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
