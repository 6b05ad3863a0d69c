"""The list of users in words: what each may do, and whether they may sign in."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from console.base.lists import ChoiceFilter


class ConsoleFilter(ChoiceFilter):
    title = "console"
    parameter_name = "is_staff__exact"
    words = {1: "May sign in to it", 0: "May not"}


class ActiveFilter(ChoiceFilter):
    title = "state"
    parameter_name = "is_active__exact"
    words = {1: "Active", 0: "Switched off"}


class RoleFilter(admin.RelatedFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title, self.empty_value_display = "role", SafeString("Without a role")


class ListsUsers(UserAdmin):
    """Names first, then what they may do."""

    list_display = ["username", "email", "full_name", "roles", "state", "last_login"]
    list_filter = [ActiveFilter, ConsoleFilter, ("groups", RoleFilter)]
    ordering = ["username"]
    sortable_by = ["username"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.prefetch_related("groups")

    @admin.display(description="name")
    def full_name(self, user: User) -> str | None:
        return user.get_full_name() or None

    @admin.display
    def roles(self, user: User) -> str | None:
        if user.is_superuser:
            return "May do everything"
        return ", ".join(sorted(role.name for role in user.groups.all())) or None

    @admin.display
    def state(self, user: User) -> str:
        if not user.is_active:
            return "Switched off"
        return "Active" if user.is_staff else "Active, not in the console"
