"""Every route of PixelTrack."""

from django.contrib import admin
from django.urls import path

from pixeltrack.metrics_view import metrics
from tracking import views as tracking_views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("metrics", metrics, name="metrics"),
    path("pixel/<path:name>", tracking_views.pixel, name="pixel"),
]
