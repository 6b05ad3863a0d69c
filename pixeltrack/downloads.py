"""Tables that are downloaded as CSV, streamed row by row so that memory stays flat."""

from collections.abc import Iterable, Sequence

from django.http import StreamingHttpResponse

from pixeltrack.csv_cells import csv_blocks


def csv_download(rows: Iterable[Sequence[object]], *, name: str) -> StreamingHttpResponse:
    """A file of the rows; `rows` are read while it is sent."""
    return StreamingHttpResponse(
        csv_blocks(rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
