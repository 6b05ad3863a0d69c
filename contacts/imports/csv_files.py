"""Parses CSV files of contacts: separator and records; pure.

Bytes in, records out; holds one record at a time, and must never repeat a cell in a message.
Undecodable bytes become U+FFFD, which the caller of a cell has to check.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contacts.imports.columns import BadFile, is_known
from foundation.invisible import visible

SEPARATORS = (",", ";", "\t", "|")
LONGEST_LINE = 2**20
# The limit for one record with all its lines.
LONGEST_RECORD = LONGEST_LINE
MOST_COLUMNS = 200
BOM = codecs.BOM_UTF8
BOMS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
# Line ends in two-byte encodings; at an odd offset the bytes belong to two characters.
WIDE_ENDS = {"utf-16-le": re.compile(rb"[\r\n]\0"), "utf-16-be": re.compile(rb"\0[\r\n]")}
# A first line that sets the separator, as Excel reads it.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)

EMPTY = "The file is empty: send a CSV file whose first line names the columns."
MANY_CELLS = "The line has more cells than the first line: quote texts that contain the separator."
LONG_CELL = (
    "A cell of this line is longer than 128 KB, or its quote is never closed: "
    "shorten it, or double the quote."
)
BAD_QUOTES = "The quotes of this line don't match: double each quote inside a quoted text."
OTHER_SEPARATOR = "The line sep= names another separator than comma, semicolon, tab or |."


# --- Records ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """One record and where the next begins; `problem` says why `text` has no cells.

    A blank record has neither. `line` is the number of its first line, from 1; `next_offset` is in
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
    """The current record has a quote that is not closed within the limit."""


class _Lines:
    """The lines of a file; those of a record that can't be parsed can be pushed back.

    Each is read twice at most: if a record fails at some line, a quote that was open at the end of
    an earlier line fails there too, so parsing does not continue from it again.
    """

    def __init__(self, pieces: Iterable[bytes], encoding: str, offset: int, line: int) -> None:
        self._source = _split(pieces, encoding)
        self._waiting: deque[bytes] = deque()
        self._encoding = encoding
        # The last line that can't be continued inside a quote.
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
        text = raw.decode(self._encoding, "replace")
        # Concatenated files have a byte order mark in the middle.
        return text.removeprefix("\ufeff") if len(self.taken) == 1 else text

    def begin_record(self) -> None:
        self.taken.clear()
        self._record_bytes = 0

    def whole_record(self) -> str:
        return b"".join(self.taken).decode(self._encoding, "replace").rstrip("\r\n")

    def keep_first(self) -> str:
        """Push back all but the first line of the record, and return that line."""
        back = self.taken[1:]
        self._closed_until = max(self._closed_until, self.line - 1)
        self._waiting.extendleft(reversed(back))
        self.offset -= sum(map(len, back))
        self.line -= len(back)
        return self.taken[0].decode(self._encoding, "replace").rstrip("\r\n")


def _split(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Lines with their ends: \\n, \\r\\n or \\r."""
    newline = "\n".encode(encoding)
    rest = b""
    for piece in pieces:
        lines = _cut(rest + piece, encoding)
        # The last one may continue, or its \\r be half of a \\r\\n.
        rest = b"" if not lines or _is_whole(lines[-1], newline) else lines.pop()
        yield from lines
    if rest:
        yield rest


def _is_whole(line: bytes, newline: bytes) -> bool:
    """Whether it ends in a newline, not in the halves of two characters that look like one."""
    return line.endswith(newline) and len(line) % len(newline) == 0


def _cut(text: bytes, encoding: str) -> list[bytes]:
    if encoding not in WIDE_ENDS:
        return text.splitlines(keepends=True)
    newline, start, lines = "\n".encode(encoding), 0, []
    for end in WIDE_ENDS[encoding].finditer(text):
        stop = end.end()
        following = text[stop : stop + 2]
        # A \\r may be half of a \\r\\n, of which one byte may already be there.
        is_half = end[0] != newline and (following == newline or len(following) == 1)
        if stop % 2 == 0 and not is_half:
            lines.append(text[start:stop])
            start = stop
    return lines + [text[start:]] * (start < len(text))


def read_records(
    pieces: Iterable[bytes], *, encoding: str, separator: str, offset: int, line: int
) -> Iterator[Record]:
    """The records from a byte offset and its line number on, including blank ones.

    A quote that is never closed affects only its own line: parsing continues with the next one.
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
        except (csv.Error, _Unclosed) as error:
            problem = LONG_CELL if "field limit" in str(error) else BAD_QUOTES
            text = lines.keep_first()
            yield Record(first, [], lines.offset, lines.line, problem, text)
            continue
        if len(cells) > MOST_COLUMNS:
            text = lines.whole_record()
            yield Record(first, [], lines.offset, lines.line, MANY_CELLS, text)
            continue
        if not any(map(visible, cells)):
            cells = []
        yield Record(first, cells, lines.offset, lines.line)


# --- The first line ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """The format of a file, and where its first row begins (byte offset, line number)."""

    encoding: str
    separator: str
    headers: tuple[str, ...]
    offset: int
    line: int


def read_layout(head: bytes, *, encoding: str) -> Layout:
    """The layout, from the first LONGEST_LINE bytes or more. Raises BadFile.

    A line sep=; sets the separator. Otherwise it is the one with the most columns of known names;
    then the one with the most columns.
    """
    bom = BOMS.get(encoding, BOM)
    start = len(bom) if head.startswith(bom) else 0
    told = _told_separator(head[start:], encoding)
    separators: tuple[str, ...] = SEPARATORS
    line = 1
    if told:
        separators, line, start = (told[0],), 2, start + told[1]
    found = [_first_record(head, encoding, separator, start, line) for separator in separators]
    separator, first = max(zip(separators, found, strict=True), key=lambda pair: _fit(pair[1]))
    if first.is_blank:
        raise BadFile(EMPTY)
    if first.problem or len(first.cells) > MOST_COLUMNS:
        raise BadFile(f"The first line can't be read: it must name at most {MOST_COLUMNS} columns.")
    headers = tuple(map(visible, first.cells))
    return Layout(encoding, separator, headers, first.next_offset, first.next_line)


def _told_separator(text: bytes, encoding: str) -> tuple[str, int] | None:
    """The separator of a first line sep=, and the line's length in bytes. Raises BadFile."""
    line = next(_split([text], encoding), b"")
    told = SEPARATOR_LINE.fullmatch(line.decode(encoding, "replace").rstrip("\r\n"))
    if not told:
        return None
    if told[1] not in SEPARATORS:
        raise BadFile(OTHER_SEPARATOR)
    return told[1], len(line)


def _first_record(head: bytes, encoding: str, separator: str, start: int, line: int) -> Record:
    """The first record that is not blank; a blank one if there is none."""
    records = read_records(
        [head[start:]], encoding=encoding, separator=separator, offset=start, line=line
    )
    nothing = Record(1, [], len(head), 1)
    return next((record for record in records if not record.is_blank), nothing)


def _fit(record: Record) -> tuple[int, int]:
    cells = MOST_COLUMNS + 1 if record.problem == MANY_CELLS else len(record.cells)
    return sum(map(is_known, record.cells)), cells
