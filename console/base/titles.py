"""Titles of the admin's pages: what is shown is named by a noun, not by what one may do with it."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from console.base.navigation import NAMES


class NounTitles(ModelAdmin):
    """A list is named after its rows, a row by its name, and a form for a new one "New ..."."""

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes: ChangeList = super().get_changelist_instance(request)
        named = NAMES.get(self.opts.label, self.opts.verbose_name_plural)
        changes.title = capfirst(str(named))
        return changes

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        named = f"New {self.opts.verbose_name}" if obj is None else str(obj)
        context |= {"title": named, "subtitle": None}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        named = {"title": "History"} | (extra_context or {})
        return super().history_view(request, object_id, named)
