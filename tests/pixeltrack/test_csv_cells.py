"""Cells that are safe to open in a spreadsheet."""

import pytest

from pixeltrack.csv_cells import cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_could_be_a_formula_becomes_text(start):
    assert cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize(("value", "text"), [(None, ""), (7, "7"), ("a=b", "a=b"), ("", "")])
def test_other_values_stay_as_they_are(value, text):
    assert cell(value) == text
