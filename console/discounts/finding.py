"""Searching and confirming in the admin, for every model of discounts alike."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from contacts.search import search_term


class Finds:
    """For a ModelAdmin: its search never puts an e-mail address into the page's own address."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_find"
        find = self.admin_site.admin_view(require_POST(self.find))
        return [path("find/", find, name=name), *super().get_urls()]

    def find(self, request):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        query = request.GET.copy()
        query["q"] = search_term(request.POST.get("q", ""))
        query.pop("p", None)
        list_page = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return HttpResponseRedirect(f"{reverse(list_page)}?{query.urlencode()}")


def ask_first(model_admin, request: HttpRequest, rows: list[models.Model], **words: str):
    """The page that asks before an action; `words` are its title, question, action and button."""
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "rows": rows,
        "media": model_admin.media,
        **words,
    }
    return TemplateResponse(request, "admin/discounts/confirm.html", context)


def selected(model_admin, request: HttpRequest, queryset, *, most: int) -> list[models.Model]:
    """The selected rows; none, and a complaint, where they are too many or none at all."""
    rows = list(queryset[: most + 1])
    if len(rows) > most:
        model_admin.message_user(request, f"Select at most {most:,} at once.", messages.ERROR)
        return []
    if not rows:
        model_admin.message_user(request, "Nothing is left to do for these.", messages.WARNING)
    return rows
