"""The page of all components that the console's pages are made of, for those who change pages."""

from pathlib import Path

from django.contrib import admin
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from console.components import samples
from console.components.tokens import Section, sections_of

TOKENS = "console/base/tokens.css"


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """For superusers: nobody's work leads here, and no role needs it."""
    if not request.user.is_superuser:
        raise PermissionDenied
    context = admin.site.each_context(request) | {
        "title": "Components",
        "messages": samples.MESSAGES,
        "tokens": tokens(),
        "sample": samples.SUBJECT,
        "pills": samples.pills(),
        "chips": samples.CHIPS,
        "notices": samples.NOTICES,
        "steps": samples.STEPS,
        "chart": samples.CHART,
        "bar_chart": samples.BAR_CHART,
        "spark": samples.SPARK,
        "bars": samples.BARS,
        "ranges": samples.RANGES,
        "shares": samples.SHARES,
        "intervals": samples.INTERVALS,
        "sample_form": samples.form(),
        "wrong": samples.WRONG,
    }
    return TemplateResponse(request, "console/components/page.html", context)


def tokens() -> list[Section]:
    path = finders.find(TOKENS)
    return sections_of(Path(path).read_text(encoding="utf-8")) if path else []
