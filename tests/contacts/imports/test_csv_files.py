"""How contact files are read: encodings, separators, columns, quotes and refusals."""

import csv
import io
from collections import deque
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.imports import csv_files, file_scan
from contacts.imports.columns import BadFile, match_columns
from contacts.imports.csv_files import read_layout, read_records
from contacts.imports.encodings import BY_CODEC
from contacts.imports.file_scan import Scan


def scan(content, *, piece=csv_files.LONGEST_LINE):
    scan = Scan()
    for start in range(0, len(content), piece):
        scan.feed(content[start : start + piece])
    return scan.encoding()


def read(content, *, separator=",", encoding="utf-8", piece=7, offset=0, line=1):
    rest = content[offset:]
    pieces = [rest[n : n + piece] for n in range(0, len(rest), piece)]
    return list(
        read_records(pieces, encoding=encoding, separator=separator, offset=offset, line=line)
    )


def cells(content, **options):
    return [record.cells for record in read(content, **options)]


# --- The whole file ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"email\nann@example.com", "utf-8"),
        ("name\nZoë €".encode(), "utf-8"),
        ("name\nZoë".encode("utf-8-sig"), "utf-8"),
        ("name\nZoë".encode("latin-1"), "cp1252"),
        ("name\nO\u2019Brien €".encode("cp1252"), "cp1252"),
        (b"name\nZo\xeb \x81", "latin-1"),
        (b"name\nZo\xc3", "cp1252"),
    ],
)
@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_the_encoding_is_found_however_the_file_is_cut(content, encoding, piece):
    found = scan(content, piece=piece)
    assert found == encoding
    assert content.decode(found)


@pytest.mark.parametrize("content", [b"", b"\n\r\n  ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_file_without_text_is_refused(content):
    with pytest.raises(BadFile, match="empty"):
        scan(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"email\nann\0@example.com", "NUL"),
        (b"email\n" + b"a@b.c\n" * 10 + b"\0", "NUL"),
        ("email\nann\0@example.com".encode("utf-16"), "NUL"),
        ("email\n".encode("utf-16") + b"\0\0" * 20, "NUL"),
        ("email\n".encode("utf-32"), "NUL"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x01\x02", "binary"),
        (b"PK\x03\x04 a workbook", "binary"),
        (b"%PDF-1.7", "binary"),
        (b"\x7fELF\x02\x01\x01\0", "binary"),
    ],
)
@pytest.mark.parametrize("piece", [32, 1000])
def test_a_binary_file_is_refused(content, sentence, piece):
    with pytest.raises(BadFile, match=sentence):
        scan(content, piece=piece)


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_a_line_may_be_long_but_not_endless(end):
    line = b"x" * csv_files.LONGEST_LINE
    assert scan(line + end + line, piece=1000) == "utf-8"
    with pytest.raises(BadFile, match="longer than 1 MB"):
        scan(end + line + b"x", piece=1000)


# --- Records ----------------------------------------------------------------------------------


@pytest.mark.parametrize("piece", [1, 2, 3, 100])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_three_line_ends_are_read_and_may_be_part_of_a_cell(piece, end):
    content = f'a,"x{end}y"{end}b,"say ""hi"", so"'.encode()
    assert cells(content, piece=piece) == [["a", f"x{end}y"], ["b", 'say "hi", so']]


def test_each_record_tells_its_line_and_where_the_next_begins():
    content = b'a,b\r\n"x\ny",2\n\n  ,\nc,d'
    records = read(content)
    assert [(r.line, r.next_line, r.is_blank) for r in records] == [
        (1, 2, False),
        (2, 4, False),
        (4, 5, True),
        (5, 6, True),
        (6, 7, False),
    ]
    assert [content[r.next_offset :][:3] for r in records] == [
        b'"x\n',
        b"\n  ",
        b"  ,",
        b"c,d",
        b"",
    ]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ('1,"never closed', csv_files.BAD_QUOTES),
        ('2,"closed" too late', csv_files.BAD_QUOTES),
        ('"', csv_files.BAD_QUOTES),
        ('3,"a"b"', csv_files.BAD_QUOTES),
        ('4,"' + "x" * 200_000, csv_files.LONG_CELL),
        ("5," + "x" * 200_000, csv_files.LONG_CELL),
    ],
)
def test_a_bad_cell_affects_only_its_line(bad, problem):
    records = read(f"a,b\n{bad}\nc,d\ne,f\n".encode(), piece=50_000)
    assert [r.cells for r in records] == [["a", "b"], [], ["c", "d"], ["e", "f"]]
    spoiled = records[1]
    assert (spoiled.problem, spoiled.text, spoiled.line) == (problem, bad, 2)
    assert [r.line for r in records] == [1, 2, 3, 4]


