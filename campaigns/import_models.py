"""Which import made which contact, so that the import can be undone."""

from django.db import models


class ImportedContact(models.Model):
    """A contact that an import made; what was there before the import has none.

    A table of its own: not every contact was imported, and the table of contacts is the largest.
    """

    contact = models.OneToOneField(
        "campaigns.Contact", on_delete=models.PROTECT, primary_key=True, related_name="imported"
    )
    contact_import = models.ForeignKey(
        "campaigns.ContactImport", on_delete=models.PROTECT, related_name="made", db_index=False
    )

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["contact_import", "contact"], name="imported_contact")]

    def __str__(self) -> str:
        return str(self.contact_id)
