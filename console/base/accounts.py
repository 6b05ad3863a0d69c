"""The admin's pages of users and roles: Django's own, in words, and with fields that have names."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest

from console.base.lists import ChoiceFilter


class Media:
    js = [Script("console/base/chooser.js", defer=True)]


class Roles(GroupAdmin):
    Media = Media


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
        self.title, self.empty_value_display = "role", "Without a role"


class Users(UserAdmin):
    Media = Media
    list_display = ["username", "email", "full_name", "roles", "state", "last_login"]
    list_filter = [ActiveFilter, ConsoleFilter, ("groups", RoleFilter)]
    ordering = ["username"]
    sortable_by = ["username"]
    # Only signing in and creating a user write these.
    readonly_fields = ["last_login", "date_joined"]

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


def register(site: AdminSite) -> None:
    """Replace Django's pages with these."""
    site.unregister((Group, User))
    site.register(Group, Roles)
    site.register(User, Users)
