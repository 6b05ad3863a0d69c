"""Filters for the lists of customers and discount campaigns."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import FilterSet

from api.base.fields import ReadingFilter
from discounts.models import Customer, DiscountCampaign
from discounts.queries import having_status
from discounts.rules import Status
from discounts.types import DiscountType
from foundation.parsing import BadValue
from foundation.personal_data.addresses import EMAIL_LENGTH, read_email
from foundation.personal_data.hashes import read_email_hash


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise BadValue(f"Say {' or '.join(words)}.")
        return text

    return read


WHENCE = ", or ".join(f"from the {kind}" for kind in DiscountType)


class TypeFilter(ReadingFilter):
    reader = staticmethod(_one_of(*DiscountType))
    schema = {"type": "string", "enum": list(DiscountType)}


class StatusFilter(ReadingFilter):
    """By the current status, independent of the sweep's mark."""

    reader = staticmethod(_one_of(*Status))
    schema = {"type": "string", "enum": list(Status)}

    def filter(
        self, queryset: QuerySet[DiscountCampaign], value: str | None
    ) -> QuerySet[DiscountCampaign]:
        if value is None:
            return queryset
        return queryset.filter(having_status(Status(value), now=timezone.now()))


class EmailFilter(ReadingFilter):
    """Exactly this address, ignoring case, found by its keyed hash.

    An empty value is invalid: it must not list everybody.
    """

    reads_empty = True

    # An unescaped plus sign arrives as a blank.
    reader = staticmethod(lambda text: read_email(text.strip().replace(" ", "+")))
    schema = {"type": "string", "format": "email", "maxLength": EMAIL_LENGTH}

    def filter(self, queryset: QuerySet[Customer], value: str | None) -> QuerySet[Customer]:
        return queryset if value is None else queryset.filter(email_hash=read_email_hash(value))


class CustomerFilters(FilterSet):
    email = EmailFilter(help_text="The customer with this address, ignoring case.")


class TrueOrFalseFilter(ReadingFilter):
    reader = staticmethod(_one_of("true", "false"))
    schema = {"type": "boolean"}

    def filter(
        self, queryset: QuerySet[DiscountCampaign], value: str | None
    ) -> QuerySet[DiscountCampaign]:
        filtered: QuerySet[DiscountCampaign] = super().filter(
            queryset, None if value is None else value == "true"
        )
        return filtered


class CampaignFilters(FilterSet):
    discount_type = TypeFilter(
        help_text=f"Those that take {', or '.join(f'from the {kind}' for kind in DiscountType)}."
    )
    status = StatusFilter(help_text="Those that are active, or inactive.")
    is_targeted = TrueOrFalseFilter(help_text="Those for chosen customers only, or for all.")
