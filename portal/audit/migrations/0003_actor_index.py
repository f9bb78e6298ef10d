from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_insert_only")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["chain", "actor_name", "-seq"], name="audit_entry_by_actor"),
        ),
    ]
