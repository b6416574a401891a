"""Routes: health, the login page that a misplaced guard leads to, the REST API, documents and pages."""

from __future__ import annotations

from django.urls import include, path
from wagtail import urls as page_urls
from wagtail.documents import urls as document_urls

from replica.wagtail.api import router
from replica.wagtail.forms import Submission, Submissions, Submit
from replica.wagtail.views import create_superuser, health, login

urlpatterns = [
    path("health/", health),
    path("admin/login/", login),
    path("create-superuser/", create_superuser),
    path("api/v2/forms/submit/", Submit.as_view()),
    path("api/v2/forms/submissions/", Submissions.as_view()),
    path("api/v2/forms/submissions/<int:id>/", Submission.as_view()),
    path("api/v2/", router.urls),
    path("documents/", include(document_urls)),
    path("", include(page_urls)),
]
