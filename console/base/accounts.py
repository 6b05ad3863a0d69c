"""The admin's pages of users and roles: Django's own, with fields that can be heard."""

from django.contrib.admin import AdminSite
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.forms.widgets import Script


class Media:
    js = [Script("pixeltrack/chooser.js", defer=True)]


class Roles(GroupAdmin):
    Media = Media


class Users(UserAdmin):
    Media = Media
    # Signing in writes these; nobody else has a reason to.
    readonly_fields = ["last_login", "date_joined"]


def register(site: AdminSite) -> None:
    """Puts these pages in place of Django's."""
    site.unregister((Group, User))
    site.register(Group, Roles)
    site.register(User, Users)
