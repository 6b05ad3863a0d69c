"""How script/server runs the web process; the access log is api_requests.log."""

import sys

from pixeltrack import settings

# Every interface: ALLOWED_HOSTS decides who is answered.
bind = f"0.0.0.0:{settings.PORT}"
workers = settings.WEB_CONCURRENCY
worker_class = "pixeltrack.web.worker.PixelWorker"
threads = 32
keepalive = 30
graceful_timeout = 10
loglevel = "warning"
control_socket_disable = True


def when_ready(server):
    sys.stdout.write(f"PixelTrack is at {settings.PUBLIC_URL} (stop it with Ctrl-C)\n")
    sys.stdout.flush()


def post_worker_init(worker):
    # Here, since a worker's settings are read before it has an application.
    from pixeltrack.wsgi import look_at_database

    look_at_database()
