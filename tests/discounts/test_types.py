"""Types of discounts: everything that differs by type is in one module."""

import ast
from pathlib import Path

import pytest

from discounts.types import FACTS, DiscountType, taken_from
from tests.discounts.factories import basket

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "discounts" / "types.py"
FOLDERS = ("discounts", "console", "api", "demo", "pixeltrack")
CODES = {kind.value for kind in DiscountType}
BASKET = basket(600, 50)


def test_every_type_has_its_facts():
    assert list(FACTS) == list(DiscountType)


@pytest.mark.parametrize(
    ("kind", "what", "base"),
    [(DiscountType.CART, "cart", 600), (DiscountType.DELIVERY, "delivery charge", 50)],
)
def test_a_discount_is_taken_from_the_base_of_its_type(kind, what, base):
    assert (taken_from(kind.value), BASKET.value_minor(kind)) == (what, base)


def asking(source):
    """The lines that use a type by name: a member, a comparison or a table with its code."""
    tree = ast.parse(source)
    return [node.lineno for node in ast.walk(tree) if _names_a_member(node) or _chooses(node)]


def _names_a_member(node):
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "DiscountType"
        and node.attr in DiscountType.__members__
    )


def _chooses(node):
    if isinstance(node, ast.Compare):
        asked = [node.left, *node.comparators]
    elif isinstance(node, ast.Dict):
        asked = [key for key in node.keys if key]
    elif isinstance(node, ast.Subscript):
        asked = [node.slice]
    elif isinstance(node, ast.MatchValue):
        asked = [node.value]
    else:
        return False
    return any(
        isinstance(part, ast.Constant) and part.value in CODES
        for whole in asked
        for part in ast.walk(whole)
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_other_module_uses_a_type_by_name(folder):
    paths = [p for p in (ROOT / folder).rglob("*.py") if p != OWN and "migrations" not in p.parts]
    assert paths
    assert {str(path): lines for path in paths if (lines := asking(path.read_text()))} == {}


@pytest.mark.parametrize(
    "source",
    [
        'if campaign.discount_type == "cart":\n    pass',
        'x = kind in ("cart", "delivery")',
        'WHAT = {"delivery": "delivery charge"}',
        'x = answer["cart"]',
        "x = DiscountType.CART",
        'match kind:\n    case "cart":\n        pass',
    ],
)
def test_a_use_of_a_type_is_found(source):
    assert asking(source)


def test_values_and_examples_are_not_uses_of_a_type():
    assert not asking('example = {"discount_type": "cart"}\nkind = DiscountType(text)')


def test_no_template_uses_a_type_by_name():
    for path in (ROOT / "templates").rglob("*.html"):
        assert "discount_type ==" not in path.read_text(), path
