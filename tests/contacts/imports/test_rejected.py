"""The rows that an import rejected are downloaded whole, corrected, and imported again."""

import csv
import io
import json

import pytest
from django.db import connection

from campaigns.models import Contact, RejectedRow
from contacts.imports import rejected as rejected_rows
from contacts.imports.rejected import rejected_table
from foundation.csv_export import csv_blocks
from tests.contacts.imports.importing import figures, rejected

pytestmark = pytest.mark.django_db


def file_of(job):
    """The file of rejected rows as it is downloaded."""
    return "".join(csv_blocks(rejected_table(job), separator=job.separator))


def table_of(job):
    return list(csv.reader(io.StringIO(file_of(job), newline=""), delimiter=job.separator))


def test_rows_come_back_whole_under_their_own_columns(take_in):
    job = take_in("Stadt;Mail;Name\nUlm;ann@;Ann\nBonn;bob@example.com;Bob\n;;Cy\n")
    assert table_of(job) == [
        ["Stadt", "Mail", "Name", "problem"],
        ["Ulm", "ann@", "Ann", "Line 2: Mail: Give an e-mail address such as ann@example.com."],
        ["", "", "Cy", f"Line 4: {rejected_rows_reason(job)}"],
    ]


def rejected_rows_reason(job):
    return RejectedRow.objects.filter(contact_import=job).last().reason


def test_corrected_rows_are_imported_and_the_column_problem_is_ignored(take_in):
    job = take_in(
        "email;name;city\nann@;=Ann;'+1 Ulm\nbob@example.com;Bob;\n+cy@;Cy;x\n"
        'dan@example.com;"Dan "D";Bonn\neve@example.com;Eve;a;surplus\n'
    )
    assert figures(job) == (1, 0, 4)
    text = file_of(job)
    assert "surplus" in text
    assert "'=Ann" in text
    assert "'+1 Ulm" in text
    for bad, good in (
        ("ann@;", "ann@example.com;"),
        ("+cy@;", "+cy@example.com;"),
        (";surplus", ""),
    ):
        assert bad in text
        text = text.replace(bad, good)
    again = take_in(text)
    assert (again.columns, figures(again)) == (["email", "name", None, None], (4, 0, 0))
    emails = set(Contact.objects.values_list("email", flat=True))
    assert emails == {f"{name}@example.com" for name in ("ann", "bob", "+cy", "dan", "eve")}
    assert {"=Ann", 'Dan D"'} <= set(Contact.objects.values_list("name", flat=True))


def test_rows_that_are_not_corrected_are_refused_again_for_the_same_reason(take_in):
    content = (
        "email,name,problem\nann@,\u200bAnn,old\nbob@example.com,B,,x,y\n"
        '"never,closed\ncy@example.com,Jos\ufffd\n'
    )
    job = take_in(content)
    again = take_in(file_of(job))
    assert figures(again) == figures(job) == (0, 0, 4)
    mine, theirs = table_of(job), table_of(again)
    assert [row[:2] + row[3:] for row in mine] == [row[:2] + row[3:] for row in theirs]
    assert mine[2][3:] == ["x", "y"]
    assert mine[0] == ["email", "name", "problem"]


@pytest.mark.parametrize("codec", ["utf-16", "cp1251", "cp932"])
def test_rows_of_any_encoding_come_back(take_in, codec):
    name = {"cp932": "山田太郎", "cp1251": "Иван Петров"}.get(codec, "Zoë")
    job = take_in(f"email\tname\r\nann@\t{name}\r\n".encode(codec))
    assert table_of(job)[1][:2] == ["ann@", name]


def test_every_error_names_the_files_own_cell_and_column(take_in, campaign, make_group):
    make_group(campaign, 3, "G1")
    make_group(campaign, 4, "G2")
    take_in("email,group\nann@example.com,G1\n", default_group=None)
    job = take_in("E-Mail,Gruppe\nann@example.com,G1\nann@example.com,G2\n", default_group=None)
    assert (figures(job), rejected(job)) == ((0, 1, 1), [(3, "group", "G2")])
    [_, row] = table_of(job)
    assert row[:2] == ["ann@example.com", "G2"]
    assert row[2].startswith("Line 3: Gruppe: The campaign has this contact already")


def test_of_a_row_with_far_too_many_cells_or_too_long_a_text_only_a_part_is_kept(
    take_in, monkeypatch
):
    monkeypatch.setattr(rejected_rows, "LONGEST_ROW", 500)
    job = take_in("email,name\n" + "x," * 300 + "\n" + "y" * 600 + ",Ann\n" + '"' * 3 + "\n")
    assert figures(job) == (0, 0, 3)
    rows = table_of(job)
    assert [row[:2] for row in rows[1:]] == [["", ""], ["", ""], ['"', ""]]
    assert rejected_rows.TOO_LONG in rows[1][2]


def test_whole_rows_are_stored_encrypted_and_once(take_in):
    job = take_in("email,name,group\nann@secret.example.,Secret,Red\n")
    assert RejectedRow.objects.filter(contact_import=job).count() == 2
    [packed] = RejectedRow.objects.filter(cells__isnull=False).values_list("cells", flat=True)
    assert json.loads(packed) == ["ann@secret.example.", "Secret", "Red"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT cells FROM campaigns_rejectedrow WHERE cells IS NOT NULL")
        stored = [bytes(value) for (value,) in cursor.fetchall()]
        cursor.execute("SELECT headers FROM campaigns_contactimport")
        stored += [bytes(value) for (value,) in cursor.fetchall()]
    assert all(value.startswith(b"gAAAA") for value in stored)


def test_an_import_from_before_whole_rows_were_kept_gives_its_values(take_in):
    job = take_in("email\nann@\n")
    job.headers = None
    assert list(rejected_table(job))[1][:3] == (2, "email", "ann@")
