"""Logging: console, `pixeltrack.log`, `errors.log` and `api_requests.log`.

Without a folder everything goes to the console, where the process manager collects it.

Log with `structlog.get_logger(__name__)`: one call is one event, named `<thing>_<what happened>`
(`campaign_created`, `input_rejected`, `database_unreachable`); its details follow as keywords with
ids, codes and numbers. Never log personal data; anything that looks like an e-mail address is
masked as a safeguard, and so is the token in the address of a person's page or a shared report.
"""

import logging.config
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import cast

import structlog
from structlog.dev import Column, ConsoleRenderer, KeyValueColumnFormatter, plain_traceback
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

API_REQUESTS = "pixeltrack.api_requests"
API_FIELDS = (
    "timestamp",
    "request_id",
    "method",
    "path",
    "status_code",
    "process_time",
    "client_ip",
    "level",
)
# Bounded repetitions, so that a long line can't make the match slow.
ADDRESS_PART = r"[^\s\"'<>()\[\]{},;:=&?/\\]"
ADDRESS = re.compile(rf"{ADDRESS_PART}{{1,128}}(?:@|%40){ADDRESS_PART}{{1,255}}")


def _encoded(text: str) -> str:
    """Matches it percent-encoded or not."""
    return "".join(f"(?:{letter}|%{ord(letter):02x})" for letter in text)


# Whoever has the address of a person's page can decide for the person, and whoever has that of a
# shared report can read it. Lines of our own code under reports/ are no such address.
PAGES = rf"{_encoded('privacy/')}|{_encoded('reports/')}(?!(?-i:[a-z_]+/)*(?-i:[a-z_]+\.py)\b)"
TOKEN = re.compile(rf"({PAGES})[^\s\"'<>]+", re.IGNORECASE)


class WithoutTokens(logging.Filter):
    """Cuts tokens out of the lines of a logger that has formatters of its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = cut_tokens(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = cut_tokens(logging.Formatter().formatException(record.exc_info))
        return True


def cut_tokens(text: str) -> str:
    """A text in which such an address ends with /privacy/... or /reports/..."""
    return TOKEN.sub(r"\1...", text)


def configure(folder: Path | None, *, debug: bool) -> None:
    """Configure logging for this process; processes may share the folder, None disables files.

    Raises OSError if the folder can't be created or written to.
    """
    if folder is not None:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    logging.config.dictConfig(_config(folder, debug))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _shared_processors() -> list[Processor]:
    """The processors for every line, our own and those of libraries."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
    ]


def _config(folder: Path | None, debug: bool) -> dict:
    handlers = _console_alone() if folder is None else _console_and_files(folder)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "short": _formatter(_line("timestamp", "level", "logger", "event")),
            "long": _formatter(_line("timestamp", "logger", "level", "place", "event")),
            "json": _formatter(_api_fields, structlog.processors.JSONRenderer()),
        },
        "handlers": handlers,
        "loggers": {
            API_REQUESTS: {"handlers": ["api"], "propagate": False},
            # api_requests.log has every request, so only the library's failures are kept; Django's
            # own request lines would duplicate them.
            "django_structlog": {"level": "ERROR"},
            "django.request": {"level": "CRITICAL"},
            # It logs every minute that it removed nothing.
            "axes": {"level": "WARNING"},
        },
        "root": {
            "level": "DEBUG" if debug else "INFO",
            "handlers": [name for name in handlers if name != "api"],
        },
    }


def _console_and_files(folder: Path) -> dict:
    return {
        "console": {"class": "logging.StreamHandler", "formatter": "short"},
        "file": _file(folder / "pixeltrack.log", "long"),
        "errors": _file(folder / "errors.log", "long", "ERROR"),
        "api": _file(folder / "api_requests.log", "json"),
    }


def _console_alone() -> dict:
    """API requests go to standard output, everything else to standard error."""
    stream = {"class": "logging.StreamHandler"}
    return {
        "console": {**stream, "formatter": "long"},
        "api": {**stream, "formatter": "json", "stream": "ext://sys.stdout"},
    }


@contextmanager
def quiet_console() -> Iterator[None]:
    """Limit the console to warnings, for commands that produce hundreds of events.

    The log files still receive every event.
    """
    [console] = [own for own in logging.getLogger().handlers if type(own) is logging.StreamHandler]
    usual = console.level
    console.setLevel(logging.WARNING)
    try:
        yield
    finally:
        console.setLevel(usual)


class LogFile(WatchedFileHandler):
    """A private log file, also when it is recreated after rotation."""

    def _open(self) -> TextIOWrapper:
        file = open(  # noqa: SIM115 - the handler closes it
            self.baseFilename,
            self.mode,
            encoding=self.encoding,
            errors=self.errors,
            opener=lambda path, flags: os.open(path, flags, 0o640),
        )
        # The handlers open files in text mode.
        return cast(TextIOWrapper, file)


def _file(path: Path, formatter: str, level: str = "INFO") -> dict:
    """The standard handler appends each line with one write, so lines of several processes do not
    mix.
    """
    return {
        "class": "foundation.logs.LogFile",
        "filename": str(path),
        "encoding": "utf-8",
        "errors": "backslashreplace",
        "formatter": formatter,
        "level": level,
    }


def _formatter(*processors: Processor) -> dict:
    return {
        "()": ProcessorFormatter,
        "foreign_pre_chain": _shared_processors(),
        "processors": [
            _add_time_and_place,
            ProcessorFormatter.remove_processors_meta,
            *processors,
            _blank_addresses,
            lambda _logger, _name, line: cut_tokens(line),
        ],
    }


def _add_time_and_place(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    record = event["_record"]
    moment = datetime.fromtimestamp(record.created, UTC)
    event["timestamp"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event["place"] = f"{record.filename}:{record.lineno}"
    return event


def _line(*first: str) -> ConsoleRenderer:
    """Renders the columns in `first` as bare values, every other keyword as name=value."""
    bare = KeyValueColumnFormatter(
        key_style=None, value_style="", reset_style="", value_repr=_one_line
    )
    pair = KeyValueColumnFormatter(key_style="", value_style="", reset_style="", value_repr=repr)
    unwanted = {"timestamp", "place"} - set(first)
    columns = [
        *(Column(name, bare) for name in first),
        *(Column(name, lambda key, value: "") for name in unwanted),
        Column("", pair),
    ]
    return ConsoleRenderer(columns=columns, exception_formatter=plain_traceback)


def _one_line(value: object) -> str:
    """Escapes newlines, so that a message can't forge another line."""
    return str(value).replace("\r", "\\r").replace("\n", "\\n")


def _api_fields(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return {name: event.get(name) for name in API_FIELDS}


def _blank_addresses(_logger: WrappedLogger, _name: str, line: str) -> str:
    if "@" not in line and "%40" not in line:
        return line
    return ADDRESS.sub("[address]", line)
