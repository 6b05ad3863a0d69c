"""Tables that are downloaded as CSV, streamed row by row so that memory stays flat."""

from collections.abc import Iterable, Sequence
from itertools import chain

from django.http import StreamingHttpResponse

from foundation.csv_export import csv_blocks

BYTE_ORDER_MARK = "\ufeff"


def csv_download(rows: Iterable[Sequence[object]], *, name: str) -> StreamingHttpResponse:
    """A file of the rows; `rows` are read while it is sent."""
    return _download(csv_blocks(rows), name)


def spreadsheet_download(
    rows: Iterable[Sequence[object]], *, name: str, separator: str
) -> StreamingHttpResponse:
    """The same for a file that is mended in a spreadsheet, which reads UTF-8 by its mark alone."""
    return _download(chain([BYTE_ORDER_MARK], csv_blocks(rows, separator=separator)), name)


def _download(blocks: Iterable[str], name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        blocks,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
