"""Pages that a ModelAdmin has besides Django's own."""

from collections.abc import Callable
from functools import partial

from django.http import HttpResponseBase
from django.views.decorators.http import require_http_methods

from console.base.saving import SavesThroughServices

Page = Callable[..., HttpResponseBase]


def subpage(model_admin: SavesThroughServices, view: Page, *methods: str) -> Page:
    """A page from a view that takes a ModelAdmin first; `methods` are the HTTP methods allowed."""
    own = require_http_methods(list(methods))(partial(view, model_admin))
    return model_admin.admin_site.admin_view(own)
