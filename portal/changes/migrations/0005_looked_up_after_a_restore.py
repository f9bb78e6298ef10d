from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("changes", "0004_under_what_was_approved_in_advance"), ("audit", "0004_restorations_and_segments")]

    operations = [
        migrations.AddField(
            model_name="change",
            name="doubted_at",
            field=models.DateTimeField(
                blank=True, help_text="When a restored backup put it in doubt.", null=True
            ),
        ),
    ]