def test_invalid_bytes_affect_only_their_letter():
    assert cells(b"a\nZo\xeb,c\nb\n") == [["a"], ["Zo\ufffd", "c"], ["b"]]


WIDE = ("utf-16-le", "utf-16-be")


@pytest.mark.parametrize("encoding", [*WIDE, "cp932", "gb18030", "mac-roman", "cp1251"])
@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_line_ends_are_found_in_any_encoding(encoding, piece):
    # Letters whose bytes look like line ends, quotes or separators elsewhere.
    odd = {"cp932": "ソ表", "gb18030": "\U00020000", "mac-roman": "é", "cp1251": "Я"}
    name = odd.get(encoding, "\u0a0d\u0d0a\u220a\u2c00")
    content = f'{name},"x\r\ny"\rb,c\r\n\nd,{name}'.encode(encoding)
    records = read(content, encoding=encoding, piece=piece)
    assert [r.cells for r in records] == [[name, "x\r\ny"], ["b", "c"], [], ["d", name]]
    rest = [content[r.next_offset :].decode(encoding) for r in records]
    assert rest == [f"b,c\r\n\nd,{name}", f"\nd,{name}", f"d,{name}", ""]
    for n, record in enumerate(records):
        at = {"offset": record.next_offset, "line": record.next_line}
        assert read(content, encoding=encoding, piece=piece, **at) == records[n + 1 :]


def test_a_byte_order_mark_in_the_middle_is_no_part_of_a_cell():
    content = '\ufeffa,b\n\ufeff"c",d\n'.encode()
    assert cells(content) == [["a", "b"], ["c", "d"]]


def test_the_end_of_file_character_of_dos_is_not_a_row():
    assert cells(b"a,b\r\n\x1a") == [["a", "b"], []]


# Parts of files that make a reader go back: quotes that open, close or do neither.
SPITE = ['"', '""', ",", 'x","z', '"a', 'b"', '"\n"', "\n", "\r\n", "\r", " ", "é", "x" * 300]
WIDE_SPITE = [b"\0", b"\r\0", b"\n\0", b"\xff"]


class Counted:
    """Lines for a csv reader, and how many of their characters it has read."""

    def __init__(self, lines, given):
        self.lines, self.given = lines, given

    def __iter__(self):
        return self

    def __next__(self):
        line = next(self.lines)
        self.given.append(len(line))
        return line


def characters_read(content):
    """How many characters a file's reader has read, repeated reading included."""
    given, reader = [], csv.reader
    counting = mock.patch.object(
        csv_files.csv, "reader", lambda lines, **dialect: reader(Counted(lines, given), **dialect)
    )
    with counting:
        deque(read(content, piece=4096), maxlen=0)
    return sum(given)


@pytest.mark.parametrize(
    "line", ['x","z\n', '"\n', 'a,"b\n', '"a","b"\n"', '"x""\n', "x,y\r", '","\r\n', "\n"]
)
def test_no_row_makes_the_reader_read_more_than_twice_the_file(line):
    content = line.encode() * 20_000
    assert characters_read(content) <= 2 * len(content)


@given(
    st.lists(st.sampled_from(SPITE), min_size=1, max_size=12),
    st.lists(st.sampled_from(SPITE), max_size=12),
    st.integers(1, 400),
)
def test_reading_takes_at_most_twice_the_file_whatever_it_holds(part, end, times):
    text = "".join(part) * times + "".join(end)
    assert characters_read(text.encode()) <= 2 * len(text)


def test_halves_of_two_letters_are_not_a_line_end():
    content = "a\ra\u0a00\u0100b".encode("utf-16-le")
    whole = read(content, encoding="utf-16-le")
    for piece in range(1, len(content)):
        assert read(content, encoding="utf-16-le", piece=piece) == whole


@given(
    st.lists(
        st.sampled_from([*(part.encode() for part in SPITE), b"\0", b"\r\0", b"\n\0", b"\xff"])
    ),
    st.binary(max_size=40),
    st.sampled_from(sorted(BY_CODEC)),
    st.integers(1, 9),
)
def test_any_bytes_are_read_to_their_end_and_from_any_record_on(parts, more, codec, piece):
    content = b"".join(parts) + more
    records = read(content, encoding=codec, piece=piece)
    for n, record in enumerate(records):
        assert record.next_offset > (records[n - 1].next_offset if n else 0)
        at = {"offset": record.next_offset, "line": record.next_line}
        assert read(content, encoding=codec, piece=piece, **at) == records[n + 1 :]
    assert (records[-1].next_offset if records else 0) == len(content)


