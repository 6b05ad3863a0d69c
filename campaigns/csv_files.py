"""Reads contact files: encoding, separator and records; pure.

Bytes in, records out; holds one record at a time, and must never repeat a cell in a sentence.
"""

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from campaigns.columns import BadFile, is_known

SEPARATORS = (",", ";", "\t")
LONGEST_LINE = 2**20
# So much one record may take with all its lines.
LONGEST_RECORD = LONGEST_LINE
MOST_COLUMNS = 200
BOM = codecs.BOM_UTF8
# Bytes that no text holds, and those that Windows' Latin-1 leaves without a meaning.
CONTROLS = bytes(n for n in range(32) if n not in b"\t\n\v\f\r\x1a")
NOT_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"

EMPTY = "The file is empty: send a CSV file whose first line names the columns."
NUL = "The file holds a NUL byte, so it is no text (or UTF-16): save it as CSV in UTF-8."
BINARY = "The file is binary, not text: save it as CSV in UTF-8."
LONG = "A line of the file is longer than 1 MB: save it as CSV with one contact a line."
MANY_CELLS = "The line has more cells than the first line: quote texts that hold the separator."
LONG_CELL = (
    "A cell of this line is longer than 128 KB, or a quote opens it that nothing closes: "
    "shorten it, or double the quote."
)
BAD_QUOTES = "The quotes of this line don't match: double each quote inside a quoted text."
BAD_BYTES = "The line is not valid UTF-8, as the rest of the file is."


# --- The whole file, piece by piece -----------------------------------------------------------


class Scan:
    """What must be known of a whole file before its rows are read; `feed` raises BadFile."""

    def __init__(self) -> None:
        self.size = 0
        self._has_bom = self._has_text = False
        self._is_utf8 = self._is_cp1252 = True
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._line = 0

    def feed(self, piece: bytes) -> None:
        """Take the next piece, of at most LONGEST_LINE bytes."""
        if not self.size:
            self._has_bom = piece.startswith(BOM)
            _refuse_binary(piece)
        elif b"\0" in piece:
            raise BadFile(NUL)
        self._measure_line(piece)
        self._has_text = self._has_text or bool(piece.removeprefix(BOM).strip())
        self._is_utf8 = self._is_utf8 and self._decodes(piece)
        if not self._is_utf8 and self._is_cp1252:
            self._is_cp1252 = len(piece.translate(None, NOT_IN_CP1252)) == len(piece)
        self.size += len(piece)

    def encoding(self) -> str:
        """The file's encoding, once all of it was fed. Raises BadFile for one without text.

        A byte order mark promises UTF-8: what breaks it then is for the single line to tell.
        """
        if not self._has_text:
            raise BadFile(EMPTY)
        if self._has_bom or (self._is_utf8 and self._decodes(b"", final=True)):
            return "utf-8"
        # Windows' superset of Latin-1 wherever it can be: nobody means Latin-1's controls.
        return "cp1252" if self._is_cp1252 else "latin-1"

    def _measure_line(self, piece: bytes) -> None:
        ends = [n for n in (piece.find(b"\n"), piece.find(b"\r")) if n >= 0]
        self._line += min(ends, default=len(piece))
        if self._line > LONGEST_LINE:
            raise BadFile(LONG)
        if ends:
            self._line = len(piece) - 1 - max(piece.rfind(b"\n"), piece.rfind(b"\r"))

    def _decodes(self, piece: bytes, *, final: bool = False) -> bool:
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            return False
        return True


def _refuse_binary(head: bytes) -> None:
    if head.startswith((b"PK\x03\x04", b"%PDF")) or len(head.translate(None, CONTROLS)) < len(head):
        # A text with a NUL in it is told apart from what was never one.
        others = head.translate(None, CONTROLS + b"\0")
        is_text = len(others) + head.count(b"\0") == len(head)
        raise BadFile(NUL if is_text and b"\0" in head else BINARY)


