"""Customers, discount campaigns and usages.

Money is stored as whole minor units in columns named `*_minor`, percentages as hundredths of a
percent: no column holds a fraction. Constraints enforce amounts, limits and budgets where possible.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from discounts.money import LARGEST_MINOR, MOST_DIGITS
from discounts.rules import WHOLE_PERCENTAGE, InactiveReason, Status
from discounts.types import DiscountType
from foundation.personal_data.fields import SafeEncryptedCharField

TYPE_CHOICES = [(kind.value, kind.value) for kind in DiscountType]
STATUS_CHOICES = [(status.value, status.value) for status in Status]
REASON_CHOICES = [(reason.value, reason.value) for reason in InactiveReason]


class Customer(models.Model):
    """A buyer; erased, never deleted, so that every usage stays."""

    email = SafeEncryptedCharField(max_length=254, null=True)
    email_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)
    name = SafeEncryptedCharField(max_length=100, null=True)
    created_at = models.DateTimeField(default=now, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    erased_at__isnull=True,
                    email__isnull=False,
                    email_hash__isnull=False,
                    name__isnull=False,
                )
                | Q(
                    erased_at__isnull=False,
                    email__isnull=True,
                    email_hash__isnull=True,
                    name__isnull=True,
                ),
                name="customer_erased_is_empty",
            )
        ]

    def __str__(self) -> str:
        return f"Customer {self.pk}"


class DiscountCampaign(models.Model):
    """A discount, its terms and its budget; archived, not deleted, once it was used.

    `version` counts the edits, to detect changed terms. All amounts, also those of its usages, are
    minor units of `currency` with `currency_digits` decimals.
    """

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=5000)
    discount_type = models.CharField(max_length=8, choices=TYPE_CHOICES)
    discount_percentage_hundredths = models.IntegerField(null=True, blank=True)
    discount_flat_minor = models.BigIntegerField(null=True, blank=True)
    max_discount_amount_minor = models.BigIntegerField(null=True, blank=True)
    min_cart_value_minor = models.BigIntegerField(default=0)
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    timezone = models.CharField(max_length=64)
    total_budget_minor = models.BigIntegerField()
    used_budget_minor = models.BigIntegerField(default=0, editable=False)
    # Set by the code that creates a campaign. The database defaults are for processes of an older
    # version that still run: they know one currency only, with two decimals.
    currency = models.CharField(max_length=3, db_default=settings.CURRENCY, editable=False)
    currency_digits = models.IntegerField(db_default=2, editable=False)
    max_usage_per_customer_per_day = models.IntegerField(default=1)
    is_targeted = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=STATUS_CHOICES, default=Status.ACTIVE.value)
    inactive_reason = models.CharField(
        max_length=16, null=True, choices=REASON_CHOICES, editable=False
    )
    version = models.IntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "discount campaign"
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "end_date"], name="discount_status_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gt=F("start_date")), name="discount_campaign_dates"
            ),
            models.CheckConstraint(
                condition=Q(discount_type__in=[kind.value for kind in DiscountType]),
                name="discount_campaign_type",
            ),
            models.CheckConstraint(
                condition=Q(
                    discount_flat_minor__isnull=True,
                    discount_percentage_hundredths__isnull=False,
                    discount_percentage_hundredths__gt=0,
                    discount_percentage_hundredths__lte=WHOLE_PERCENTAGE,
                )
                | Q(
                    discount_percentage_hundredths__isnull=True,
                    discount_flat_minor__isnull=False,
                    discount_flat_minor__gt=0,
                ),
                name="discount_campaign_one_kind",
            ),
            models.CheckConstraint(
                condition=Q(max_discount_amount_minor__isnull=True)
                | Q(max_discount_amount_minor__gt=0),
                name="discount_campaign_cap",
            ),
            models.CheckConstraint(
                condition=Q(min_cart_value_minor__gte=0), name="discount_campaign_min_cart"
            ),
            models.CheckConstraint(
                condition=~Q(currency="")
                & Q(currency_digits__gte=0)
                & Q(currency_digits__lte=MOST_DIGITS),
                name="discount_campaign_currency",
            ),
            models.CheckConstraint(
                condition=Q(total_budget_minor__lte=LARGEST_MINOR)
                & Q(min_cart_value_minor__lte=LARGEST_MINOR)
                & (Q(discount_flat_minor__isnull=True) | Q(discount_flat_minor__lte=LARGEST_MINOR))
                & (
                    Q(max_discount_amount_minor__isnull=True)
                    | Q(max_discount_amount_minor__lte=LARGEST_MINOR)
                ),
                name="discount_campaign_largest",
            ),
            models.CheckConstraint(
                condition=Q(max_usage_per_customer_per_day__gte=1),
                name="discount_campaign_daily_limit",
            ),
            models.CheckConstraint(
                condition=Q(total_budget_minor__gt=0)
                & Q(used_budget_minor__gte=0)
                & Q(used_budget_minor__lte=F("total_budget_minor")),
                name="discount_campaign_budget",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=Status.ACTIVE.value,
                    inactive_reason__isnull=True,
                    archived_at__isnull=True,
                    used_budget_minor__lt=F("total_budget_minor"),
                )
                | Q(
                    status=Status.INACTIVE.value,
                    inactive_reason__isnull=False,
                    inactive_reason__in=[
                        InactiveReason.MANUAL.value,
                        InactiveReason.EXPIRED.value,
                    ],
                )
                | Q(
                    status=Status.INACTIVE.value,
                    inactive_reason__isnull=False,
                    inactive_reason=InactiveReason.BUDGET_EXHAUSTED.value,
                    used_budget_minor=F("total_budget_minor"),
                ),
                name="discount_campaign_status_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignTarget(models.Model):
    """One target customer of a targeted campaign."""

    pk = models.CompositePrimaryKey("campaign_id", "customer_id")
    campaign = models.ForeignKey(
        DiscountCampaign, on_delete=models.CASCADE, related_name="targets", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()


class DiscountUsage(models.Model):
    """A discount applied for a customer; cancelled, never deleted.

    It counts for `local_day`, the day of `used_at` in the campaign's zone at that time.
    `discount_type` is a copy, because `original_amount_minor` depends on it. Users who applied or
    cancelled it are set to null when they are deleted; the usage stays.
    """

    campaign = models.ForeignKey(
        DiscountCampaign, on_delete=models.PROTECT, related_name="usages", db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="usages", db_index=False
    )
    discount_type = models.CharField(max_length=8, choices=TYPE_CHOICES)
    original_amount_minor = models.BigIntegerField()
    discount_amount_minor = models.BigIntegerField()
    final_amount_minor = models.BigIntegerField()
    used_at = models.DateTimeField()
    local_day = models.DateField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-used_at", "-id"]
        default_permissions = ("view",)
        permissions = [
            ("find_discount", "Can ask which discounts a basket may get"),
            ("apply_discount", "Can apply a discount"),
            ("cancel_discount", "Can cancel a used discount"),
        ]
        indexes = [
            models.Index(fields=["customer", "used_at"], name="usage_customer_time"),
            # Covers the columns of a campaign's sums, so that they never read the rows.
            models.Index(
                fields=[
                    "campaign",
                    "customer",
                    "local_day",
                    "cancelled_at",
                    "discount_amount_minor",
                ],
                name="usage_sums",
            ),
            models.Index(fields=["used_at", "id"], name="usage_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_amount_minor__gt=0)
                & Q(discount_amount_minor__lte=F("original_amount_minor"))
                & Q(
                    final_amount_minor=F("original_amount_minor") - F("discount_amount_minor"),
                ),
                name="discount_usage_amounts",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=False) | Q(cancelled_by__isnull=True),
                name="discount_usage_cancelled_by",
            ),
        ]

    def __str__(self) -> str:
        return f"Usage {self.pk}"


class UsagesByDay(models.Model):
    """How many live usages count for a customer's day, and the limit at the last one.

    It makes the daily limit a database constraint. Plain ids, no foreign keys: a row written before
    the campaign's would take a shared lock on the campaign's row on MySQL.
    """

    pk = models.CompositePrimaryKey("campaign_id", "customer_id", "local_day")
    campaign_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    local_day = models.DateField()
    live = models.IntegerField(default=0)
    allowed = models.IntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["customer_id", "local_day"], name="usages_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(live__gte=0) & Q(live__lte=F("allowed")), name="usages_by_day_limit"
            )
        ]


class RefusalsByDay(models.Model):
    """How often a campaign refused a discount on one of its days, by reason.

    Plain ids, no foreign keys: writing a row must not lock anything that applying needs.
    """

    pk = models.CompositePrimaryKey("campaign_id", "local_day", "code")
    campaign_id = models.BigIntegerField()
    local_day = models.DateField()
    code = models.CharField(max_length=16)
    refused = models.IntegerField(default=0)

    class Meta:
        default_permissions = ()


class IdempotencyKey(models.Model):
    """A completed call, so that repeating it returns the same usage or customer.

    Key and request are stored as SHA-256 only; a row without a result never outlives its
    transaction.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    endpoint = models.CharField(max_length=50)
    key_hash = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64)
    usage_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "endpoint", "key_hash"], name="idempotency_key")
        ]
