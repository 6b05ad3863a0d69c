"""The design's values: docs/design.md has the same ones, and text and marks can be told apart."""

import re
from pathlib import Path

import pytest

from console.components.tokens import Section, Token, sections_of

pytestmark = pytest.mark.one_engine

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = sections_of((ROOT / "static/console/base/tokens.css").read_text())
TOKENS = {token.name: token for section in SECTIONS for token in section.tokens}
DESIGN = (ROOT / "docs/design.md").read_text()
SCHEMES = ("light", "dark")

SURFACES = ("page-bg", "body-bg", "darkened-bg", "selected-bg", "selected-row")
READ = ("body-fg", "body-quiet-color", "body-medium-color", "body-loud-color")
LINKS = ("link-fg", "link-hover-color", "link-selected-fg")
STATES = ("good", "warn", "bad", "calm", "attention")
TEXT = [(text, surface) for text in (*READ, *LINKS, "error-fg") for surface in SURFACES]
TEXT += [(state, f"{state}-bg") for state in STATES]
TEXT += [(text, f"{state}-bg") for text in ("body-fg", "link-fg") for state in STATES]
TEXT += [("body-fg", f"message-{kind}-bg") for kind in ("success", "warning", "error")]
TEXT += [
    ("button-fg", f"{button}{moment}-bg")
    for button in ("button", "default-button", "close-button", "delete-button")
    for moment in ("", "-hover")
]
TEXT += [
    ("body-medium-color", "hairline-color"),
    ("primary", "body-bg"),
    ("primary-fg", "primary"),
    ("header-color", "header-bg"),
    ("header-branding-color", "header-bg"),
    ("header-link-color", "secondary"),
    ("breadcrumbs-fg", "breadcrumbs-bg"),
    ("breadcrumbs-link-fg", "breadcrumbs-bg"),
    ("object-tools-fg", "object-tools-bg"),
    ("object-tools-fg", "object-tools-hover-bg"),
]
MARKS = [
    (mark, surface)
    for mark in ("field-border", "focus-color", "bar", *(f"series-{n}" for n in range(8)))
    for surface in ("page-bg", "body-bg", "darkened-bg")
]
LEAST_OF_TEXT, LEAST_OF_MARKS = 4.5, 3


def colour(name, scheme):
    """What a token comes to, as six digits."""
    value = getattr(TOKENS[f"--{name}"], scheme)
    if other := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return colour(other[1], scheme)
    digits = value.removeprefix("#")
    return digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)


def luminance(digits):
    """As WCAG 2 defines it."""
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def too_faint(pairs, least):
    return [
        f"{text} on {surface} in {scheme}: {found:.2f}"
        for text, surface in pairs
        for scheme in SCHEMES
        if (found := contrast(colour(text, scheme), colour(surface, scheme))) < least
    ]


def test_contrast_is_computed_as_the_guidelines_say():
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("ffffff", "777777") == contrast("777777", "ffffff")


def test_all_text_can_be_read_in_light_and_dark():
    assert too_faint(TEXT, LEAST_OF_TEXT) == []


def test_fields_and_marks_can_be_seen_in_light_and_dark():
    assert too_faint(MARKS, LEAST_OF_MARKS) == []


def test_every_colour_of_text_is_among_those_looked_at():
    looked_at = {f"--{text}" for text, _ in TEXT}
    [own] = [section for section in SECTIONS if section.title.startswith("Text: ")]
    named = {name for name in TOKENS if name.endswith("-fg")}
    assert named | {token.name for token in own.tokens} <= looked_at


def documented():
    """Each table of values below its title, as the document has them."""
    sections = {}
    for line in DESIGN.splitlines():
        if title := re.fullmatch(r"\*\*(.+)\*\*", line):
            own = sections.setdefault(title[1], [])
        elif row := re.match(r"\| `(--[\w-]+)` \| `(.+?)` \|(?: `(.+?)` \|)?", line):
            own.append(Token(row[1], row[2], row[3] or row[2]))
    return [Section(title, tokens) for title, tokens in sections.items()]


def test_the_document_has_the_values_of_the_stylesheet():
    assert documented() == SECTIONS


def test_values_are_read_by_section_with_those_of_both_schemes():
    css = """
    /* What is above the sections is not read: --not: 0; */
    /* --- Surfaces: two of them ------- */
    --page-bg: light-dark(#fff, #000);
    --again: var(--page-bg);
    /* --- Spacing: steps -- */
    --space-1: 4px;
    """
    assert sections_of(css) == [
        Section(
            "Surfaces: two of them",
            [
                Token("--page-bg", "#fff", "#000"),
                Token("--again", "var(--page-bg)", "var(--page-bg)"),
            ],
        ),
        Section("Spacing: steps", [Token("--space-1", "4px", "4px")]),
    ]
    assert [token.is_colour for section in sections_of(css) for token in section.tokens] == [
        True,
        True,
        False,
    ]
