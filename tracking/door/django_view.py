"""The pixel as a Django view, for reversing and tests; the server calls the WSGI application
directly.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tracking.door.pixel import pixel as the_pixel


@csrf_exempt
def pixel(request: HttpRequest, name: str) -> HttpResponse:
    status, headers, body = the_pixel().answer(request.META)
    return HttpResponse(body, status=int(status[:3]), headers=dict(headers))
