"""Completes the generated OpenAPI schema with what all calls have in common."""

from collections.abc import Iterator, Mapping

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from api.base.views import MOST_COUNTED
from foundation.parsing import REQUIRED


class BearerScheme(SimpleJWTScheme):
    """The authentication of calls."""

    target_class = "api.base.bearer.BearerAuthentication"
    name = "bearer"


ERROR = {
    "type": "object",
    "description": "The error as a sentence and as a code.",
    "properties": {
        "detail": {"type": "string", "description": "A sentence for a person."},
        "code": {"type": "string", "description": "A stable code for programs."},
        "errors": {
            "type": "object",
            "description": "Invalid fields and their errors.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "existing_id": {
            "type": "integer",
            "format": "int64",
            "description": "For a taken value: the id of its owner, for users who may see it.",
        },
        "error": {"type": "string", "description": "The detail again, of a call over the limit."},
    },
    "required": ["detail", "code"],
    "example": {
        "detail": f"number: {REQUIRED}",
        "code": "invalid",
        "errors": {"number": [REQUIRED]},
    },
}
# The meaning of each status, and the codes that any call may return with it.
STATUSES = {
    "400": ("Invalid input; nothing was changed.", ["invalid", "parse_error", "bad_request"]),
    "401": (
        "Not signed in.",
        [
            "not_authenticated",
            "token_not_valid",
            "password_changed",
            "user_inactive",
            "user_not_found",
            "bad_authorization_header",
        ],
    ),
    "403": ("The user lacks the permission.", ["permission_denied"]),
    "404": ("Not found.", ["not_found"]),
    "406": ("The answer would be JSON, which is not accepted.", ["not_acceptable"]),
    "408": ("The request did not arrive completely or in time.", ["request_timeout"]),
    "413": ("The body is too large.", ["too_large"]),
    "415": ("The body is not JSON, or not a form for a file upload.", ["unsupported_media_type"]),
    "422": ("The Idempotency-Key was used with another body before.", ["idempotency_key_reused"]),
    "429": ("Too many calls; Retry-After says how many seconds to wait.", ["rate_limited"]),
    "500": ("An internal server error.", ["internal_error"]),
    "503": (
        "The database is busy or down; nothing was changed, try again after Retry-After seconds.",
        ["busy", "database_unreachable", "consent_not_replayed", "journal_unwritable"],
    ),
}
REFUSED = ["inactive", "budget_exhausted", "not_started", "ended", "not_targeted"]
REFUSED += ["min_cart_value", "daily_limit", "no_discount", "other_currency"]
CONTACT = ["taken", "archived", "erased"]
# Additional codes of single calls, by operation and status.
CODES = {
    "auth_token_create": {"401": ["no_active_account"], "429": ["locked_out"]},
    "auth_logout_create": {"401": ["token_not_valid"]},
    "customers_create": {"400": ["taken"]},
    "customers_update": {"400": ["taken"]},
    "customers_partial_update": {"400": ["taken"]},
    "campaigns_create": {"400": ["expired"]},
    "campaigns_update": {"400": ["budget_exhausted", "expired"]},
    "campaigns_partial_update": {"400": ["budget_exhausted", "expired"]},
    "discounts_apply_create": {"400": REFUSED},
    "email_campaigns_create": {"400": ["taken"]},
    "email_campaigns_update": {"400": ["taken", "archived"]},
    "email_campaigns_partial_update": {"400": ["taken", "archived"]},
    "email_campaigns_unarchive_create": {"400": ["taken"]},
    "email_campaigns_imports_create": {
        "400": ["bad_file", "no_length", "archived"],
        "415": ["no_form"],
    },
    "groups_create": {"400": ["taken", "archived"]},
    "groups_update": {"400": ["taken", "archived"]},
    "groups_partial_update": {"400": ["taken", "archived"]},
    "groups_unarchive_create": {"400": ["taken", "archived"]},
    "contacts_create": {"400": CONTACT},
    "contacts_update": {"400": [*CONTACT, "frozen"]},
    "contacts_partial_update": {"400": [*CONTACT, "frozen"]},
    "pixels_create": {"400": [*CONTACT]},
    "pixels_update": {"400": [*CONTACT]},
    "pixels_partial_update": {"400": [*CONTACT]},
}
ERROR_CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
ANYTHING_ELSE = {"description": "Any other error.", "content": ERROR_CONTENT}
# Calls that refer to rows in their bodies, so that they answer 404 as well.
NAMES_ROWS = {"campaigns_create", "discounts_apply_create", "discounts_available_create"}
NAMES_ROWS |= {"discounts_cancel_create"}
# Calls that may answer CSV.
IMPORTS = "email_campaigns_imports_"
# For a method that a URL does not have, so it belongs to no operation.
METHOD_NOT_ALLOWED = {
    "description": "The URL does not have this method. Codes: `method_not_allowed`.",
    "content": ERROR_CONTENT,
    "headers": {
        "Allow": {"description": "The allowed methods.", "schema": {"type": "string"}},
    },
}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
TOTAL_COUNTS = {
    "X-Total-Count": {
        "description": "The total number, whatever skip and limit. Lists that are read by skip are "
        f"counted up to {MOST_COUNTED}.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-Total-Count-Limit": {
        "description": "`reached` where there are more than X-Total-Count says; else absent.",
        "schema": {"type": "string", "enum": ["reached"]},
    },
}
# What a customer used is counted in its answer's body, and so in full.
COUNTS_ALL = {"discounts_usage_retrieve"}
ALL_COUNTED = {
    "X-Total-Count": {
        "description": "The total number, whatever skip and limit.",
        "schema": {"type": "integer", "minimum": 0},
    },
}
NEXT_PAGE = {
    "description": 'The next page: `<address>; rel="next"`. Absent on the last one.',
    "schema": {"type": "string"},
}


def complete(
    result: dict, generator: SchemaGenerator, request: Request | None, public: bool
) -> dict:
    """Add the errors of every operation and the headers of lists; close bodies to other fields."""
    schemas = result["components"]["schemas"]
    schemas["Error"] = ERROR
    result["components"]["responses"] = {"MethodNotAllowed": METHOD_NOT_ALLOWED}
    for name, component in schemas.items():
        _close(component) if name.endswith("Request") else _loosen(component)
    for operation in _operations(result):
        operation["responses"] |= _errors_of(operation)
        parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
        counts_all = operation["operationId"] in COUNTS_ALL
        own = _headers_of_lists(parameters, totals=ALL_COUNTED if counts_all else TOTAL_COUNTS)
        if own:
            operation["responses"]["200"]["headers"] = own
    return result


def _headers_of_lists(parameters: set[str], *, totals: Mapping[str, object]) -> dict[str, object]:
    totals = totals if "skip" in parameters else {}
    return {**totals, **({"Link": NEXT_PAGE} if "cursor" in parameters else {})}


def _operations(result: dict) -> Iterator[dict]:
    for path in result["paths"].values():
        yield from path.values()


def _close(component: dict) -> None:
    if component.get("type") == "object":
        component["additionalProperties"] = False


def _loosen(component: dict) -> None:
    """In responses: many validators divide binary floats, few of which are multiples of 0.01."""
    for field in component.get("properties", {}).values():
        field.pop("multipleOf", None)


def _errors_of(operation: dict) -> dict[str, dict]:
    own = CODES.get(operation["operationId"], {})
    errors = {status: _error(status, own.get(status, [])) for status in _statuses_of(operation)}
    return errors | {"default": ANYTHING_ELSE}


def _statuses_of(operation: dict) -> Iterator[str]:
    parameters = {(own["in"], own["name"]) for own in operation.get("parameters", ())}
    has_body = "requestBody" in operation
    is_open = operation.get("security") in ([], [{}], None)
    signs_in = operation["operationId"].startswith("auth_")
    yield "400"
    if signs_in or not is_open:
        yield "401"
    if not signs_in:
        yield "403"
    if operation["operationId"] in NAMES_ROWS or any(place == "path" for place, _ in parameters):
        yield "404"
    if not _takes_any_accept(operation):
        yield "406"
    yield "408"
    if has_body:
        yield from ("413", "415")
    if ("header", "Idempotency-Key") in parameters:
        yield "422"
    yield from ("429", "500", "503")


def _takes_any_accept(operation: dict) -> bool:
    """Whether a view answers CSV: errors are JSON even if the client accepts only CSV."""
    answer = operation["responses"].get("200", {}).get("content", {})
    return "text/csv" in answer or operation["operationId"].startswith(IMPORTS)


def _error(status: str, own_codes: list[str]) -> dict:
    meaning, codes = STATUSES[status]
    listed = ", ".join(f"`{code}`" for code in dict.fromkeys([*own_codes, *codes]))
    error = {"description": f"{meaning} Codes: {listed}.", "content": ERROR_CONTENT}
    if status in ("429", "503"):
        error["headers"] = {"Retry-After": RETRY_AFTER}
    return error
