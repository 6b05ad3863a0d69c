"""Searching without personal data in the URL, and asking before an action."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from contacts.search import search_term

Row = TypeVar("Row", bound=Model)


class SearchesByPost(admin.ModelAdmin):
    """Keeps e-mail addresses that are searched for out of the URL, which logs would keep."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_find"
        find = self.admin_site.admin_view(require_POST(self.find))
        return [path("find/", find, name=name), *super().get_urls()]

    def find(self, request: HttpRequest) -> HttpResponseRedirect:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        query = request.GET.copy()
        query["q"] = search_term(request.POST.get("q", ""))
        query.pop("p", None)
        list_page = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return HttpResponseRedirect(f"{reverse(list_page)}?{query.urlencode()}")


def ask_first(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    rows: Iterable[Row],
    *,
    named: Callable[[Row], str] = str,
    **words: str,
) -> TemplateResponse:
    """The page that asks before an action; `words` are its title, question, action and button."""
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "rows": [(row.pk, named(row)) for row in rows],
        "media": model_admin.media,
        **words,
    }
    return TemplateResponse(request, "console/base/confirm.html", context)


def selected(
    model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Row], *, most: int
) -> list[Row]:
    """The selected rows; none, and a message, if there are too many or none."""
    rows = list(queryset[: most + 1])
    if len(rows) > most:
        model_admin.message_user(request, f"Select at most {most:,} at once.", messages.ERROR)
        return []
    if not rows:
        model_admin.message_user(request, "Nothing is left to do for these.", messages.WARNING)
    return rows
