"""What left PixelTrack with addresses or pixels of a campaign's contacts, and who took it."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ExportKind(models.TextChoices):
    """What was given out."""

    MERGE_LIST = "merge_list", "Merge list"
    BULK_ANSWER = "bulk_answer", "Pixels of new contacts"
    INACTIVE = "inactive", "People without a sign"
    PIXELS = "pixels", "List of pixels"
    REJECTED_ROWS = "rejected", "Rows that an import left out"


class Export(models.Model):
    """One list or answer; which contacts stood in it is not kept.

    A list over all campaigns has no campaign. `group` and `opened` are what narrowed a merge list.
    `rows` are those that were given out before it ended, or was cut off.
    """

    campaign = models.ForeignKey(
        "campaigns.Campaign",
        null=True,
        on_delete=models.PROTECT,
        related_name="exports",
        db_index=False,
    )
    group = models.ForeignKey(
        "campaigns.Group", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=12, choices=ExportKind)
    opened = models.CharField(max_length=10, blank=True)
    rows = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-made_at", "-id"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["campaign", "kind", "made_at"], name="export_of_campaign")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ExportKind.values), name="export_kind"),
        ]

    def __str__(self) -> str:
        return f"Export {self.pk}"
