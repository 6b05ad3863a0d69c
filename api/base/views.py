"""What every view of the API shares: reading bodies, permissions, pages and list filters.

The framework loads it before its own views: what builds on those is in `api.base.calls`.
"""

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypedDict, cast

from django.conf import settings
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import BasePagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.utils.encoders import JSONEncoder

from api.base.bearer import caller
from foundation.errors import InvalidInput, TooLarge
from foundation.parsing import BadValue, read_number, unknown_fields

if TYPE_CHECKING:
    from rest_framework.views import APIView
    from rest_framework.viewsets import GenericViewSet

# --- Bodies ---------------------------------------------------------------------------------


class StrictJSONParser(BaseParser):
    """Parses a body of UTF-8 JSON: no NaN, no Infinity, at most DATA_UPLOAD_MAX_MEMORY_SIZE.

    A number with a point or an exponent becomes a Decimal, so that no digit is lost.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
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
        # An exponent of twenty digits is infinity or zero.
        return float(text)


MARK_BYTES = 16
MARKED = re.compile(rf'"([0-9a-f]{{{2 * MARK_BYTES}}})(-?[0-9.]+)"')


class ExactJSONEncoder(JSONEncoder):
    """Writes a Decimal as a number with all its digits; a float loses some from 2**53 on."""

    # A marker that nothing else in the response can contain, so that no text is taken for a
    # number; made with the first Decimal.
    _mark = ""

    def default(self, obj: object) -> Any:
        if not isinstance(obj, Decimal):
            return super().default(obj)
        self._mark = self._mark or secrets.token_hex(MARK_BYTES)
        return f"{self._mark}{obj:f}"

    def encode(self, o: object) -> str:
        text = super().encode(o)
        return MARKED.sub(self._unquoted, text) if self._mark else text

    def _unquoted(self, found: re.Match[str]) -> str:
        return found[2] if found[1] == self._mark else found[0]


class ExactJSONRenderer(JSONRenderer):
    encoder_class = ExactJSONEncoder


def read_body(of_call: BaseSerializer) -> dict[str, Any]:
    """The validated fields of a body; an unknown field is an error, since it may be a typo."""
    # The framework's type of a view's serializer is less specific than ours.
    serializer = cast(Serializer, of_call)
    require_object(serializer.initial_data)
    errors = {} if serializer.is_valid() else dict(serializer.errors)
    echoed = {name for name, field in serializer.fields.items() if field.read_only}
    known = serializer.fields.keys() - echoed
    errors |= unknown_fields(serializer.initial_data, known=known, passed_over=echoed)
    if errors:
        raise ValidationError(errors)
    values: dict[str, Any] = serializer.validated_data
    return values


def require_object(body: object) -> None:
    """Raises InvalidInput for a body that is a list, a text, a number or null."""
    if not isinstance(body, Mapping):
        raise InvalidInput("Send a JSON object with the fields of this call.")


class AcceptsAnyFormat(BaseContentNegotiation):
    """For views that answer CSV: clients that accept only CSV get errors as JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next((p for p in parsers if request.content_type.startswith(p.media_type)), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


# --- Permissions ----------------------------------------------------------------------------


class ModelPermissions(BasePermission):
    """Requires the model's Django permissions, also for reading, or those the view lists.

    A view lists them in `action_permissions`, by action or, without actions, by method.
    """

    VERBS = {
        "GET": "view",
        "POST": "add",
        "PUT": "change",
        "PATCH": "change",
        "DELETE": "delete",
    }

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        if request.method == "OPTIONS":
            return True
        asked = request.method or ""
        method = "GET" if asked == "HEAD" else asked
        if method not in self.VERBS or method not in view.allowed_methods:
            raise MethodNotAllowed(asked)
        return caller(request).has_perms(self.required(method, view))

    def required(self, method: str, view: "APIView") -> list[str]:
        """The permissions a call needs; every view must have a queryset or list them."""
        named: Mapping[str, list[str]] = getattr(view, "action_permissions", {})
        action: str = getattr(view, "action", None) or method
        if action in named:
            return named[action]
        model = cast(QuerySet, getattr(view, "queryset", None)).model._meta
        return [f"{model.app_label}.{self.VERBS[method]}_{model.model_name}"]


# --- Lists ----------------------------------------------------------------------------------


# Digits and uuids: Python reads "1_0", "+10" and full-width digits as 10 too.
PLAIN_ID = re.compile(r"[0-9A-Fa-f-]+")


class ListFilters(DjangoFilterBackend):
    """Filters lists only: a query must not hide a row that is requested by id."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet, view: "GenericViewSet"
    ) -> QuerySet:
        if view.action != "list":
            return queryset if PLAIN_ID.fullmatch(view.kwargs["pk"]) else queryset.none()
        filtered: QuerySet = super().filter_queryset(request, queryset, view)
        return filtered


PageParameter = TypedDict(
    "PageParameter", {"name": str, "in": str, "description": str, "schema": dict[str, object]}
)

PAGE_PARAMETERS = ("skip", "limit")
DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
LARGEST_SKIP = 10**9
# Rows counted for X-Total-Count: to count all of a million takes longer than the page itself.
MOST_COUNTED = 10_000
LIMIT_PARAMETER: PageParameter = {
    "name": "limit",
    "in": "query",
    "description": "The maximum number of results.",
    "schema": {
        "type": "integer",
        "minimum": 1,
        "maximum": LARGEST_LIMIT,
        "default": DEFAULT_LIMIT,
    },
}
SKIP_PARAMETER: PageParameter = {
    "name": "skip",
    "in": "query",
    "description": "How many to skip first.",
    "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST_SKIP, "default": 0},
}


def read_limit(request: Request) -> int:
    return _query_number(request, "limit", DEFAULT_LIMIT, smallest=1, largest=LARGEST_LIMIT)


def _query_number(request: Request, name: str, default: int, *, smallest: int, largest: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    try:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text
        return read_number(number, smallest=smallest, largest=largest)
    except BadValue:
        sentence = f"Give a whole number between {smallest} and {largest}."
        raise ValidationError({name: [sentence]}) from None


def total_headers(queryset: QuerySet) -> dict[str, str]:
    """What a list's answer says of how many rows there are; more than MOST_COUNTED are not counted.

    Reads at most MOST_COUNTED + 1 of them.
    """
    counted = queryset.order_by()[: MOST_COUNTED + 1].count()
    if counted <= MOST_COUNTED:
        return {"X-Total-Count": str(counted)}
    return {"X-Total-Count": str(MOST_COUNTED), "X-Total-Count-Limit": "reached"}


def read_page(queryset: QuerySet, request: Request) -> list[Any]:
    """The rows that `skip` and `limit` ask for; raises ValidationError."""
    skip = _query_number(request, "skip", 0, smallest=0, largest=LARGEST_SKIP)
    return list(queryset[skip : skip + read_limit(request)])


class SkipLimitPagination(BasePagination):
    """A list of `limit` rows after the first `skip`; X-Total-Count has the total, up to a limit."""

    def paginate_queryset(  # type: ignore[override]  # sequences are not paged here
        self, queryset: QuerySet, request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        rows = read_page(queryset, request)
        self.total = total_headers(queryset)
        return rows

    def get_paginated_response(self, data: object) -> Response:
        return Response(data, headers=self.total)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema

    def get_schema_operation_parameters(self, view: "APIView") -> list[PageParameter]:
        return [SKIP_PARAMETER, LIMIT_PARAMETER]