def test_the_guess_of_the_encoding_reads_a_bounded_part():
    words = file_scan._Words()
    for n in range(200):
        words.feed(b"".join(b"\xe4%d,\xf6" % (n * 1000 + m) for m in range(1000)) + b"\n")
    assert 1000 < len(words.found()) < 2 * file_scan.WORDS_BYTES


def test_an_endless_record_is_abandoned_and_not_kept_in_memory(monkeypatch):
    monkeypatch.setattr(csv_files, "LONGEST_RECORD", 1000)
    content = b'a,"b\n' + b'c","d\n' * 1000 + b"e,f\n"
    waiting = []
    lines = csv_files._Lines
    monkeypatch.setattr(
        lines,
        "keep_first",
        lambda self, keep=lines.keep_first: (waiting.append(self.taken), keep(self))[1],
    )
    records = read(content)
    assert max(sum(map(len, taken)) for taken in waiting) < 1100
    assert [records[0].problem, records[-1].cells] == [csv_files.BAD_QUOTES, ["e", "f"]]


TABLES = st.lists(
    st.lists(st.text("ab ,;\t\"\n\r'é€", max_size=6), min_size=1, max_size=4), max_size=8
)


@given(TABLES, st.sampled_from(csv_files.SEPARATORS), st.integers(1, 30), st.sampled_from("\n\r"))
def test_the_output_of_a_csv_writer_is_read_back(table, separator, piece, end):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows(table)
    content = file.getvalue().encode()
    found = cells(content, separator=separator, piece=piece)
    assert found == [row if any(map(str.strip, row)) else [] for row in table]


@given(st.text('ab,"\n\r\té', max_size=60), st.integers(1, 20), st.integers(0, 100))
def test_reading_goes_on_at_any_record_as_if_never_stopped(text, piece, at):
    content = text.encode()
    records = read(content, piece=piece)
    for n, record in enumerate(records):
        rest = read(content, piece=at + 1, offset=record.next_offset, line=record.next_line)
        assert rest == records[n + 1 :]
    if records:
        assert records[-1].next_offset == len(content)


# --- Columns ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "separator", "headers"),
    [
        ("email,name\n", ",", ("email", "name")),
        ("email;name, first\n", ";", ("email", "name, first")),
        ('email\t"a,b,c,d"\n', "\t", ("email", "a,b,c,d")),
        ("\r\n\nemail\r\nx", ",", ("email",)),
        ('"two\nlines";email\n', ";", ("two\nlines", "email")),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_first_line_determines_separator_and_columns(head, separator, headers, encoding):
    content = head.encode(encoding) + b"rest"
    layout = read_layout(content, encoding="utf-8")
    assert (layout.separator, layout.headers) == (separator, headers)
    assert content[layout.offset :] in (b"rest", b"xrest")


@pytest.mark.parametrize("head", [b'"email\n', b"x," * 200 + b"\n"])
def test_a_first_line_that_names_no_columns_is_refused(head):
    with pytest.raises(BadFile, match="first line"):
        read_layout(head, encoding="utf-8")


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("email", "email"),
        ("E-Mail", "email"),
        (" MAIL ", "email"),
        ("Name", "name"),
        ("group", "group"),
        ("Scheduled At", "scheduled_at"),
        ("scheduled_at", "scheduled_at"),
        ("External-ID", "external_id"),
        ("city", None),
        ("", None),
    ],
)
def test_columns_are_found_by_any_of_their_names(header, field):
    other = "external_id" if field == "email" else "email"
    assert match_columns([header, other], mapping={}) == (field, other)


def test_a_mapping_names_columns_and_leaves_out_others():
    headers = ["Kunde", "name", "email", "Adresse"]
    mapping = {"external_id": "kunde", "name": None, "email": "Adresse"}
    assert match_columns(headers, mapping=mapping) == ("external_id", None, None, "email")


@pytest.mark.parametrize(
    ("headers", "mapping", "sentence"),
    [
        (["name", "group"], {}, "neither an e-mail nor an external_id"),
        (["email"], {"email": None}, "neither an e-mail nor an external_id"),
        (["email", "E-Mail"], {}, "Several columns can be email"),
        (["email"], {"name": "Vorname"}, "no column of the name given for name"),
        (["email"], {"external_id": "email"}, "same column is given for email and external_id"),
    ],
)
def test_ambiguous_columns_are_refused(headers, mapping, sentence):
    with pytest.raises(BadFile, match=sentence):
        match_columns(headers, mapping=mapping)
