"""What every view of the API shares: reading bodies, permissions, pages and list filters."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from django.conf import settings
from django.http import QueryDict
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import BasePagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.status import HTTP_204_NO_CONTENT
from rest_framework.utils.encoders import JSONEncoder

from foundation.errors import InvalidInput, TooLarge
from foundation.parsing import BadValue, read_number, unknown_fields

# --- Bodies ---------------------------------------------------------------------------------


class StrictJSONParser(BaseParser):
    """Reads a body of UTF-8 JSON: no NaN, no Infinity, at most DATA_UPLOAD_MAX_MEMORY_SIZE.

    A number with a point or an exponent is a Decimal, so that none of its digits is lost.
    """

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(largest + 1)
        if len(body) > largest:
            raise TooLarge(f"The body is larger than {largest // 2**20} MB: send less at once.")
        try:
            return json.loads(
                body.decode(), parse_constant=_refuse_constant, parse_float=_read_number
            )
        except (ValueError, RecursionError):
            raise InvalidInput(
                "The body is not valid JSON (in UTF-8).", code="parse_error"
            ) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _read_number(text: str) -> Decimal | float:
    try:
        return Decimal(text)
    except InvalidOperation:
        # An exponent of twenty digits: infinite or nothing.
        return float(text)


class ExactJSONEncoder(JSONEncoder):
    """Writes a Decimal as a number with all its digits; a float would lose some from 2**53 on."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A mark that nothing else in the answer can hold, so that no text is taken for a number.
        self._mark = secrets.token_hex(16)

    def default(self, obj):
        return f"{self._mark}{obj:f}" if isinstance(obj, Decimal) else super().default(obj)

    def encode(self, o):
        return re.sub(rf'"{self._mark}(-?[0-9.]+)"', r"\1", super().encode(o))


class ExactJSONRenderer(JSONRenderer):
    encoder_class = ExactJSONEncoder


def read_body(serializer: Serializer) -> dict:
    """The validated fields of a body; an unknown field is an error, for it may be a slip."""
    require_object(serializer.initial_data)
    errors = {} if serializer.is_valid() else dict(serializer.errors)
    echoed = {name for name, field in serializer.fields.items() if field.read_only}
    known = serializer.fields.keys() - echoed
    errors |= unknown_fields(serializer.initial_data, known=known, passed_over=echoed)
    if errors:
        raise ValidationError(errors)
    return serializer.validated_data


def require_object(body: object) -> None:
    """Raises InvalidInput for a body that is a list, a text, a number or null."""
    if not isinstance(body, Mapping):
        raise InvalidInput("Send a JSON object with the fields of this call.")


class WhateverIsAccepted(BaseContentNegotiation):
    """For views that answer CSV: who asks for that is not refused, and errors are JSON."""

    def select_parser(self, request, parsers):
        return next((p for p in parsers if request.content_type.startswith(p.media_type)), None)

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


# --- Calls ----------------------------------------------------------------------------------


class StrictCall:
    """Mixed into a view: a parameter that it does not know is an error, for it may be a slip.

    A view names its parameters in `query_parameters`, by action or, where it has none, by
    method; filters and pages of lists are known. OPTIONS answers the header Allow.
    """

    query_parameters: dict[str, tuple[str, ...]] = {}

    def initial(self, request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        require_known(request.query_params, known=self._known_parameters())

    def options(self, request, *args, **kwargs) -> Response:
        return Response(status=HTTP_204_NO_CONTENT)

    def _known_parameters(self) -> list[str]:
        method = "GET" if self.request.method == "HEAD" else self.request.method
        action = getattr(self, "action", None) or method
        known = list(self.query_parameters.get(action, ()))
        if action == "list":
            known += getattr(getattr(self, "filterset_class", None), "base_filters", ())
            known += PAGE_PARAMETERS if self.pagination_class else ()
        return known


def require_known(given: QueryDict, *, known: Sequence[str]) -> None:
    """Raises InvalidInput for parameters that are unknown or come twice."""
    errors = unknown_fields(given, known=known, thing="parameter")
    errors |= {name: ["Give it once."] for name in known if len(given.getlist(name)) > 1}
    if errors:
        raise InvalidInput.fields(errors)


# --- Permissions ----------------------------------------------------------------------------


class ModelPermissions(BasePermission):
    """Asks for the model's Django permission, for reading too, or for those the view names.

    A view names them in `action_permissions`, by action or, where it has none, by method.
    """

    VERBS = {
        "GET": "view",
        "POST": "add",
        "PUT": "change",
        "PATCH": "change",
        "DELETE": "delete",
    }

    def has_permission(self, request, view) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.method == "OPTIONS":
            return True
        method = "GET" if request.method == "HEAD" else request.method
        if method not in self.VERBS or method not in view.allowed_methods:
            raise MethodNotAllowed(request.method)
        return request.user.has_perms(self.required(method, view))

    def required(self, method: str, view) -> list[str]:
        """The permissions a call needs; every view must have a queryset or name them."""
        named = getattr(view, "action_permissions", {})
        action = getattr(view, "action", None) or method
        if action in named:
            return named[action]
        model = view.queryset.model._meta
        return [f"{model.app_label}.{self.VERBS[method]}_{model.model_name}"]


# --- Lists ----------------------------------------------------------------------------------


# Digits and uuids: Python reads "1_0", "+10" and full-width digits as 10 too.
PLAIN_ID = re.compile(r"[0-9A-Fa-f-]+")


class ListFilters(DjangoFilterBackend):
    """Filters lists only: a query must not hide a row that was asked for by its id."""

    def filter_queryset(self, request, queryset, view):
        if view.action != "list":
            return queryset if PLAIN_ID.fullmatch(view.kwargs["pk"]) else queryset.none()
        return super().filter_queryset(request, queryset, view)


PAGE_PARAMETERS = ("skip", "limit")
DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
LARGEST_SKIP = 10**9
LIMIT_PARAMETER = {
    "name": "limit",
    "in": "query",
    "description": "How many to answer at most.",
    "schema": {
        "type": "integer",
        "minimum": 1,
        "maximum": LARGEST_LIMIT,
        "default": DEFAULT_LIMIT,
    },
}
SKIP_PARAMETER = {
    "name": "skip",
    "in": "query",
    "description": "How many to pass over first.",
    "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST_SKIP, "default": 0},
}


def read_limit(request) -> int:
    return _query_number(request, "limit", DEFAULT_LIMIT, smallest=1, largest=LARGEST_LIMIT)


def _query_number(request, name: str, default: int, *, smallest: int, largest: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    try:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text
        return read_number(number, smallest=smallest, largest=largest)
    except BadValue:
        sentence = f"Give a whole number between {smallest} and {largest}."
        raise ValidationError({name: [sentence]}) from None


class SkipLimitPagination(BasePagination):
    """A bare list of `limit` rows after the first `skip`; X-Total-Count says how many there are."""

    def paginate_queryset(self, queryset, request, view=None):
        skip = _query_number(request, "skip", 0, smallest=0, largest=LARGEST_SKIP)
        limit = read_limit(request)
        self.total = queryset.count()
        return list(queryset[skip : skip + limit])

    def get_paginated_response(self, data):
        return Response(data, headers={"X-Total-Count": str(self.total)})

    def get_paginated_response_schema(self, schema):
        return schema

    def get_schema_operation_parameters(self, view):
        return [SKIP_PARAMETER, LIMIT_PARAMETER]
