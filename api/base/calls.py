"""Strict checking of query parameters, shared by all calls of the API."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT
from rest_framework.views import APIView

from api.base.views import PAGE_PARAMETERS
from foundation.errors import InvalidInput
from foundation.parsing import unknown_fields


class StrictCall(APIView):
    """A view mixin: an unknown parameter is an error, since it may be a typo.

    A view lists its parameters in `query_parameters`, by action or, without actions, by method;
    filters and pagination of lists are known. OPTIONS answers the header Allow.
    """

    query_parameters: dict[str, tuple[str, ...]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_known(request.query_params, known=self._known_parameters())

    def options(  # type: ignore[override]  # as the framework's own
        self, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        return Response(status=HTTP_204_NO_CONTENT)

    def _known_parameters(self) -> list[str]:
        action = action_of(self)
        known = list(self.query_parameters.get(action, ()))
        if action == "list":
            known += getattr(getattr(self, "filterset_class", None), "base_filters", ())
            known += PAGE_PARAMETERS if getattr(self, "pagination_class", None) else ()
        return known


def action_of(view: APIView) -> str:
    """The view's action, or the method if it has no actions."""
    method = "GET" if view.request.method == "HEAD" else view.request.method
    action: str = getattr(view, "action", None) or method or ""
    return action


def require_known(given: QueryDict, *, known: Sequence[str]) -> None:
    """Raises InvalidInput for parameters that are unknown or given twice."""
    errors = unknown_fields(given, known=known, thing="parameter")
    errors |= {name: ["Give it once."] for name in known if len(given.getlist(name)) > 1}
    if errors:
        raise InvalidInput.fields(errors)
