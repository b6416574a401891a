"""The tables of leads, contacts and activities."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

STATUSES = [("new", "New"), ("contacted", "Contacted"), ("qualified", "Qualified"), ("won", "Won"), ("lost", "Lost")]
KINDS = [("call", "Call"), ("email", "Email"), ("meeting", "Meeting"), ("note", "Note")]
OPTIONS = {"ordering": ("-created_at", "id"), "abstract": False}


def _owned() -> list[tuple[str, models.Field]]:
    return [
        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
        ("tenant_id", models.CharField(db_index=True, max_length=64)),
        ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
    ]


def _person() -> list[tuple[str, models.Field]]:
    return [
        ("name", models.CharField(max_length=200)),
        ("email", models.EmailField(max_length=254)),
        ("phone", models.CharField(blank=True, max_length=40)),
        ("company", models.CharField(blank=True, max_length=200)),
    ]


class Migration(migrations.Migration):
    """Three kinds of record, each of one tenant."""

    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(name="Contact", fields=[*_owned(), *_person()], options=OPTIONS),
        migrations.CreateModel(
            name="Lead",
            fields=[
                *_owned(),
                *_person(),
                ("company_size", models.PositiveIntegerField(default=0)),
                ("budget", models.PositiveIntegerField(default=0)),
                ("services", models.JSONField(blank=True, default=list)),
                ("website", models.URLField(blank=True)),
                ("message", models.TextField(blank=True)),
                ("status", models.CharField(choices=STATUSES, default="new", max_length=20)),
                ("score", models.PositiveSmallIntegerField(default=0, editable=False)),
            ],
            options=OPTIONS,
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                *_owned(),
                ("kind", models.CharField(choices=KINDS, default="note", max_length=20)),
                ("text", models.TextField()),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="activities", to="crm.lead"
                    ),
                ),
            ],
            options=OPTIONS,
        ),
    )
