"""Encrypted columns that survive every way Django has of writing a column."""

from fernet_fields import EncryptedCharField


class SafeEncryptedCharField(EncryptedCharField):
    """Encrypts plain values and leaves SQL expressions alone.

    The library's own field encrypts the text of an expression, so `bulk_update()` and
    `F()` would destroy the stored value.
    """

    def get_db_prep_save(self, value, connection):
        if hasattr(value, "as_sql"):
            return value
        return super().get_db_prep_save(value, connection)
