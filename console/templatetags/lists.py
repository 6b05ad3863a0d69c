"""The table of a list, in which each cell says what it is: on a narrow screen rows are cards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django import template
from django.contrib.admin.templatetags.admin_list import (
    result_headers,
    result_hidden_fields,
    results,
)
from django.contrib.admin.views.main import ChangeList
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

register = template.Library()

CHECKBOX = "action_checkbox"
EMPTY = ">-</td>"


@dataclass(frozen=True)
class Column:
    """What a column's cells are; `label` is "" for the boxes that select rows."""

    label: str
    is_number: bool


@register.inclusion_tag("console/base/list_table.html")
def list_table(cl: ChangeList) -> dict[str, object]:
    headers = list(result_headers(cl))
    numbers = set(getattr(cl.model_admin, "number_columns", ()))
    columns = [
        Column("" if name == CHECKBOX else str(capfirst(str(header["text"]))), name in numbers)
        for name, header in zip(cl.list_display, headers, strict=True)
    ]
    return {
        "hidden_fields": list(result_hidden_fields(cl)),
        "headers": list(zip(headers, columns, strict=True)),
        "rows": [list(_labelled(row, columns)) for row in results(cl)],
    }


def _labelled(row: Sequence[str], columns: Sequence[Column]) -> Iterator[SafeString]:
    """Django's cells, each with what its column is."""
    for cell, column in zip(row, columns, strict=False):
        start, _, rest = cell.partition(">")
        yield SafeString(f"{start}{_attributes(cell, column)}>{rest}")


def _attributes(cell: str, column: Column) -> str:
    label = format_html(' data-label="{}"', column.label) if column.label else ""
    number = " data-number" if column.is_number else ""
    return f"{label}{number}{' data-empty' if cell.endswith(EMPTY) else ''}"
