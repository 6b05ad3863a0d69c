"""Choices among rows, in the admin's forms: an id that no database can hold is none of them."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelMultipleChoiceField

from foundation.parsing import LARGEST_ID


class StorableChoices(ModelMultipleChoiceField):
    """Django's asks the database for every number it is sent, and fails where one is too large."""

    def _check_values(self, value: Sequence[object]) -> QuerySet:
        for chosen in value:
            if _is_too_large(chosen):
                raise ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": chosen},
                )
        return super()._check_values(value)


def _is_too_large(chosen: object) -> bool:
    text = str(chosen).strip().lstrip("+-")
    if not text.isdecimal():
        return False
    return len(text) > len(str(LARGEST_ID)) or int(text) > LARGEST_ID
