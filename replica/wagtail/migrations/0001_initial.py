"""The tables of the page types."""

import django.db.models.deletion
import wagtail.fields
from django.conf import settings
from django.db import migrations, models


def _page() -> models.OneToOneField:
    return models.OneToOneField(
        auto_created=True,
        on_delete=django.db.models.deletion.CASCADE,
        parent_link=True,
        primary_key=True,
        serialize=False,
        to=settings.WAGTAIL_PAGE_MODEL,
    )


class Migration(migrations.Migration):
    """HomePage, StandardPage and BlogPage, each a kind of Wagtail page."""

    initial = True
    dependencies = (("wagtailcore", "0098_apitoken"),)
    operations = (
        migrations.CreateModel(
            name="HomePage",
            fields=[("page_ptr", _page()), ("body", wagtail.fields.RichTextField(blank=True))],
            options={"abstract": False},
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="StandardPage",
            fields=[("page_ptr", _page()), ("body", wagtail.fields.RichTextField(blank=True))],
            options={"abstract": False},
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="BlogPage",
            fields=[
                ("page_ptr", _page()),
                ("date", models.DateField()),
                ("intro", models.CharField(max_length=250)),
                ("body", wagtail.fields.RichTextField(blank=True)),
            ],
            options={"abstract": False},
            bases=("wagtailcore.page",),
        ),
    )
