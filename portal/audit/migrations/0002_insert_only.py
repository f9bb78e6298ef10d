from django.db import migrations

from portal.audit import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def lift(apps, schema_editor):
    triggers.lift(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_entries_and_chains")]

    operations = [migrations.RunPython(install, lift)]
