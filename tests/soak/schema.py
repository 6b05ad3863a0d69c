"""The calls in the API's schema: parameters and bodies, with the values to try."""

from functools import cache

from drf_spectacular.generators import SchemaGenerator

from tests.soak.values import of_schema


@cache
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def calls(*methods):
    """Every (path, method, operation) of the API by one of these methods."""
    for path, operations in schema()["paths"].items():
        for method in methods:
            if method in operations:
                yield path, method, operations[method]


def query_values(operation):
    """The values to try of each parameter of a call's query."""
    return {
        parameter["name"]: of_schema(parameter["schema"], schema()["components"])
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }


def body_values(path, method):
    """The values to try of each property of a call's body that may be written.

    Required properties are never empty: the row, with all its pairs, would be refused.
    """
    content = schema()["paths"][path][method].get("requestBody", {}).get("content", {})
    components = schema()["components"]
    body = next(iter(content.values()), {}).get("schema", {})
    body = components["schemas"][body["$ref"].rpartition("/")[2]] if "$ref" in body else body
    required = set(body.get("required", ()))
    return {
        name: [v for v in of_schema(own, components) if name not in required or v not in ("", None)]
        for name, own in body.get("properties", {}).items()
        if not own.get("readOnly")
    }
