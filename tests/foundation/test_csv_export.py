"""Cells that are safe to open in a spreadsheet."""

import csv
import io

import pytest

from foundation.csv_export import ROWS_AT_ONCE, cell, csv_blocks


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_could_be_a_formula_becomes_text(start):
    assert cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize(("value", "text"), [(None, ""), (7, "7"), ("a=b", "a=b"), ("", "")])
def test_other_values_stay_as_they_are(value, text):
    assert cell(value) == text


@pytest.mark.parametrize("rows", [0, 1, 199, 200, 201, 450])
def test_the_blocks_together_are_the_whole_table(rows):
    table = [(n, None, f"=a\n{n}", 'say "hi", so') for n in range(rows)]
    text = "".join(csv_blocks(iter(table)))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        [str(n), "", f"'=a\n{n}", 'say "hi", so'] for n in range(rows)
    ]


def test_blocks_come_while_rows_are_read():
    def rows():
        yield from ([n] for n in range(ROWS_AT_ONCE))
        raise AssertionError("read too far")

    assert next(csv_blocks(rows())).count("\r\n") == ROWS_AT_ONCE
