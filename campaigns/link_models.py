"""Links by which people without an account read the report of a campaign."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

# In days.
LIFETIMES = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year")]
DEFAULT_LIFETIME, LONGEST_LIFETIME = 30, 365


class ReportLink(models.Model):
    """One link; of its token only the hash is kept, and of who looked only how often and when."""

    campaign = models.ForeignKey(
        "campaigns.Campaign", on_delete=models.PROTECT, related_name="report_links"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    lifetime = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    views = models.PositiveIntegerField(default=0, db_default=0)
    last_viewed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        default_permissions = ()
        permissions = [("share_report", "Can share a report by a link")]
        constraints = [
            models.CheckConstraint(
                condition=Q(lifetime__gte=1, lifetime__lte=LONGEST_LIFETIME),
                name="report_link_lifetime",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="report_link_expires"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("created_at")),
                name="report_link_revoked",
            ),
            models.CheckConstraint(
                condition=Q(views=0, last_viewed_at__isnull=True)
                | Q(views__gt=0, last_viewed_at__isnull=False),
                name="report_link_views",
            ),
        ]

    def __str__(self) -> str:
        return f"Link {self.pk}"
