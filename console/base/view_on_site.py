"""The admin's addresses that lead to an object's own page."""

from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase


def view_on_site(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponseBase:
    """As Django's, which fails for an invalid uuid or a number too large for the database."""
    try:
        return shortcut(request, content_type_id, object_id)
    except (ValidationError, OverflowError):
        raise Http404 from None
