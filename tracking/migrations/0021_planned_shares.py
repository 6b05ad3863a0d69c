from collections import defaultdict
from fractions import Fraction

from django.db import migrations, models
from django.db.models import Q


def fill(apps, schema_editor):
    """Keep the plan of campaigns whose slots are fixed, from their groups as they are.

    A group that is archived counts if it has contacts.
    """
    names = (("tracking", "CampaignSlots"), ("campaigns", "Group"))
    fixed, group = (apps.get_model(*name).objects for name in names)
    counted = apps.get_model("tracking", "ContactsByDueMinute").objects.order_by()
    taken = counted.filter(Q(contacts__gt=0) | Q(removed__gt=0))
    taking = Q(archived_at__isnull=True) | Q(id__in=taken.values("group_id"))
    campaigns = list(fixed.values_list("campaign_id", flat=True))
    for start in range(0, len(campaigns), 500):
        some = campaigns[start : start + 500]
        shares = defaultdict(dict)
        rows = group.filter(taking, campaign_id__in=some).order_by("campaign_id", "number")
        for campaign_id, group_id, share in rows.values_list("campaign_id", "id", "planned_share"):
            shares[campaign_id][group_id] = share
        for campaign_id, planned in shares.items():
            fixed.filter(campaign_id=campaign_id).update(planned=percentages(planned))


def percentages(shares):
    """Of all contacts; groups without a share divide the rest of 100 evenly."""
    given = sum(Fraction(share) for share in shares.values() if share is not None)
    without = sum(share is None for share in shares.values())
    left = max(Fraction(0), 100 - given) / without if without else Fraction(0)
    parts = {key: left if share is None else Fraction(share) for key, share in shares.items()}
    return {str(key): float(100 * part / sum(parts.values())) for key, part in parts.items()}


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0017_goal_and_winner"),
        ("tracking", "0020_contact_opens_by_kind"),
    ]

    operations = [
        migrations.AddField("CampaignSlots", "planned", models.JSONField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
