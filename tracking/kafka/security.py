"""Reads the settings for secure connections to Kafka; an invalid one stops the start.

Must not import Django, as `foundation.env`.
"""

import ssl
from pathlib import Path

from foundation import env

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")


def security_options() -> dict[str, str]:
    """The options for librdkafka's clients, which may include a password.

    Options that the protocol would ignore are refused: they would suggest a security that is not
    there.
    """
    protocol = env.choice("KAFKA_SECURITY_PROTOCOL", default="PLAINTEXT", among=PROTOCOLS)
    return {"security.protocol": protocol, **_tls(protocol), **_sasl(protocol)}


def _tls(protocol: str) -> dict[str, str]:
    files = {
        "ssl.ca.location": env.text("KAFKA_CA_FILE"),
        "ssl.certificate.location": env.text("KAFKA_CERTIFICATE_FILE"),
        "ssl.key.location": env.text("KAFKA_KEY_FILE"),
    }
    if not protocol.endswith("SSL"):
        _must_be_unset(("KAFKA_CA_FILE", "KAFKA_CERTIFICATE_FILE", "KAFKA_KEY_FILE"), "SSL")
        return {}
    given = {option: str(env.BASE_DIR / name) for option, name in files.items() if name}
    _check_files(*(given.get(option) for option in files))
    return {"ssl.endpoint.identification.algorithm": "https", **given}


def _check_files(ca: str | None, certificate: str | None, key: str | None) -> None:
    if bool(certificate) != bool(key):
        raise env.SettingsError("Set both KAFKA_CERTIFICATE_FILE and KAFKA_KEY_FILE, or neither.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca:
        _readable("KAFKA_CA_FILE", ca)
        try:
            context.load_verify_locations(ca)
        except ssl.SSLError:
            raise env.SettingsError("KAFKA_CA_FILE must hold certificates in PEM.") from None
    if certificate and key:
        _readable("KAFKA_CERTIFICATE_FILE", certificate)
        _readable("KAFKA_KEY_FILE", key)
        try:
            # Never prompt for a password: nobody would answer.
            context.load_cert_chain(certificate, key, password="")
        except (ssl.SSLError, ValueError):
            raise env.SettingsError(
                "KAFKA_CERTIFICATE_FILE must hold a certificate in PEM, and KAFKA_KEY_FILE its "
                "key without a password."
            ) from None


def _readable(name: str, path: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise env.SettingsError(
            f"{name} must be a file that can be read: {error.strerror}."
        ) from None


def _sasl(protocol: str) -> dict[str, str]:
    mechanism = env.choice("KAFKA_SASL_MECHANISM", default=MECHANISMS[0], among=MECHANISMS)
    if not protocol.startswith("SASL"):
        _must_be_unset(("KAFKA_SASL_MECHANISM", "KAFKA_USERNAME", "KAFKA_PASSWORD"), "SASL")
        return {}
    username = env.text("KAFKA_USERNAME")
    if not username:
        raise env.SettingsError(f"KAFKA_USERNAME is missing, which {protocol} needs.")
    password = env.secret("KAFKA_PASSWORD", minimum=1)
    return {
        "sasl.mechanism": mechanism,
        "sasl.username": username,
        "sasl.password": password,
    }


def _must_be_unset(names: tuple[str, ...], part: str) -> None:
    for name in names:
        if env.text(name):
            ways = " or ".join(each for each in PROTOCOLS if part in each)
            raise env.SettingsError(f"{name} needs KAFKA_SECURITY_PROTOCOL to be {ways}.")
