"""The API's schema and the two pages that show it, from this server's own files."""

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import (
    SpectacularJSONAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

# Importing it registers our authentication with the generator.
import api.base.schema  # noqa: F401


@method_decorator(cache_control(public=True, max_age=300), name="dispatch")
@extend_schema(exclude=True)
class Schema(SpectacularJSONAPIView):
    """OpenAPI 3 as JSON."""


class SwaggerPage(SpectacularSwaggerSplitView):
    template_name = "api/docs/swagger.html"


# ReDoc inserts its styles at run time: they need the page's nonce.
@method_decorator(csp_update({"style-src": [SELF, NONCE]}), name="dispatch")
class RedocPage(SpectacularRedocView):
    template_name = "api/docs/redoc.html"
