"""Where log lines go: console, `pixeltrack.log`, `errors.log` and `api_requests.log`.

Personal data never reaches a log line; callers log ids and codes.
"""

import logging.config
from pathlib import Path


def configure(folder: Path, *, debug: bool) -> None:
    """Set up logging; several processes may share the folder (each line is one append)."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.config.dictConfig(_config(folder, debug))


def _file(path: Path, formatter: str, level: str = "INFO") -> dict:
    return {
        "class": "logging.handlers.WatchedFileHandler",
        "filename": str(path),
        "formatter": formatter,
        "level": level,
    }


def _config(folder: Path, debug: bool) -> dict:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "short": {"format": "%(levelname).1s %(name)s %(message)s"},
            "long": {
                "format": "%(asctime)s %(name)s %(levelname)s %(filename)s:%(lineno)d %(message)s"
            },
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "short"},
            "file": _file(folder / "pixeltrack.log", "long"),
            "errors": _file(folder / "errors.log", "long", "ERROR"),
        },
        "root": {
            "level": "DEBUG" if debug else "INFO",
            "handlers": ["console", "file", "errors"],
        },
    }
