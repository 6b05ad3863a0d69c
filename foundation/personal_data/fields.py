"""Encrypted model fields that work with every way Django writes a column."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field
from fernet_fields import EncryptedCharField, EncryptedField, EncryptedTextField


class _LeavesExpressions(Field):
    """Encrypts plain values and passes SQL expressions through.

    The library's own fields encrypt the text of an expression, so `bulk_update()` and `F()` would
    destroy the stored value.
    """

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        if hasattr(value, "as_sql"):
            return value
        return super().get_db_prep_save(value, connection)


class SafeEncryptedCharField(_LeavesExpressions, EncryptedCharField):
    """Encrypts a text of bounded length."""


class SafeEncryptedTextField(_LeavesExpressions, EncryptedTextField):
    """Encrypts a text of any length."""


class EncryptedBytesField(_LeavesExpressions, EncryptedField):
    """Encrypts bytes that need not be text."""

    def from_db_value(
        self,
        value: bytes | memoryview | None,
        expression: Expression,
        connection: BaseDatabaseWrapper,
        *args: object,
    ) -> bytes | None:
        if value is None:
            return None
        decrypted: bytes = self.fernet.decrypt(bytes(value))
        return decrypted
