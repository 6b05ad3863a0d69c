"""Runs a real nginx with the project's templates, and sends it bytes."""

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from tests.processes.running import ROOT, answers, free_port, kill, wait_until
from tracking.hits.event_log import parse

TEMPLATES = ROOT / "deploy/nginx"
# On Debian it is in a folder that only root's PATH has.
PROGRAM = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
MAIN = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 2;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include conf.d/*.conf;
}}
"""


def fill_in(template, values):
    """The output of envsubst for a template when only these variables are set."""
    names = "|".join(values)
    return re.sub(rf"\$\{{({names})\}}", lambda found: str(values[found[1]]), template)


def children_of(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return {int(pid) for pid in listed.split()}


class Nginx:
    """One nginx with its own folder, spool and port; other templates may be added."""

    def __init__(self, folder, *, trusted_proxies=0, templates=("pixel",), spool=None, **values):
        self.folder, self.spool, self.port = folder, spool or folder / "spool", free_port()
        self.site_port = int(values.get("SITE_LISTEN", ":0").rpartition(":")[2])
        self.process = None
        self._values = {
            "PIXEL_LISTEN": f"127.0.0.1:{self.port}",
            "SPOOL_DIR": self.spool,
            "PIXEL_TRUSTED_PROXIES": trusted_proxies,
            "ACME_DIR": folder / "acme",
            **values,
        }
        self.spool.mkdir(parents=True, exist_ok=True)
        (folder / "conf.d").mkdir(parents=True)
        shutil.copytree(TEMPLATES / "snippets", folder / "snippets")
        self.answers = folder / "answers"
        snippet = folder / "snippets" / "pixel-answers.conf"
        snippet.write_text(
            snippet.read_text().replace("/run/pixeltrack/answers", str(self.answers))
        )
        user = "user root;" if os.getuid() == 0 else ""
        (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder))
        self._templates = templates
        self.fill_in()

    def fill_in(self, **changed):
        """Write the configuration with changed values, which a reload applies."""
        self._values.update(changed)
        for name in self._templates:
            text = (TEMPLATES / f"{name}.conf.template").read_text()
            (self.folder / "conf.d" / f"{name}.conf").write_text(fill_in(text, self._values))

    def start(self, *, preexec_fn=None):
        with (self.folder / "output").open("a") as output:
            self.process = subprocess.Popen(
                [PROGRAM, "-p", self.folder, "-c", self.folder / "nginx.conf"],
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=preexec_fn,
            )
        wait_until(lambda: self.process.poll() is not None or answers(self.port), "nginx to listen")
        assert self.process.poll() is None, (self.folder / "output").read_text()
        return self

    def workers(self):
        """The process ids of those that serve."""
        return children_of(self.process.pid)

    def reload(self):
        """Reload nginx, and wait until only new workers run."""
        old = self.workers()
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: (now := self.workers()) and not now & old, "new workers to take over")

    def quit(self):
        """Let every request end, then quit."""
        self.process.send_signal(signal.SIGQUIT)
        assert self.process.wait(30) == 0

    def kill(self):
        kill(self.process)

    def segments(self):
        return sorted(self.spool.glob("nginx-*.jsonl"))

    def lines(self):
        data = b"\n".join(path.read_bytes() for path in self.segments())
        return [line for line in data.split(b"\n") if line]

    def hits(self):
        return [parse(line) for line in self.lines()]

    def client(self):
        return RawClient(self.port)


class RawClient:
    """One connection on which anything can be sent."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._received = b""

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, data):
        self.send(data)
        return self.answer(body=not data.startswith(b"HEAD"))

    def answer(self, *, body=True):
        """Status, headers and body of the next answer."""
        head = self._until(lambda: self._received.find(b"\r\n\r\n") + 1) + 3
        lines = self._take(head).decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        length = int(headers.get("Content-Length", 0)) if body else 0
        self._until(lambda: len(self._received) >= length)
        return int(lines[0].split()[1]), headers, self._take(length)

    def _until(self, condition):
        while not (found := condition()):
            received = self.socket.recv(65536)
            if not received:
                raise ConnectionError("hung up in mid-answer")
            self._received += received
        return found

    def _take(self, size):
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def is_hung_up_on(self):
        try:
            return self.socket.recv(65536) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


def request(path, method="GET", *, headers=()):
    """The bytes of a request; header values may be bytes."""
    lines = [f"{method} {path} HTTP/1.1".encode("latin-1"), b"Host: localhost"]
    for name, value in headers:
        value = value if isinstance(value, bytes) else value.encode()
        lines.append(name.encode() + b": " + value)
    return b"\r\n".join([*lines, b"", b""])
