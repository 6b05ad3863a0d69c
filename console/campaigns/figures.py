"""The figures of campaigns and groups as the admin's tables show them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from campaigns.lifecycle import Progress
from campaigns.models import Campaign, Group
from reports.figures import Figures, contact_figures, figures_of_groups
from reports.rates import NONE, of_whom_in_words, rate_in_words
from tracking.hits.classify import Kind

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

# By the best kind of open, the most certain first.
KINDS = {
    Kind.HUMAN: "In a mail client",
    Kind.PROXIED: "Through an image proxy",
    Kind.MACHINE: "By a machine",
}


class WithFigures(TypedDict):
    """What the lists of campaigns and groups add to their rows."""

    figures: Figures


class WithProgress(WithFigures):
    """What the list of campaigns adds besides."""

    progress: Progress


CampaignRow: TypeAlias = "WithAnnotations[Campaign, WithProgress]"
GroupRow: TypeAlias = "WithAnnotations[Group, WithFigures]"
RowWithFigures: TypeAlias = "CampaignRow | GroupRow"


@dataclass(frozen=True)
class FigureRow:
    """One line of a table; `numbers` are contacts, sent, opens, unique opens and the KINDS."""

    name: str
    numbers: list[str]
    rate: str
    of_whom: str = ""


def may_see_figures(request: HttpRequest) -> bool:
    return request.user.has_perm("tracking.view_report")


def figures_by_group(groups: Iterable[Group]) -> dict[int, Figures]:
    """The figures of groups for the columns of a list."""
    groups = list(groups)
    figures = contact_figures([group.id for group in groups], now=timezone.now())
    return {g.id: figures[g.id] if g.is_counted else figures[g.id].without_mail for g in groups}


def figures_by_campaign(groups: Iterable[Group]) -> dict[int, Figures]:
    """The figures of the campaigns that some groups make up; the control group counts in none."""
    figures = figures_by_group(groups)
    totals: dict[int, Figures] = {}
    for group in _mailed(groups):
        totals[group.campaign_id] = totals.get(group.campaign_id, Figures()) + figures[group.id]
    return totals


def figure_table(groups: Sequence[Group]) -> list[FigureRow]:
    """A row for each group of a campaign, and one for all of them."""
    figures = figures_of_groups([group.id for group in groups], now=timezone.now())
    rows = [
        _row(str(g), figures[g.id]) if g.is_counted else _unmailed_row(str(g), figures[g.id])
        for g in groups
    ]
    return [*rows, _row("All groups", sum((figures[g.id] for g in _mailed(groups)), Figures()))]


def _mailed(groups: Iterable[Group]) -> Iterator[Group]:
    return (group for group in groups if group.is_counted)


def _row(name: str, figures: Figures) -> FigureRow:
    numbers = [figures.contacts, figures.sent, figures.opens, figures.unique_opens]
    numbers += [figures.unique_by_kind[kind] for kind in KINDS]
    words = of_whom_in_words(figures.mailed)
    return FigureRow(name, [f"{number:,}" for number in numbers], _rate(figures), words)


def _unmailed_row(name: str, figures: Figures) -> FigureRow:
    return FigureRow(name, [f"{figures.contacts:,}", "0", *[NONE] * (2 + len(KINDS))], NONE)


def _rate(figures: Figures) -> str:
    return rate_in_words(figures.open_rate, figures.open_rate_with_machine)


class FigureColumns(admin.ModelAdmin):
    """Columns of the rows' `figures`, for users who may see them."""

    number_columns = ["contacts", "sent", "unique_opens", "number", "share"]
    columns_before: list[str]
    figure_columns = ["contacts", "sent", "unique_opens", "open_rate"]
    columns_after: list[str]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        figures = self.figure_columns if may_see_figures(request) else []
        return (*self.columns_before, *figures, *self.columns_after)

    @admin.display
    def contacts(self, row: RowWithFigures) -> str:
        return f"{row.figures.contacts:,}"

    @admin.display
    def sent(self, row: RowWithFigures) -> str:
        return f"{row.figures.sent:,}"

    @admin.display(description="unique opens")
    def unique_opens(self, row: RowWithFigures) -> str:
        is_control = isinstance(row, Group) and not row.is_counted
        return NONE if is_control else f"{row.figures.unique_opens:,}"

    @admin.display(description="unique open rate")
    def open_rate(self, row: RowWithFigures) -> str:
        words, rate = _rate(row.figures), row.figures.open_rate
        if rate is None:
            return words
        bar = '<meter min="0" max="1" value="{}" aria-label="Open rate of {}: {}"></meter>{}'
        shown = format_html(bar, f"{rate:.4f}", row, words, words)
        of_whom = of_whom_in_words(row.figures.mailed)
        return format_html('{}<div class="help">{}</div>', shown, of_whom) if of_whom else shown
