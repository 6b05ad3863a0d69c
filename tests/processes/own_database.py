"""A MariaDB or PostgreSQL for the tests that uses TLS, with certificates made for it."""

import datetime
import ipaddress
import os
import shutil
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.processes.running import answers, free_port, terminate, wait_until

HOST = "127.0.0.1"
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PATH = ":".join([os.environ["PATH"], "/usr/sbin", *map(str, DEBIAN)])


class Authority:
    """Signs certificates; clients that trust `file` accept them."""

    def __init__(self, folder, name):
        self._folder, self._name = folder, x509.Name.from_rfc4514_string(f"CN={name}")
        self._key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.BasicConstraints(ca=True, path_length=None)
        self.file = self._write(f"{name}.pem", self._sign(self._name, self._key, usage))

    def certificate(self, name):
        """Files of a certificate for this host, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
        signed = self._sign(x509.Name.from_rfc4514_string(f"CN={name}"), key, host)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self._folder / f"{name}.key"
        path.write_bytes(secret)
        path.chmod(0o600)
        return self._write(f"{name}.pem", signed), path

    def _sign(self, subject, key, extension):
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(self._name, subject, key.public_key())
        return (
            builder.serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _write(self, name, certificate):
        path = self._folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path


class OwnDatabase:
    """A server with one empty database `x`; the path of `folder` must not be long."""

    def __init__(self, folder, vendor, authority, *, tls=True):
        self.port, self._folder = free_port(), folder
        # MariaDB deletes the temporary tables of any other one that starts in the same folder.
        self._environment = {"PATH": PATH, "TMPDIR": str(folder)}
        self._certificate, self._key = authority.certificate("server")
        self._tls = tls
        # Neither server runs as root.
        self._user = {"mysql": "mysql", "postgresql": "postgres"}[vendor]
        self._as_user = ["runuser", "-u", self._user, "--"] if os.getuid() == 0 else []
        if self._as_user:
            for path in (folder, self._key, self._certificate):
                shutil.chown(path, self._user)
        self.login = "root@" if vendor == "mysql" else f"{self._user}@"
        command = getattr(self, f"_{vendor}")()
        self._log = (folder / "log").open("w")
        self._process = subprocess.Popen(
            [*self._as_user, *command], stdout=self._log, stderr=self._log, env=self._environment
        )
        wait_until(self._is_ready, "the database to listen")

    def _is_ready(self):
        """PostgreSQL listens a moment before it accepts connections."""
        if self._user != "postgres":
            return answers(self.port)
        ask = ["pg_isready", "--quiet", f"--host={HOST}", f"--port={self.port}"]
        return subprocess.run(ask, check=False, env={"PATH": PATH}).returncode == 0

    def close(self):
        terminate(self._process)
        self._log.close()

    def _run(self, *command):
        subprocess.run(
            [*self._as_user, *command],
            check=True,
            stdout=subprocess.DEVNULL,
            env=self._environment,
        )

    def _mysql(self):
        data = f"--datadir={self._folder}/data"
        auth = ("--auth-root-authentication-method=normal", "--skip-test-db")
        self._run("mariadb-install-db", "--no-defaults", data, *auth)
        files = (f"--ssl-cert={self._certificate}", f"--ssl-key={self._key}")
        tls = files if self._tls else ("--skip-ssl",)
        small = ("--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M")
        address = (f"--bind-address={HOST}", f"--port={self.port}", f"--socket={self._folder}/s")
        return ["mariadbd", "--no-defaults", data, *tls, *small, *address]

    def _postgresql(self):
        data = f"{self._folder}/data"
        self._run("initdb", "-D", data, "-A", "trust", "-N", "-U", self._user)
        settings = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": self._folder,
            "ssl": "on" if self._tls else "off",
            "ssl_cert_file": self._certificate,
            "ssl_key_file": self._key,
        }
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return ["postgres", "-D", data, *given]
