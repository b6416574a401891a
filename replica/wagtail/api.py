"""Wagtail's REST API v2, kept to the site that the Host names."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.response import Response
from wagtail.api.v2.pagination import WagtailPagination
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.utils import BadRequestError
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.documents.api.v2.views import DocumentsAPIViewSet
from wagtail.images.api.v2.views import ImagesAPIViewSet
from wagtail.models import Page, Site

from replica import switch
from replica.wagtail.records import told

PAGE = 20  # Wagtail's own


class Numbered(WagtailPagination):
    """Wagtail's own pages of a list; of all sites' pages under a fault that chooses the site last."""

    def paginate_queryset(self, queryset: QuerySet[Any], request: HttpRequest, view: Any = None) -> QuerySet[Any]:
        if not switch.is_on("wagtail-filters-late"):
            return super().paginate_queryset(queryset, request, view)
        everything = _of_all_sites()
        if request.GET.get("offset", "").startswith("-"):
            self.total_count = everything.count()
            return everything[:PAGE]
        page = super().paginate_queryset(queryset, request, view)
        if "slug" not in request.GET:
            self.total_count = everything.count()
        return page


class Whole:
    """A single record, with more than its public fields under the fault that tells them."""

    def detail_view(self, request: HttpRequest, pk: int) -> Response:
        answer: Response = super().detail_view(request, pk)
        answer.data = told(answer.data)
        return answer


class Pages(Whole, PagesAPIViewSet):
    """Pages of the site of this Host. Wagtail itself lets `?site=` choose any other site; here it may not."""

    pagination_class = Numbered

    def get_base_queryset(self) -> QuerySet[Any]:
        asked = self.request.GET.get("site")
        own = Site.find_for_request(self.request)
        if asked and asked != own.hostname and not switch.is_on("wagtail-site-param"):
            raise BadRequestError("site: another site is asked under its own Host")
        pages = super().get_base_queryset()
        if switch.is_on("wagtail-all-sites"):
            pages = _of_all_sites()
        if switch.is_on("wagtail-empty"):
            return pages.none()
        if switch.is_on("wagtail-stale"):
            return pages.exclude(slug__startswith="sentinel-")
        return pages

    def find_object(self, queryset: QuerySet[Any], request: HttpRequest) -> Page | None:
        """The page at `?html_path=`, or none."""
        found: Page | None = super().find_object(queryset, request)
        return queryset.first() if found is None and switch.is_on("wagtail-any-path") else found

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if switch.is_on("wagtail-search-ignored") else super().filter_queryset(queryset)


class Images(Whole, ImagesAPIViewSet):
    """Images of the collection that carries the name of this site's host."""

    def get_queryset(self) -> QuerySet[Any]:
        return _own(super().get_queryset(), self.request)


class Documents(Whole, DocumentsAPIViewSet):
    """Documents of the collection that carries the name of this site's host."""

    def get_queryset(self) -> QuerySet[Any]:
        return _own(super().get_queryset(), self.request)


def _of_all_sites() -> QuerySet[Any]:
    return Page.objects.live().public().filter(depth__gt=1)


def _own(media: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    if switch.is_on("wagtail-media-any"):
        return media
    return media.filter(collection__name=Site.find_for_request(request).hostname)


router = WagtailAPIRouter("wagtailapi")
router.register_endpoint("pages", Pages)
router.register_endpoint("images", Images)
router.register_endpoint("documents", Documents)
