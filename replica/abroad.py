"""Django in another language and time zone, while the trap is on."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from replica import clock, switch

Answer = Callable[[HttpRequest], HttpResponse]


def abroad(get_response: Answer) -> Answer:
    """Answers in German and at the times of India, or as Django's settings say."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not switch.is_on("other-locale"):
            return get_response(request)
        with translation.override("de"), timezone.override(clock.INDIA):
            return get_response(request)

    return answer
