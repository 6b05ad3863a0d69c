"""The WSGI entry point; pixels bypass Django."""

import os
import sys
import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections

from foundation import env
from foundation.database import settings as database_settings
from foundation.metrics import shared_folder
from foundation.version import __version__
from tracking.door import paths as pixel_paths

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pixeltrack.settings")
# gunicorn restarts workers forever unless one exits with this code.
APP_LOAD_ERROR = 4

try:
    shared_folder.share()
    django = get_wsgi_application()
    # Web requests have short timeouts; commands may wait longer.
    database_settings.limit_reads(
        settings.DATABASES["default"], seconds=settings.DATABASE_TIMEOUTS.web
    )
    from foundation import database_fit
    from tracking.door import pixel

    pixel.pixel()
except env.SettingsError as complaint:
    sys.stderr.write(f"{complaint}\n")
    raise SystemExit(APP_LOAD_ERROR) from None
structlog.get_logger(__name__).info("web_started", version=__version__)


def look_at_database() -> None:
    """Log problems of the database while requests are already served: it may hang."""
    threading.Thread(target=_log_what_does_not_fit, name="database-fit", daemon=True).start()


def _log_what_does_not_fit() -> None:
    try:
        database_fit.log_problems()
    finally:
        connections.close_all()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if pixel_paths.is_of_pixels(environ["PATH_INFO"]):
        return pixel.respond(environ, start_response)
    return django(environ, start_response)
