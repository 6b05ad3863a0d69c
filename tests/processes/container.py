"""Runs nginx as its container of docker compose does: same files, same shell, same user."""

import datetime
import ipaddress
import os
import re
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.deploy.compose import MAIN, ROOT, built_in, environment, load, variables
from tests.processes.nginx import PROGRAM, children_of, fill_in
from tests.processes.running import answers, free_port, kill, wait_until

SECRETS = {name: "x" for name, required in variables(MAIN.read_text()).items() if required}
LOOPBACK = ipaddress.ip_address("127.0.0.1")
# Returns the addresses in a file, and notes each query.
GETENT = '#!/bin/sh\necho asked >>"{asked}"\nsed "s/$/ STREAM/" "{names}"\n'
# The image sources its scripts in a subshell.
START = 'set -e; echo "$0" | while read -r script; do . "$script"; env >env; done; exec "$@"'


def command_of(pid):
    """The command line of a process; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


class Container:
    """nginx in a separate folder, as the user of the compose file (where a test may)."""

    def __init__(self, *, web_port, tls=False, grafana_port=9, addresses="10.0.0.1\n", **values):
        self.folder = Path(tempfile.mkdtemp(prefix="pixeltrack-compose-"))
        self.folder.chmod(0o755)
        service = load(SECRETS | {"TLS_DIR": "/tls"} | values, tls=tls)["services"]["nginx"]
        self.port, self.tls_port, self.pixel_port = free_port(), free_port(), free_port()
        self.spool, self.names = self.folder / "spool", self.folder / "names"
        self.asked = self.folder / "asked"
        self._environment = environment(service) | {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "SITE_LISTEN": f"127.0.0.1:{self.port}",
            "PIXEL_LISTEN": f"127.0.0.1:{self.pixel_port}",
            "SPOOL_DIR": str(self.spool),
            "WEB_ADDRESS": f"127.0.0.1:{web_port}",
            "ACME_DIR": str(self.folder / "acme"),
            "WEB_LOOKUP_SECONDS": "0.1",
        }
        self.filled = self.place(self._environment["NGINX_ENVSUBST_OUTPUT_DIR"])
        self._environment["NGINX_ENVSUBST_OUTPUT_DIR"] = str(self.filled)
        self._addresses = addresses
        self._grafana = f"http://127.0.0.1:{grafana_port}"
        self._files = built_in(service)
        self._user = int(service["user"].partition(":")[0])
        self.process = None

    def place(self, target):
        """The path on this machine of what is mounted there in the container."""
        return self.folder / target.lstrip("/")

    def lay_out(self):
        """Put everything where the container has it; it may write to a few folders only."""
        places = ("spool", "scratch", "tmp", "run", "run/pixeltrack")
        writable = [self.folder, *(self.folder / name for name in places)]
        for folder in writable:
            folder.mkdir(exist_ok=True)
        for source, target in self._files.items():
            place = self.place(target)
            place.parent.mkdir(parents=True, exist_ok=True)
            text = (ROOT / source).read_text()
            place.write_text(self._moved(text) if target.endswith(".conf") else text)
        self.names.write_text(self._addresses)
        (self.folder / "getent").write_text(GETENT.format(names=self.names, asked=self.asked))
        (self.folder / "getent").chmod(0o755)
        if os.geteuid() == 0:
            subprocess.run(["chown", str(self._user), *writable], check=True)

    def _moved(self, text):
        text = text.replace("listen 8443", f"listen 127.0.0.1:{self.tls_port}")
        text = text.replace("http://grafana:3000", self._grafana)
        return re.sub(r" /(scratch|tmp|etc|run)/", rf" {self.folder}/\1/", text)

    def _fill_in(self):
        """Does what the image's script does with the shell's variables."""
        known = dict(
            line.split("=", 1)
            for line in (self.folder / "env").read_text().splitlines()
            if "=" in line
        )
        wanted = re.compile(self._environment["NGINX_ENVSUBST_FILTER"])
        values = {name: value for name, value in known.items() if wanted.search(name)}
        for template in self.place("/etc/nginx/templates").iterdir():
            place = self.filled / template.name.removesuffix(".template")
            place.write_text(fill_in(template.read_text(), values))

    def _become(self):
        os.setgroups([])
        os.setgid(self._user)
        os.setuid(self._user)

    def launch(self, *command):
        """Start the command in the shell that has read nginx.envsh, as the image does."""
        script = self.place("/docker-entrypoint.d/15-pixeltrack.envsh")
        with (self.folder / "output").open("w") as output:
            return subprocess.Popen(
                ["/bin/sh", "-c", START, script, *command],
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=self._become if os.geteuid() == 0 else None,
            )

    def start(self):
        self.lay_out()
        # nginx starts once the templates are filled in, which needs the shell's variables.
        go = self.folder / "filled"
        wait = f"until [ -e {go} ]; do sleep 0.02; done; exec {PROGRAM} -p etc/nginx -c nginx.conf"
        self.process = self.launch("/bin/sh", "-c", f"{wait} -g 'daemon off;'")
        wait_until(lambda: (self.folder / "env").exists() and self._said_all(), "the variables")
        self._fill_in()
        go.touch()
        wait_until(lambda: self.process.poll() is not None or answers(self.port), "nginx")
        assert self.process.poll() is None, self.said()
        return self

    def _said_all(self):
        return "MAX_BODY_MB" in (self.folder / "env").read_text()

    def workers(self):
        """nginx's workers, without the shell that watches the addresses."""
        return {
            pid for pid in children_of(self.process.pid) if b"worker process" in command_of(pid)
        }

    def said(self):
        return (self.folder / "output").read_text()

    def filled_in(self, name):
        return (self.filled / name).read_text()

    def close(self):
        if self.process:
            kill(self.process)
        shutil.rmtree(self.folder)


def certify(folder: Path):
    """A self-signed certificate, and what a client needs to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    folder.mkdir(parents=True)
    (folder / "fullchain.pem").write_bytes(pem)
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(cadata=pem.decode())
    context.check_hostname = False
    return context
