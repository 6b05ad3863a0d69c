"""The admin's home page: panels for marketers above Django's list of apps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
from django.contrib import admin
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from console.home import hidden
from console.home.attention import all_notices
from console.home.decided import decided
from console.home.figures import sending, totals
from console.home.shop import shop_access
from console.home.steps import first_steps
from console.home.visit import Visit

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Panel:
    """A part of the home page for users with the permissions; hidden if it has nothing to show.

    Its template is `panels/<name>.html`.
    """

    name: str
    title: str
    permissions: tuple[str, ...]
    read: Callable[[Visit], object]
    is_broad: bool = False


def _attention(visit: Visit) -> dict[str, object]:
    return hidden.without_hidden(visit.request, all_notices(visit))


PANELS = (
    Panel("attention", "Needs attention", (), _attention, is_broad=True),
    Panel("first-steps", "First steps", (), first_steps),
    Panel("shop", "Your shop", ("discounts.apply_discount",), shop_access),
    Panel("decided", "Decided lately", ("tracking.view_report",), decided, is_broad=True),
    Panel("sending", "Sending now", ("campaigns.view_campaign", "tracking.view_report"), sending),
    Panel("totals", "Totals of all campaigns", ("tracking.view_report",), totals),
)


def home(request: HttpRequest) -> HttpResponse:
    """Django's index page with the panels that the user may see; its buttons hide notices."""
    if hidden.take(request):
        return redirect("admin:index")
    return admin.site.index(request, extra_context={"panels": list(_panels(Visit(request)))})


def _panels(visit: Visit) -> Iterator[dict[str, object]]:
    """A panel that can't be read says so, while the others stay."""
    for panel in PANELS:
        if not visit.may(*panel.permissions):
            continue
        shown = {"panel": panel, "template": f"console/home/{panel.name}.html"}
        try:
            data = panel.read(visit)
        except Error:
            log.exception("panel_failed", panel=panel.name)
            yield shown | {"failed": True}
        else:
            if data:
                yield shown | {"data": data}
