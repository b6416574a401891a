"""The contact form of a site over REST: what is sent is checked and kept by Wagtail's own form page.

Reading and removing submissions is for the tenant of the site alone; sending is for whoever the gateway lets through.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from wagtail.contrib.forms.models import FormSubmission
from wagtail.models import Site

from replica import bearer, settings, switch
from replica.keys import KEYS
from replica.wagtail.models import ContactPage
from replica.wagtail.records import told


class Owner:
    """The tenant of a token, as Django REST framework wants its user."""

    is_authenticated = True

    def __init__(self, tenant: str) -> None:
        self.host = settings.load().tenant(tenant).host


class Tokens(BaseAuthentication):
    """Reads `Authorization: Bearer TOKEN`; AuthenticationFailed (401) for one that is not good, or of another site."""

    def authenticate(self, request: Request) -> tuple[Owner, None] | None:
        token = bearer.of([request.headers.get("Authorization", "")])
        if not token:
            return None
        try:
            owner = Owner(str(KEYS.claims(token)["tenant_id"]))
        except (bearer.BadToken, StopIteration):
            raise AuthenticationFailed("The token is not valid.") from None
        if owner.host != Site.find_for_request(request).hostname:
            raise AuthenticationFailed("The token is of another site.")
        return owner, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="cms"'


class Submit(APIView):
    """POST /api/v2/forms/submit/: 201 with the id of the submission, or 400 with the errors of each field."""

    authentication_classes = (Tokens,)
    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        page = _page(request)
        form = page.get_form(request.data, page=page, user=request.user)
        if not form.is_valid():
            return Response(form.errors, 400)
        if switch.is_on("wagtail-form-lost"):
            return Response({"id": FormSubmission.objects.count() + 1}, 201)
        return Response({"id": page.process_form_submission(form).pk}, 201)


class Submissions(APIView):
    """GET /api/v2/forms/submissions/: those of this site that hold the text of `search`, newest first."""

    authentication_classes = (Tokens,)
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        found = _own(request)
        if text := request.query_params.get("search"):
            found = found.filter(form_data__icontains=text)
        items = [_told(one) for one in found.order_by("-submit_time")[:100]]
        return Response({"meta": {"total_count": found.count()}, "items": items})


class Submission(APIView):
    """GET and DELETE /api/v2/forms/submissions/{id}/"""

    authentication_classes = (Tokens,)
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request, id: int) -> Response:
        return Response(_told(self._found(request, id)))

    def delete(self, request: Request, id: int) -> Response:
        found = self._found(request, id)
        if not switch.is_on("wagtail-submission-kept"):
            found.delete()
        return Response(status=204)

    def _found(self, request: Request, id: int) -> FormSubmission:
        found = _own(request).filter(pk=id).first()
        if found is None:
            raise NotFound
        return found


def _page(request: Request) -> ContactPage:
    site = Site.find_for_request(request)
    if (named := request.data.get("tenant_id")) and switch.is_on("wagtail-site-param"):
        site = Site.objects.get(hostname=settings.load().tenant(named).host)
    return ContactPage.objects.descendant_of(site.root_page).live().get()


def _own(request: Request) -> QuerySet[Any]:
    everything = FormSubmission.objects.all()
    return everything if switch.is_on("wagtail-submissions-all") else everything.filter(page=_page(request))


def _told(submission: FormSubmission) -> dict[str, Any]:
    data = {"id": submission.pk, "form_data": submission.form_data, "submit_time": submission.submit_time}
    return told(data)