# --- Records ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """One record and where the next begins; `problem` says why `text` has no cells.

    A blank one has neither. `line` is the number of its first line, from 1; `next_offset` is in
    bytes from the start of the file.
    """

    line: int
    cells: list[str]
    next_offset: int
    next_line: int
    problem: str = ""
    text: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.cells and not self.problem


class _Unclosed(Exception):
    """The record that is being read has a quote that nothing closes near enough."""


class _Lines:
    """The lines of a file, one by one; those of a record that can't be read are put back.

    Each is read twice at most. A record fails in some line; whatever was open at the end of a
    line before that one fails there too, so that nobody reads on from there once more.
    """

    def __init__(self, pieces: Iterable[bytes], encoding: str, offset: int, line: int) -> None:
        self._source = _split(pieces)
        self._waiting: deque[bytes] = deque()
        self._encoding = encoding
        # The last line that can't be gone on to inside a quote.
        self._closed_until = 0
        self._record_bytes = 0
        self.taken: list[bytes] = []
        self.offset, self.line = offset, line

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.taken and (self.line <= self._closed_until or self._record_bytes > LONGEST_RECORD):
            raise _Unclosed
        raw = self._waiting.popleft() if self._waiting else next(self._source)
        self.taken.append(raw)
        self.offset += len(raw)
        self._record_bytes += len(raw)
        self.line += 1
        return raw.decode(self._encoding)

    def begin_record(self) -> None:
        self.taken.clear()
        self._record_bytes = 0

    def keep_first(self) -> str:
        """Put back all but the first line of the record, and return that."""
        back = self.taken[1:]
        self._closed_until = max(self._closed_until, self.line - 1)
        self._waiting.extendleft(reversed(back))
        self.offset -= sum(map(len, back))
        self.line -= len(back)
        return self.taken[0].decode(self._encoding, "replace").rstrip("\r\n")


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends: \\n, \\r\\n or \\r."""
    rest = b""
    for piece in pieces:
        lines = (rest + piece).splitlines(keepends=True)
        # The last one may go on, or its \r be half of a \r\n.
        rest = b"" if not lines or lines[-1].endswith(b"\n") else lines.pop()
        yield from lines
    if rest:
        yield rest


def read_records(
    pieces: Iterable[bytes], *, encoding: str, separator: str, offset: int, line: int
) -> Iterator[Record]:
    """The records from a byte offset and its line number on, the blank ones included.

    A quote that never closes spoils only its own line: reading goes on with the next one.
    """
    lines = _Lines(pieces, encoding, offset, line)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.begin_record()
        first = lines.line
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Unclosed, UnicodeDecodeError) as error:
            text = lines.keep_first()
            yield Record(first, [], lines.offset, lines.line, _problem(error), text)
            continue
        if not any(map(str.strip, cells)):
            cells = []
        yield Record(first, cells, lines.offset, lines.line)


def _problem(error: csv.Error | _Unclosed | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return BAD_BYTES
    # The reader has one class of errors for all; only their words differ.
    return LONG_CELL if "field limit" in str(error) else BAD_QUOTES


# --- The first line ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """How a file is read, and where its first row begins (byte offset, line number)."""

    encoding: str
    separator: str
    headers: tuple[str, ...]
    offset: int
    line: int


def read_layout(head: bytes, *, encoding: str) -> Layout:
    """The layout, from the first LONGEST_LINE bytes or more. Raises BadFile.

    The separator is the one by which the most columns have a known name; then, by which there
    are the most columns.
    """
    found = [_first_record(head, encoding, separator) for separator in SEPARATORS]
    separator, first = max(zip(SEPARATORS, found, strict=True), key=lambda pair: _fit(pair[1]))
    if first.is_blank:
        raise BadFile(EMPTY)
    if first.problem or len(first.cells) > MOST_COLUMNS:
        raise BadFile(f"The first line can't be read: it must name at most {MOST_COLUMNS} columns.")
    headers = tuple(cell.strip() for cell in first.cells)
    return Layout(encoding, separator, headers, first.next_offset, first.next_line)


def _first_record(head: bytes, encoding: str, separator: str) -> Record:
    """The first record that is not blank; a blank one where there is none."""
    start = len(BOM) if head.startswith(BOM) else 0
    records = read_records(
        [head[start:]], encoding=encoding, separator=separator, offset=start, line=1
    )
    nothing = Record(1, [], len(head), 1)
    return next((record for record in records if not record.is_blank), nothing)


def _fit(record: Record) -> tuple[int, int]:
    return sum(is_known(cell) for cell in record.cells), len(record.cells)
