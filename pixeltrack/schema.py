"""Completes the generated OpenAPI schema with what is the same for every call."""

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme

from pixeltrack.values import REQUIRED


class BearerScheme(SimpleJWTScheme):
    """How a call says who makes it."""

    target_class = "pixeltrack.bearer.BearerAuthentication"


ERROR = {
    "type": "object",
    "description": "What went wrong, in a sentence and in a code.",
    "properties": {
        "detail": {"type": "string", "description": "A sentence for a person."},
        "code": {"type": "string", "description": "A stable word for a program."},
        "errors": {
            "type": "object",
            "description": "Bad fields and their sentences.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["detail", "code"],
    "example": {
        "detail": f"number: {REQUIRED}",
        "code": "invalid",
        "errors": {"number": [REQUIRED]},
    },
}
ERROR_RESPONSE = {
    "description": (
        "Anything else: 400 bad input, 401 not signed in, 403 not allowed, 404 not found, "
        "405 not a method of this address, 413 body too large, 415 no JSON, 422 an "
        "Idempotency-Key that came with another body, 429 too many calls (with Retry-After), "
        "503 database busy or away (with Retry-After)."
    ),
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}
TOTAL_COUNT = {
    "description": "How many there are in all, whatever skip and limit.",
    "schema": {"type": "integer"},
}
NEXT_PAGE = {
    "description": 'The next page: `<address>; rel="next"`. Absent on the last one.',
    "schema": {"type": "string"},
}


def complete(result: dict, generator, request, public) -> dict:
    """Adds the shape of errors to every operation, and the headers of lists to those."""
    result["components"]["schemas"]["Error"] = ERROR
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = ERROR_RESPONSE
            parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
            if "skip" in parameters:
                operation["responses"]["200"]["headers"] = {"X-Total-Count": TOTAL_COUNT}
            if "cursor" in parameters:
                operation["responses"]["200"]["headers"] = {"Link": NEXT_PAGE}
    return result
