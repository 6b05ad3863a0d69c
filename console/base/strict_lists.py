"""Lists of the admin that are narrowed by what they offer, and by nothing else.

Django takes any lookup of any column from a list's address. Of a bad pattern or a number too
large it hears from the database, and fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError

from console.base.strict_choices import StorableChoices

# The place of the lookups that no filter took, in what ChangeList.get_filters returns.
LEFT_OVER = 2


class StrictList:
    """Mixed into a ChangeList: a bad address leads to the whole list, as Django's own do."""

    def get_filters(self, request):
        found = super().get_filters(request)
        if found[LEFT_OVER]:
            raise IncorrectLookupParameters
        return found

    def get_queryset(self, request, exclude_parameters=None):
        with self._reading_address():
            return super().get_queryset(request, exclude_parameters)

    def get_results(self, request):
        with self._reading_address():
            super().get_results(request)

    @contextmanager
    def _reading_address(self) -> Iterator[None]:
        """A filter's value that no database can hold is a bad one; without any it is our fault."""
        try:
            yield
        except (DataError, OverflowError, ValueError) as error:
            if not self.get_filters_params():
                raise
            raise IncorrectLookupParameters from error


class ListsStrictly:
    """Mixed into a ModelAdmin: strict in its lists and in the choices of its forms."""

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs.setdefault("form_class", StorableChoices)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_changelist(self, request, **kwargs):
        return _strict(super().get_changelist(request, **kwargs))


def with_strict_list(own: type[ModelAdmin]) -> type[ModelAdmin]:
    if issubclass(own, ListsStrictly):
        return own
    return type(own)(own.__name__, (ListsStrictly, own), {"__module__": own.__module__})


@cache
def _strict(own: type[ChangeList]) -> type[ChangeList]:
    return type(own.__name__, (StrictList, own), {"__module__": own.__module__})
