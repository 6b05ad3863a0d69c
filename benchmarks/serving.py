"""gunicorn with an application on a port of its own, as deployed: one worker, 32 threads."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import project

OPTIONS = "--workers 1 --threads 32 --keep-alive 30 --no-control-socket --log-level warning"
DEPLOYED, THREADED = "pixeltrack.web.worker.PixelWorker", "gthread"


@contextmanager
def serving(application: str, *, worker_class: str = DEPLOYED, **environment: str) -> Iterator[int]:
    """The port of a running server; `environment` is added to ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    options = ["--worker-class", worker_class, *OPTIONS.split()]
    log = Path(tempfile.mkdtemp(prefix=project.NAME)) / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, *options], stdout=output, stderr=output, env={**os.environ, **environment}
        )
    try:
        while not answers(port):
            if server.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
