"""Scans a contact file, piece by piece, before its rows are read; pure."""

import codecs
import re

from contacts.imports.columns import BadFile
from contacts.imports.csv_files import BOM, EMPTY, LONGEST_LINE
from contacts.imports.guessing.encoding import guess

# Bytes that do not occur in text. DOS files end with Ctrl-Z.
CONTROLS = bytes(n for n in range(32) if n not in b"\t\n\v\f\r\x1a")
UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# Which of the first four bytes are 0 if they hold Latin letters.
UTF16_ZEROS: dict[tuple[bool, ...], str] = {
    (False, True) * 2: "utf-16-le",
    (True, False) * 2: "utf-16-be",
}
CELL_ENDS = re.compile(rb'[,;\t"\r\n]+')
# Enough to detect an encoding.
WORDS_BYTES = 16 * 1024
LONGEST_WORD = 1000

NUL = "The file contains a NUL byte, so it is not text: save it as CSV in UTF-8."
BINARY = "The file is binary, not text: save it as CSV in UTF-8."
LONG = "A line of the file is longer than 1 MB: save it as CSV with one contact a line."


class Scan:
    """Checks a file and detects its encoding; `feed` raises BadFile."""

    def __init__(self) -> None:
        self.size = 0
        self._wide: str | None = None
        self._has_bom = self._has_text = False
        self._is_utf8 = True
        self._decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8")()
        self._words = _Words()
        self._line = 0

    def feed(self, piece: bytes) -> None:
        """Scan the next piece, of at most LONGEST_LINE bytes; the first has at least 4 if the file
        has.
        """
        is_first, self.size = not self.size, self.size + len(piece)
        if is_first:
            self._wide = _two_byte_codec(piece)
            if self._wide:
                self._decoder = codecs.getincrementaldecoder(self._wide)("replace")
        if self._wide:
            piece = self._decoder.decode(piece).encode()
        if is_first:
            self._has_bom = piece.startswith(BOM)
            _refuse_binary(piece)
        elif b"\0" in piece:
            raise BadFile(NUL)
        self._measure_line(piece)
        self._has_text = self._has_text or bool(piece.removeprefix(BOM).strip())
        if not self._wide:
            self._is_utf8 = self._is_utf8 and self._decodes(piece)
            self._words.feed(piece)

    def encoding(self) -> str:
        """The file's codec, once all of it was fed. Raises BadFile for a file without text.

        A byte order mark means UTF-8, and so do more valid UTF-8 letters than invalid bytes: rows
        with invalid bytes are rejected one by one.
        """
        if not self._has_text:
            raise BadFile(EMPTY)
        if self._wide:
            return self._wide
        if self._has_bom or (self._is_utf8 and self._decodes(b"", final=True)):
            return "utf-8"
        words = self._words.found()
        return "utf-8" if _is_mostly_utf8(words) else guess(words)

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


class _Words:
    """The first distinct cells with non-ASCII characters, up to a limit."""

    def __init__(self) -> None:
        self._found: dict[bytes, None] = {}
        self._size = 0
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        if self._size < WORDS_BYTES:
            text = self._rest + piece
            end = 1 + max(text.rfind(b"\n"), text.rfind(b"\r"))
            self._rest = text[end:]
            self._take(text[:end])

    def found(self) -> bytes:
        self._take(self._rest)
        return b"\n".join(self._found)

    def _take(self, lines: bytes) -> None:
        if lines.isascii():
            return
        for cell in CELL_ENDS.split(lines):
            if self._size >= WORDS_BYTES:
                return
            if not cell.isascii() and cell not in self._found and len(cell) <= LONGEST_WORD:
                self._found[cell] = None
                self._size += len(cell)


def _two_byte_codec(head: bytes) -> str | None:
    """UTF-16, by its byte order mark or by two Latin letters at the start."""
    if head[:2] in UTF16_BOMS:
        return UTF16_BOMS[head[:2]]
    return UTF16_ZEROS.get(tuple(n == 0 for n in head[:4]))


def _is_mostly_utf8(words: bytes) -> bool:
    text = words.decode(errors="replace")
    broken = text.count("\ufffd")
    letters = sum(not char.isascii() for char in text) - broken
    return letters >= broken


def _refuse_binary(head: bytes) -> None:
    if head.startswith((b"PK\x03\x04", b"%PDF")) or len(head.translate(None, CONTROLS)) < len(head):
        # A text that contains a NUL is distinguished from a binary file.
        others = head.translate(None, CONTROLS + b"\0")
        is_text = len(others) + head.count(b"\0") == len(head)
        raise BadFile(NUL if is_text and b"\0" in head else BINARY)
