"""What the addresses of own pages are made of."""

from django.urls import register_converter
from django.urls.converters import IntConverter

from foundation.parsing import LARGEST_ID

NOBODYS = 0


class IdConverter(IntConverter):
    """An id; one that no database can hold is NOBODYS, so that its page is not found.

    An address that no route takes would be the admin's, which leads elsewhere.
    """

    def to_python(self, value: str) -> int:
        if len(value) > len(str(LARGEST_ID)):
            return NOBODYS
        number = super().to_python(value)
        return number if number <= LARGEST_ID else NOBODYS


def register() -> None:
    """Lets routes say `<id:...>`; before any of them is made."""
    register_converter(IdConverter, "id")
