"""The admin site: PixelTrack's name, and its menu by jobs."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core.checks import CheckMessage, Tags, register
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path

from console.base.navigation import NAMES, menu_of
from console.base.strict_lists import with_strict_list


class PixelTrackAdmin(SimpleAdminConfig):
    """Loads no page: routes do, and the checks of pages.

    Counting and the other processes without pages start in half the time, and in 30 MB less.
    """

    default_site = "console.base.site.PixelTrackSite"

    def ready(self) -> None:
        register(check_dependencies, Tags.admin)
        register(check_pages, Tags.admin)


def check_pages(
    app_configs: Sequence[AppConfig] | None, **options: object
) -> Sequence[CheckMessage]:
    """As Django's check of admin pages, which would find none."""
    admin.autodiscover()
    return check_admin_app(app_configs, **options)


class PixelTrackSite(admin.AdminSite):
    site_header = site_title = "PixelTrack"
    index_title = "Home"
    enable_nav_sidebar = False
    # The site's root only redirects here.
    site_url = None

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[admin.ModelAdmin] | None = None,
        **options: object,
    ) -> None:
        """As Django's, but every list, a library's too, takes only the filters that it offers."""
        strict = with_strict_list(admin_class or admin.ModelAdmin)
        super().register(model_or_iterable, strict, **options)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """With the names that the menu has."""
        apps: list[Any] = super().get_app_list(request, app_label)
        for app in apps:
            for model in app["models"]:
                label = f"{app['app_label']}.{model['object_name']}"
                model["name"] = NAMES.get(label, model["name"])
        return apps

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # This module is loaded before any model.
        from console.base.view_on_site import view_on_site

        place = "r/<path:content_type_id>/<path:object_id>/"
        return [
            path(place, self.admin_view(view_on_site), name="view_on_site"),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """As Django's, with the menu of the page."""
        context: dict[str, Any] = super().each_context(request)
        return context | {"menu": menu_of(request, context["available_apps"])}
