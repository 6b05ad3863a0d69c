"""Runs the real processes of one PixelTrack, and loads pixels from it as mail clients do."""

import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.1.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0",
    "curl/8.5.0",
)


def wait_until(condition, what):
    """Poll until the condition is true and return its value; fails after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)
    return result


# Below those of outgoing connections, and different for each worker: a process that is given
# a port listens there only later.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = itertools.cycle(range(12_000 + 1_000 * _WORKER, 13_000 + 1_000 * _WORKER))


def free_port():
    while True:
        port = next(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def answers(port):
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


class Site:
    """The processes of one installation, with its own spool, logs, metrics, database, settings."""

    def __init__(self, folder, database_url, **environment):
        self.folder = folder
        self.spool = folder / "spool"
        self.port = free_port()
        self._processes = []
        self._logs = itertools.count()
        self._environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "SPOOL_DIR": str(self.spool),
            "CONSENT_JOURNAL": str(folder / "consent.journal"),
            "LOG_DIR": str(folder / "logs"),
            "METRICS_DIR": str(folder / "metrics"),
            **environment,
        }

    def start_web(self, *, preexec_fn=None, **environment):
        web = self.launch_web(preexec_fn=preexec_fn, **environment)
        wait_until(lambda: answers(self.port), "the web process to listen")
        return web

    def launch_web(self, *, config="deploy/gunicorn.conf.py", preexec_fn=None, **environment):
        options = f"--config {config} --bind 127.0.0.1:{self.port} pixeltrack.wsgi"
        return self._start(["-m", "gunicorn", *options.split()], environment, preexec_fn)

    def start_ingest(self, *options, **environment):
        return self.start("ingest_opens", *options, **environment)

    def start(self, *command, **environment):
        """Start a management command."""
        return self._start(["manage.py", *command], environment)

    def manage(self, *arguments):
        """Run a management command to its end."""
        return self.start(*arguments).wait(PATIENCE_SECONDS)

    def output(self):
        """The output of all processes so far."""
        return "\n".join(p.read_text() for p in sorted(self.folder.glob("output-*")))

    def _start(self, command, environment, preexec_fn=None):
        with (self.folder / f"output-{next(self._logs)}").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**self._environment, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                # A separate process group, so that killing it includes its children.
                start_new_session=True,
                preexec_fn=preexec_fn,
            )
        self._processes.append(process)
        return process

    def close(self):
        for process in self._processes:
            kill(process)

    def segments(self):
        return sorted(self.spool.glob("*.jsonl"))

    def metric(self, name):
        address = ("127.0.0.1", self.port)
        with closing(http.client.HTTPConnection(*address, timeout=PATIENCE_SECONDS)) as connection:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        return sum(
            float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} ")
        )


def kill(process):
    """kill -9 of a process and its children; nothing happens to one that has ended."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def terminate(process):
    """Ask a process to end; returns its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE_SECONDS)


class Readers:
    """Mail clients that load each of some pixels once, and note which ones were answered.

    A load that fails is not repeated: whether it counted can't be known.
    """

    def __init__(self, port, pixels, clients=4):
        self._port = port
        self._waiting = iter(list(pixels))
        self._lock = threading.Lock()
        self.answered = set()
        self.failed = set()
        self._threads = [threading.Thread(target=self._read) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def finish(self):
        for thread in self._threads:
            thread.join()
        return self

    def wait_for(self, count):
        wait_until(lambda: len(self.answered) >= count, f"{count} answers")

    def _next(self):
        with self._lock:
            return next(self._waiting, None)

    def _read(self):
        connection = None
        agents = itertools.cycle(USER_AGENTS)
        while (pixel := self._next()) is not None:
            connection = connection or self._connect()
            if self._load(connection, pixel, next(agents)):
                self.answered.add(pixel)
            else:
                self.failed.add(pixel)
                connection.close()
                connection = None
        if connection:
            connection.close()

    def _connect(self):
        wait_until(lambda: answers(self._port), "the web process to come back")
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)

    def _load(self, connection, pixel, agent):
        try:
            connection.request("GET", f"/pixel/{pixel}.gif", headers={"User-Agent": agent})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            return False
        assert (response.status, len(body)) == (200, 43)
        return True
