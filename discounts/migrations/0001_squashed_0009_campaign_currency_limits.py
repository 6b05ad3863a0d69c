"""Customers, discount campaigns, what was used of them and what was refused."""

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.personal_data.fields


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("discounts", "0001_initial"),
        ("discounts", "0003_refusals_by_day"),
        ("discounts", "0004_usage_sums_index"),
        ("discounts", "0005_usage_applied_by"),
        ("discounts", "0006_idempotent_customers"),
        ("discounts", "0008_campaign_currency"),
        ("discounts", "0009_campaign_currency_limits"),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RefusalsByDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign_id",
                        "local_day",
                        "code",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("campaign_id", models.BigIntegerField()),
                ("local_day", models.DateField()),
                ("code", models.CharField(max_length=16)),
                ("refused", models.IntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "email",
                    foundation.personal_data.fields.SafeEncryptedCharField(
                        max_length=254, null=True
                    ),
                ),
                (
                    "email_hash",
                    models.CharField(editable=False, max_length=64, null=True, unique=True),
                ),
                (
                    "name",
                    foundation.personal_data.fields.SafeEncryptedCharField(
                        max_length=100, null=True
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("email__isnull", False),
                                ("email_hash__isnull", False),
                                ("erased_at__isnull", True),
                                ("name__isnull", False),
                            ),
                            models.Q(
                                ("email__isnull", True),
                                ("email_hash__isnull", True),
                                ("erased_at__isnull", False),
                                ("name__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="customer_erased_is_empty",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DiscountCampaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, max_length=5000)),
                (
                    "discount_type",
                    models.CharField(
                        choices=[("cart", "cart"), ("delivery", "delivery")], max_length=8
                    ),
                ),
                ("discount_percentage_hundredths", models.IntegerField(blank=True, null=True)),
                ("discount_flat_minor", models.BigIntegerField(blank=True, null=True)),
                ("max_discount_amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("min_cart_value_minor", models.BigIntegerField(default=0)),
                ("start_date", models.DateTimeField()),
                ("end_date", models.DateTimeField()),
                ("timezone", models.CharField(max_length=64)),
                ("total_budget_minor", models.BigIntegerField()),
                ("used_budget_minor", models.BigIntegerField(default=0, editable=False)),
                ("currency", models.CharField(db_default="INR", editable=False, max_length=3)),
                ("currency_digits", models.IntegerField(db_default=2, editable=False)),
                ("max_usage_per_customer_per_day", models.IntegerField(default=1)),
                ("is_targeted", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "active"), ("inactive", "inactive")],
                        default="active",
                        max_length=8,
                    ),
                ),
                (
                    "inactive_reason",
                    models.CharField(
                        choices=[
                            ("manual", "manual"),
                            ("budget_exhausted", "budget_exhausted"),
                            ("expired", "expired"),
                        ],
                        editable=False,
                        max_length=16,
                        null=True,
                    ),
                ),
                ("version", models.IntegerField(default=0, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "discount campaign",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["status", "end_date"], name="discount_status_end")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("end_date__gt", models.F("start_date"))),
                        name="discount_campaign_dates",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount_type__in", ["cart", "delivery"])),
                        name="discount_campaign_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("discount_flat_minor__isnull", True),
                                ("discount_percentage_hundredths__gt", 0),
                                ("discount_percentage_hundredths__isnull", False),
                                ("discount_percentage_hundredths__lte", 10000),
                            ),
                            models.Q(
                                ("discount_flat_minor__gt", 0),
                                ("discount_flat_minor__isnull", False),
                                ("discount_percentage_hundredths__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="discount_campaign_one_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_discount_amount_minor__isnull", True),
                            ("max_discount_amount_minor__gt", 0),
                            _connector="OR",
                        ),
                        name="discount_campaign_cap",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("min_cart_value_minor__gte", 0)),
                        name="discount_campaign_min_cart",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("currency", ""), _negated=True),
                            ("currency_digits__gte", 0),
                            ("currency_digits__lte", 4),
                        ),
                        name="discount_campaign_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("total_budget_minor__lte", 9007199254740991),
                            ("min_cart_value_minor__lte", 9007199254740991),
                            models.Q(
                                ("discount_flat_minor__isnull", True),
                                ("discount_flat_minor__lte", 9007199254740991),
                                _connector="OR",
                            ),
                            models.Q(
                                ("max_discount_amount_minor__isnull", True),
                                ("max_discount_amount_minor__lte", 9007199254740991),
                                _connector="OR",
                            ),
                        ),
                        name="discount_campaign_largest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_usage_per_customer_per_day__gte", 1)),
                        name="discount_campaign_daily_limit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("total_budget_minor__gt", 0),
                            ("used_budget_minor__gte", 0),
                            ("used_budget_minor__lte", models.F("total_budget_minor")),
                        ),
                        name="discount_campaign_budget",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("archived_at__isnull", True),
                                ("inactive_reason__isnull", True),
                                ("status", "active"),
                                ("used_budget_minor__lt", models.F("total_budget_minor")),
                            ),
                            models.Q(
                                ("inactive_reason__in", ["manual", "expired"]),
                                ("inactive_reason__isnull", False),
                                ("status", "inactive"),
                            ),
                            models.Q(
                                ("inactive_reason", "budget_exhausted"),
                                ("inactive_reason__isnull", False),
                                ("status", "inactive"),
                                ("used_budget_minor", models.F("total_budget_minor")),
                            ),
                            _connector="OR",
                        ),
                        name="discount_campaign_status_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CampaignTarget",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign_id",
                        "customer_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="discounts.customer",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="discounts.discountcampaign",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="UsagesByDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "campaign_id",
                        "customer_id",
                        "local_day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("campaign_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField()),
                ("local_day", models.DateField()),
                ("live", models.IntegerField(default=0)),
                ("allowed", models.IntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["customer_id", "local_day"], name="usages_by_day")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("live__gte", 0), ("live__lte", models.F("allowed"))),
                        name="usages_by_day_limit",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DiscountUsage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "discount_type",
                    models.CharField(
                        choices=[("cart", "cart"), ("delivery", "delivery")], max_length=8
                    ),
                ),
                ("original_amount_minor", models.BigIntegerField()),
                ("discount_amount_minor", models.BigIntegerField()),
                ("final_amount_minor", models.BigIntegerField()),
                ("used_at", models.DateTimeField()),
                ("local_day", models.DateField()),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "applied_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="usages",
                        to="discounts.discountcampaign",
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="usages",
                        to="discounts.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-used_at", "-id"],
                "permissions": [
                    ("find_discount", "Can ask which discounts a basket may get"),
                    ("apply_discount", "Can apply a discount"),
                    ("cancel_discount", "Can cancel a used discount"),
                ],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["customer", "used_at"], name="usage_customer_time"),
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
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_amount_minor__gt", 0),
                            ("discount_amount_minor__lte", models.F("original_amount_minor")),
                            (
                                "final_amount_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("original_amount_minor"),
                                    "-",
                                    models.F("discount_amount_minor"),
                                ),
                            ),
                        ),
                        name="discount_usage_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_at__isnull", False),
                            ("cancelled_by__isnull", True),
                            _connector="OR",
                        ),
                        name="discount_usage_cancelled_by",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("endpoint", models.CharField(max_length=50)),
                ("key_hash", models.CharField(max_length=64)),
                ("request_hash", models.CharField(max_length=64)),
                ("usage_id", models.BigIntegerField(null=True)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_index=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "endpoint", "key_hash"), name="idempotency_key"
                    )
                ],
            },
        ),
    ]
