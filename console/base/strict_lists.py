"""Lists and choices of the admin that take what they offer, and nothing else.

Django takes any lookup of any column from a list's address, and asks the database for any number
that a form sends. It fails when the database refuses a bad pattern or a number too large.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from django.contrib.admin import ListFilter, ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.text import capfirst

from console.base.chips import Chip
from console.base.forms import SaysWhatIsWrong
from console.base.read_only import LinksToViewable
from console.base.titles import NounTitles
from foundation.parsing import LARGEST_ID

# A value from an address that the filter does not offer.
NOT_OFFERED = "something that is not there"


class ListWithChips(ChangeList):
    """A list whose page names the filters in use."""

    def chips(self) -> list[Chip]:
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        for spec in self.filter_specs:
            own = [name for name in spec.expected_parameters() if name is not None]
            if not any(self.filter_params.get(name) for name in own):
                continue
            chosen = (str(choice["display"]) for choice in spec.choices(self) if choice["selected"])
            without = self.get_query_string(remove=own)
            yield Chip(str(capfirst(spec.title)), next(chosen, NOT_OFFERED), without)


class StrictList(ListWithChips):
    """An invalid URL redirects to the whole list, as Django does for its own checks."""

    def get_filters(
        self, request: HttpRequest
    ) -> tuple[list[ListFilter], bool, dict[str, bool | str], bool, bool]:
        found = super().get_filters(request)
        _, _, left_over, _, _ = found
        if left_over:
            raise IncorrectLookupParameters
        return found

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet:
        with self._reading_address():
            return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        with self._reading_address():
            super().get_results(request)

    @contextmanager
    def _reading_address(self) -> Iterator[None]:
        """With filters, takes an error for an invalid value; without any, it is a bug."""
        try:
            yield
        except (DataError, OverflowError, ValueError) as error:
            if not self.get_filters_params():
                raise
            raise IncorrectLookupParameters from error


class StorableChoices(ModelMultipleChoiceField):
    """An id that is too large for the database is an invalid choice."""

    def _check_values(self, value: Sequence[object]) -> QuerySet:
        for chosen in value:
            if _is_too_large(chosen):
                raise ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": chosen},
                )
        found: QuerySet = super()._check_values(value)  # type: ignore[misc]  # the stubs lack it
        return found


def _is_too_large(chosen: object) -> bool:
    text = str(chosen).strip().lstrip("+-")
    if not text.isdecimal():
        return False
    return len(text) > len(str(LARGEST_ID)) or int(text) > LARGEST_ID


class ListsStrictly(ModelAdmin):
    """Strict in its lists and in the choices of its forms."""

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        kwargs.setdefault("form_class", StorableChoices)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        own = super().get_changelist(request, **kwargs)
        return _strict(own)  # type: ignore[arg-type]  # mypy doubts that classes are hashable


def with_strict_list(own: type[ModelAdmin]) -> type[ModelAdmin]:
    if issubclass(own, ListsStrictly):
        return own
    metaclass: type[type] = type(own)
    bases = (ListsStrictly, NounTitles, SaysWhatIsWrong, LinksToViewable, own)
    strict = metaclass(own.__name__, bases, {"__module__": own.__module__})
    return cast(type[ModelAdmin], strict)


@cache
def _strict(own: type[ChangeList]) -> type[ChangeList]:
    return type(own.__name__, (StrictList, own), {"__module__": own.__module__})
