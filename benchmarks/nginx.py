"""nginx with one worker: a configuration of its own, the pixel door, or the whole site."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import project
from benchmarks.serving import answers

TEMPLATES = Path(__file__).resolve().parents[1] / "deploy/nginx"
MAIN = """
{user}
daemon off;
worker_processes 1;
pcre_jit on;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include site.conf;
}}
"""


@contextmanager
def nginx(folder: Path, site: str, port: int) -> Iterator[None]:
    """Runs with `site` inside http {} until the block ends."""
    folder.mkdir()
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder))
    (folder / "site.conf").write_text(site)
    server = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf"])
    try:
        while not answers(port):
            if server.poll() is not None:
                raise SystemExit("nginx did not start")
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def in_front_of(web_port: int, port: int) -> Iterator[int]:
    """The site as deployed in front of a web process; gives the port it listens on."""
    scratch = Path(tempfile.mkdtemp(prefix=project.NAME))
    (scratch / "spool").mkdir()
    pixel = pixel_door(scratch / "spool", f"{port + 1}")
    site = filled(
        "pixeltrack.conf.template",
        SITE_LISTEN=f"127.0.0.1:{port}",
        WEB_ADDRESS=f"127.0.0.1:{web_port}",
        MAX_BODY_MB="513",
        PIXEL_TRUSTED_PROXIES="0",
    )
    with nginx(scratch / "site", pixel + site, port):
        yield port


def pixel_door(spool: Path, port: int | str) -> str:
    return filled(
        "pixel.conf.template",
        PIXEL_LISTEN=f"127.0.0.1:{port}",
        SPOOL_DIR=str(spool),
        PIXEL_TRUSTED_PROXIES="0",
    )


def filled(template: str, **values: str) -> str:
    """A template of deploy/nginx with its variables, and nothing else, filled in."""
    text = (TEMPLATES / template).read_text()
    known = rf"\$\{{({'|'.join(values)})\}}"
    text = re.sub(known, lambda found: values[found[1]], text)
    return text.replace("snippets/pixel.conf", f"{TEMPLATES}/snippets/pixel.conf")
