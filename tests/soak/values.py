"""The smallest, the largest, the empty and invalid values of fields.

Read from the API's schema and from the forms, so that new fields are included.
"""

from datetime import timedelta

from django import forms

from console.base.moments import MomentField
from console.discounts.forms import AmountField
from foundation.parsing import EARLIEST, LARGEST_ID, LATEST

MARKUP = "<b>&\"'</b>{{ x }} %s Ünïcödé 漢字 \u202e"
LATEST_MOMENT = LATEST - timedelta(microseconds=1)
LARGEST_DEFAULT = 10_000
UUIDS = ("00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff")
# Values in URLs that are no valid number, uuid, moment or word.
NO_VALUES = (
    *("abc", "(", "[", "\\", "%", "*", "'", '"', "\x00", "\ud800".encode("utf-8", "replace"), "½"),
    *("-1", "0", "1e400", "NaN", str(LARGEST_ID), str(LARGEST_ID + 1), "9" * 25, "9" * 5000),
    *("٣", "1_0", " 1", "0001-01-01", "9999-12-31T23:59:59Z", "2026-02-30", "x" * 3000),
    *UUIDS,
)


def longest_text(length, tail=""):
    return "ẞ" * (length - len(tail)) + tail


# --- Of the API -----------------------------------------------------------------------------


def of_schema(schema, components):
    """The values of a property or parameter to try: smallest, largest, empty."""
    schema = _resolved(schema, components)
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds or ["object"])
    may_be_empty = schema.get("nullable") or "null" in kinds
    kind = next((kind for kind in kinds if kind != "null"), "null")
    return [*_of_kind(kind, schema, components), *([None] if may_be_empty else [""])]


def _resolved(schema, components):
    """Follows references; of alternatives, takes the first that is not null."""
    merged = dict(schema)
    for word in ("allOf", "oneOf", "anyOf"):
        for inner in merged.pop(word, [])[:1]:
            merged = _resolved(inner, components) | merged
    if name := merged.pop("$ref", "").rpartition("/")[2]:
        merged = _resolved(components["schemas"][name], components) | merged
    return merged


def _of_kind(kind, schema, components):
    if "enum" in schema:
        known = [word for word in schema["enum"] if word is not None]
        return [known[0], known[-1]]
    if kind in ("integer", "number"):
        smallest = schema.get("minimum", 0)
        return [smallest, schema.get("maximum", LARGEST_ID)]
    if kind == "boolean":
        return [False, True]
    if kind == "array":
        return [[], [_of_kind("integer", schema["items"], components)[1]]]
    if kind == "object":
        return [{}]
    return _of_text(schema)


def _of_text(schema):
    if schema.get("format") == "date-time":
        return [EARLIEST.isoformat(), LATEST_MOMENT.isoformat()]
    if schema.get("format") == "uuid":
        return list(UUIDS)
    if schema.get("format") == "binary":
        return []
    return ["x", longest_text(schema.get("maxLength", LARGEST_DEFAULT))]


# --- Of forms -------------------------------------------------------------------------------


def of_form_field(field):
    """The values of a form's field to try, as a browser sends them."""
    return [*_of_form_field(field), ""]


def _of_form_field(field):
    if isinstance(field, MomentField):
        return ["2000-01-01T00:00", "2199-12-31T23:59", "0001-01-01T00:00", "11/05/2026"]
    if isinstance(field, AmountField):
        return [field.prepare_value(field.smallest), field.prepare_value(field.largest)]
    if isinstance(field, forms.BooleanField):
        return ["on"]
    if isinstance(field, forms.ModelChoiceField):
        first = field.queryset.values_list("pk", flat=True).first()
        return ["" if first is None else str(first), str(LARGEST_ID), str(LARGEST_ID + 1), "abc"]
    if isinstance(field, forms.ChoiceField):
        known = [str(value) for value, _ in _flat(field.choices) if value not in ("", None)]
        return [known[0], known[-1], "no choice"] if known else ["no choice"]
    if isinstance(field, forms.IntegerField | forms.DecimalField):
        smallest = getattr(field, "min_value", None)
        largest = getattr(field, "max_value", None)
        return [
            str(0 if smallest is None else smallest),
            str(LARGEST_ID if largest is None else largest),
            "9" * 400,
            "NaN",
        ]
    if isinstance(field, forms.FileField):
        return []
    return ["x", longest_text(getattr(field, "max_length", None) or LARGEST_DEFAULT), MARKUP]


def _flat(choices):
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield value, label
