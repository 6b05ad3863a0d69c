"""One PixelTrack behind a real nginx with TLS, on a small disk, with a busy Prometheus."""

import os
import sqlite3
import subprocess
import time
from contextlib import closing

from tests import migrated
from tests.processes.container import certify
from tests.processes.nginx import Nginx, request
from tests.processes.running import Site, answers, free_port, kill, wait_until
from tests.prometheus import Prometheus
from tests.redis_server import RedisServer
from tracking.door.pixel import GIF
from tracking.door.unrecorded import records_in

TOKEN = "metrics-token-of-the-tests"
TLS = """listen 127.0.0.1:{port} ssl;
ssl_certificate {folder}/fullchain.pem;
ssl_certificate_key {folder}/privkey.pem;
"""


class WatchedSite:
    """Web and ingest share their figures; tasks and sweep are asked each by itself."""

    def __init__(self, folder):
        migrated.copy_to(folder / "site.db")
        self.site = Site(folder, f"sqlite:///{folder}/site.db")
        self._folder = folder
        self.tls_port = free_port()
        self.redis = RedisServer(folder)
        self.nginx = self._make_nginx()
        self.is_small = self._mount()
        self.nginx.start()
        self.ports = {"web": self.site.port, "tasks": free_port(), "sweep": free_port()}
        self.processes = self._start()
        self.prometheus = Prometheus(folder / "prometheus", self.ports, token=TOKEN, hasty=True)

    def _make_nginx(self):
        folder = self._folder / "nginx"
        folder.mkdir()
        nginx = Nginx(
            folder,
            templates=("pixel", "pixeltrack"),
            SITE_LISTEN=f"127.0.0.1:{free_port()}",
            WEB_ADDRESS=f"127.0.0.1:{self.site.port}",
            MAX_BODY_MB=5,
        )
        certify(folder / "tls")
        tls = TLS.format(port=self.tls_port, folder=folder / "tls")
        (folder / "snippets" / "pixeltrack-tls.conf").write_text(tls)
        return nginx

    def _mount(self):
        """A disk of half a megabyte under the spool; only the super-user can mount one."""
        command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(self.nginx.spool)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def _start(self):
        shared = {
            "SPOOL_DIR": str(self.nginx.spool),
            "PIXEL_ANSWERS": str(self.nginx.answers),
            "DOOR_URL": f"https://127.0.0.1:{self.tls_port}",
            "REDIS_URL": self.redis.url,
            "METRICS_TOKEN": TOKEN,
        }
        web = self.site.launch_web(**shared)
        ingest = self.site.start_ingest(**shared)
        others = {
            job: self.site.start(
                command,
                **shared,
                METRICS_PORT=str(self.ports[job]),
                METRICS_DIR=str(self._folder / f"metrics-{job}"),
            )
            for job, command in (("tasks", "db_worker"), ("sweep", "sweep"))
        }
        for port in self.ports.values():
            wait_until(lambda port=port: answers(port), "everybody to listen")
        return {"web": web, "ingest": ingest, **others}

    def await_alert(self, name):
        wait_until(lambda: name in self.prometheus.firing(), f"{name} to fire")

    def answer(self, count):
        """Load so many pixels from nginx."""
        client = self.nginx.client()
        for number in range(count):
            name = f"2f1f4a0c-5d3b-4c39-9a51-{number:012x}"
            assert client.ask(request(f"/pixel/{name}.gif"))[::2] == (200, GIF)
        # A pixel is recorded a moment after its answer, and before the next one.
        client.ask(request("/pixel/"))
        client.close()
        # By its size: what the reader has read is freed, and holds no lines any more.
        size = count * len("2026-03-02T09:00\n")
        noted = self.nginx.answers
        wait_until(lambda: noted.stat().st_size >= size, "nginx to note its answers")

    def end_minute(self):
        """Let the segments be as old as they are some minutes later; how many records they hold."""
        segments = self.nginx.segments()
        recorded = sum(records_in(segment) for segment in segments)
        for segment in segments:
            os.utime(segment, (time.time() - 600,) * 2)
        return recorded

    def kill(self, job):
        kill(self.processes[job])

    def let_time_pass_since_seen(self, name, *, minutes=10):
        with closing(sqlite3.connect(self._folder / "site.db", timeout=20)) as database, database:
            [seen] = database.execute(
                "UPDATE tracking_processseen SET seen_at = datetime('now', ?) "
                "WHERE name = ? RETURNING 1",
                [f"-{minutes} minutes", name],
            ).fetchall()
            assert seen

    def close(self):
        self.prometheus.close()
        self.site.close()
        self.redis.kill()
        self.nginx.kill()
        if self.is_small:
            subprocess.run(["umount", "--lazy", str(self.nginx.spool)], check=True)
