"""What the pixel benchmark compares with: a plain Django view that inserts a row for each load.

A WSGI application of its own, with the middleware that a new Django project comes with.
"""

import uuid

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

django.setup()
settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

from tracking.door.pixel import GIF, IMAGE_HEADERS  # noqa: E402
from tracking.models import Open  # noqa: E402


def pixel(request, pixel_id):
    now = timezone.now()
    Open.objects.create(
        event_id=uuid.uuid4(),
        contact_id=pixel_id,
        pixel_id=pixel_id,
        group_id=1,
        opened_at=now,
        bucket=int(now.timestamp()) // 10,
        kind=2,
        rule=701,
        user_agent_id=1,
    )
    return HttpResponse(GIF, headers=dict(IMAGE_HEADERS))


urlpatterns = [path("pixel/<uuid:pixel_id>.gif", pixel)]
application = WSGIHandler()
