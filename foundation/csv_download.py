"""Streams tables as CSV downloads, row by row, so that memory use stays flat."""

from collections.abc import Iterable, Sequence
from itertools import chain

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from foundation.csv_export import csv_blocks

BYTE_ORDER_MARK = "\ufeff"


def csv_download(rows: Iterable[Sequence[object]], *, name: str) -> StreamingHttpResponse:
    """A CSV response; `rows` are read while it is sent."""
    return _download(csv_blocks(rows), name)


def spreadsheet_download(
    rows: Iterable[Sequence[object]], *, name: str, separator: str
) -> StreamingHttpResponse:
    """The same, with a byte order mark, without which spreadsheets do not recognise UTF-8."""
    return _download(chain([BYTE_ORDER_MARK], csv_blocks(rows, separator=separator)), name)


def _download(blocks: Iterable[str], name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        blocks,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(True, name),
            "Cache-Control": "private, no-store",
        },
    )
