"""Receives uploaded contact files, up to the limit, in an unnamed temporary file.

The file holds personal data, so nothing of it may stay on disk if the process dies.
"""

import tempfile
from typing import IO, Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from contacts.imports.stored_files import MEGABYTE, largest_file, too_large
from foundation.errors import InvalidInput


class ContactFileUpload(FileUploadHandler):
    """Accepts one file per request.

    Raises TooLarge as soon as it exceeds IMPORT_MAX_MB, and InvalidInput for a second file.
    """

    chunk_size = MEGABYTE

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._received = 0
        self._file: IO[bytes] | None = None

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        # The other fields and the boundaries fit into a megabyte.
        if content_length > largest_file() + MEGABYTE:
            raise too_large()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self._file is not None:
            self._file.close()
            raise InvalidInput.field("file", "Send one file at a time.")
        self._file = tempfile.TemporaryFile()  # noqa: SIM115

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._received += len(raw_data)
        file = self._begun()
        if self._received > largest_file():
            file.close()
            raise too_large()
        file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        file = self._begun()
        file.seek(0)
        return UploadedFile(
            file=file, name=self.file_name, content_type=self.content_type, size=file_size
        )

    def _begun(self) -> IO[bytes]:
        # Django calls `new_file` first.
        return cast(IO[bytes], self._file)

    def upload_interrupted(self) -> None:
        if self._file is not None:
            self._file.close()
