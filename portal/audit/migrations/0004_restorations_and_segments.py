import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.audit import triggers


def let_segments_begin(apps, schema_editor):
    """The one exception after a restore: triggers installed before this version are put in anew."""
    triggers.lift(schema_editor.connection)
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_actor_index"),
        ("tenants", "0001_people_and_tenants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Restoration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "noticed_at",
                    models.DateTimeField(
                        help_text="Database time; what was drafted before is looked up before it is sent."
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("reason", models.TextField(max_length=2000)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "restoration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="audit.restoration",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("restoration", "tenant"), name="audit_confirmation_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="audit_confirmation_says_why"
                    ),
                ],
            },
        ),
        migrations.RunPython(let_segments_begin, migrations.RunPython.noop),
    ]
