"""Resolves fields of a model and their columns."""

from typing import cast

from django.db.models import Field, Model


def field_of(model: type[Model], name: str) -> Field:
    """A concrete field; must not be called with a reverse relation, which has no column."""
    return cast(Field, model._meta.get_field(name))


def column_of(field: Field) -> str:
    """The name of the field's column; every field of a loaded model has one."""
    return cast(str, field.column)
