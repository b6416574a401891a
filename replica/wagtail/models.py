"""The page types."""

from __future__ import annotations

from django.db import models
from wagtail.api import APIField
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
