from django.db import migrations

import foundation.personal_data.fields


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0010_contactimport_forgotten_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactimport",
            name="headers",
            field=foundation.personal_data.fields.SafeEncryptedTextField(null=True),
        ),
        migrations.AddField(
            model_name="rejectedrow",
            name="cells",
            field=foundation.personal_data.fields.SafeEncryptedTextField(null=True),
        ),
    ]
