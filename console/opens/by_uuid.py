"""What the admin's pages of pixels and opens share: search by uuid."""

from contextlib import suppress
from typing import Generic, TypeVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from foundation.parsing import BadValue, read_uuid

Row = TypeVar("Row", bound=Model)


class SearchedByUuid(Generic[Row], admin.ModelAdmin):
    """Finds the rows of a pixel or of a contact."""

    search_fields = ["uuid"]
    search_help_text = "The id in a pixel's address, or a contact's own in PixelTrack, in full."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        if not search_term.strip():
            return queryset, False
        found = _uuid(search_term)
        return (self.rows_of(queryset, found) if found else queryset.none()), False

    def rows_of(self, rows: QuerySet[Row], found: UUID) -> QuerySet[Row]:
        """Those of the pixel or the contact that has this uuid."""
        raise NotImplementedError


def _uuid(typed: str) -> UUID | None:
    """The uuid that was typed into a search box, None if it is not one."""
    with suppress(BadValue):
        return read_uuid(typed.strip())
    return None
