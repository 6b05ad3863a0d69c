"""Path converters for URLs."""

from django.urls import register_converter
from django.urls.converters import IntConverter

from foundation.parsing import LARGEST_ID

NOBODYS = 0


class IdConverter(IntConverter):
    """An id; one that no database can hold becomes NOBODYS, so that its page is a 404.

    A URL that matches no route would be handled by the admin, which redirects.
    """

    def to_python(self, value: str) -> int:
        if len(value) > len(str(LARGEST_ID)):
            return NOBODYS
        number = super().to_python(value)
        return number if number <= LARGEST_ID else NOBODYS


def register() -> None:
    """Register `<id:...>`; must be called before routes are defined."""
    register_converter(IdConverter, "id")
