"""The page types."""

from __future__ import annotations

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.api import APIField
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index


class HomePage(Page):
    """The front page of a tenant's site."""

    body = RichTextField(blank=True)

    template = "page.html"
    search_fields = (*Page.search_fields, index.SearchField("body"))
    api_fields = (APIField("body"),)


class StandardPage(Page):
    """A page such as About, or one that describes a service."""

    body = RichTextField(blank=True)

    template = "page.html"
    search_fields = (*Page.search_fields, index.SearchField("body"))
    api_fields = (APIField("body"),)


class BlogPage(Page):
    """A blog post."""

    date = models.DateField()
    intro = models.CharField(max_length=250)
    body = RichTextField(blank=True)

    template = "page.html"
    search_fields = (*Page.search_fields, index.SearchField("intro"), index.SearchField("body"))
    api_fields = (APIField("date"), APIField("intro"), APIField("body"))


class ContactPage(AbstractForm):  # type: ignore[misc]
    """A page with a form; what is sent is kept as Wagtail's own form submissions."""

    template = "page.html"


class ContactField(AbstractFormField):  # type: ignore[misc]
    """One field of the form of a contact page."""

    page = ParentalKey(ContactPage, on_delete=models.CASCADE, related_name="form_fields")
