"""The admin's pages of users and roles: Django's own, with fields that screen readers can name."""

from django.contrib.admin import AdminSite
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.forms.widgets import Script


class Media:
    js = [Script("console/base/chooser.js", defer=True)]


class Roles(GroupAdmin):
    Media = Media


class Users(UserAdmin):
    Media = Media
    # Only signing in and creating a user write these.
    readonly_fields = ["last_login", "date_joined"]


def register(site: AdminSite) -> None:
    """Replace Django's pages with these."""
    site.unregister((Group, User))
    site.register(Group, Roles)
    site.register(User, Users)
