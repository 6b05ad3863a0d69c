"""What the addresses of own pages are made of."""

from django.urls import register_converter
from django.urls.converters import IntConverter

from pixeltrack.values import read_id


class IdConverter(IntConverter):
    """An id that a database can hold; at any other address there is nothing."""

    def to_python(self, value: str) -> int:
        return read_id(super().to_python(value))


def register() -> None:
    """Lets routes say `<id:...>`; before any of them is made."""
    register_converter(IdConverter, "id")
