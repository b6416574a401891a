"""The tables of the contact form."""

import django.db.models.deletion
import modelcluster.fields
import wagtail.contrib.forms.models
from django.conf import settings
from django.db import migrations, models
from wagtail.contrib.forms.models import FORM_FIELD_CHOICES

_PAGE = models.OneToOneField(
    auto_created=True,
    on_delete=django.db.models.deletion.CASCADE,
    parent_link=True,
    primary_key=True,
    serialize=False,
    to=settings.WAGTAIL_PAGE_MODEL,
)


class Migration(migrations.Migration):
    """ContactPage, and the fields of its form."""

    dependencies = (("cms", "0001_initial"),)
    operations = (
        migrations.CreateModel(
            name="ContactPage",
            fields=[("page_ptr", _PAGE)],
            options={"abstract": False},
            bases=(wagtail.contrib.forms.models.FormMixin, "wagtailcore.page"),
        ),
        migrations.CreateModel(
            name="ContactField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                ("clean_name", models.CharField(blank=True, default="", max_length=255)),
                ("label", models.CharField(max_length=255)),
                ("field_type", models.CharField(choices=FORM_FIELD_CHOICES, max_length=16)),
                ("required", models.BooleanField(default=True)),
                ("choices", models.TextField(blank=True)),
                ("default_value", models.TextField(blank=True)),
                ("help_text", models.CharField(blank=True, max_length=255)),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="form_fields", to="cms.contactpage"
                    ),
                ),
            ],
            options={"ordering": ["sort_order"], "abstract": False},
        ),
    )
