"""What the list of discount campaigns can be narrowed to."""

from django_filters.rest_framework import FilterSet

from discounts.rules import DiscountType, Status
from pixeltrack.api_fields import ReadingFilter
from pixeltrack.values import BadValue


def _one_of(*words: str):
    def read(text: str) -> str:
        if text not in words:
            raise BadValue(f"Say {' or '.join(words)}.")
        return text

    return staticmethod(read)


class TypeFilter(ReadingFilter):
    reader = _one_of(*DiscountType)
    schema = {"type": "string", "enum": list(DiscountType)}


class StatusFilter(ReadingFilter):
    reader = _one_of(*Status)
    schema = {"type": "string", "enum": list(Status)}


class TrueOrFalseFilter(ReadingFilter):
    reader = _one_of("true", "false")
    schema = {"type": "boolean"}

    def filter(self, queryset, value):
        return super().filter(queryset, None if value is None else value == "true")


class CampaignFilters(FilterSet):
    discount_type = TypeFilter(help_text="Those that take from the cart, or from the delivery.")
    status = StatusFilter(help_text="Those that are active, or inactive.")
    is_targeted = TrueOrFalseFilter(help_text="Those for chosen customers only, or for all.")
