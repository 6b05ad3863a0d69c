"""The columns that fields of a model are stored in."""

from typing import cast

from django.db.models import Field, Model


def field_of(model: type[Model], name: str) -> Field:
    """A field that has a column; the far side of a relation has none, and must not be asked for."""
    return cast(Field, model._meta.get_field(name))


def column_of(field: Field) -> str:
    """The name of its column, which a field has once its model is made."""
    return cast(str, field.column)
