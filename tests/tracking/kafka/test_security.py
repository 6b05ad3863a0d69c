"""How connections to Kafka are secured by environment variables."""

import pytest

from foundation import env
from foundation.env import SettingsError
from tests.processes.container import certify
from tracking.kafka.security import security_options

PLAIN = {"security.protocol": "PLAINTEXT"}
HOST_IS_CHECKED = {"ssl.endpoint.identification.algorithm": "https"}
LOGIN = {"KAFKA_USERNAME": "pixel", "KAFKA_PASSWORD": "hush"}
SIGNED_IN = {"sasl.username": "pixel", "sasl.password": "hush"}
PREFIX = "KAFKA_SECURITY_PROTOCOL"
FILES = {
    "KAFKA_CA_FILE": "fullchain.pem",
    "KAFKA_CERTIFICATE_FILE": "fullchain.pem",
    "KAFKA_KEY_FILE": "privkey.pem",
}
LOCATIONS = {
    "ssl.ca.location": "fullchain.pem",
    "ssl.certificate.location": "fullchain.pem",
    "ssl.key.location": "privkey.pem",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls") / "made"
    certify(folder)
    (folder / "nonsense.pem").write_text("nonsense")
    return folder


@pytest.fixture
def given(folder, monkeypatch):
    """Sets environment variables; names of files are those of the folder."""

    def given(values):
        for name, value in values.items():
            monkeypatch.setenv(name, str(folder / value) if name.endswith("_FILE") else value)

    return given


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ({}, PLAIN),
        ({PREFIX: "PLAINTEXT"}, PLAIN),
        ({PREFIX: "SSL"}, {"security.protocol": "SSL"} | HOST_IS_CHECKED),
        (
            {PREFIX: "SSL"} | FILES,
            {"security.protocol": "SSL"} | HOST_IS_CHECKED | LOCATIONS,
        ),
        (
            {PREFIX: "SASL_SSL", "KAFKA_CA_FILE": "fullchain.pem"} | LOGIN,
            {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512"}
            | HOST_IS_CHECKED
            | {"ssl.ca.location": "fullchain.pem"}
            | SIGNED_IN,
        ),
        (
            {PREFIX: "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "PLAIN"} | LOGIN,
            {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"} | SIGNED_IN,
        ),
    ],
)
def test_the_environment_sets_the_options_of_clients(given, folder, values, options):
    given(values)
    assert security_options() == {
        name: str(folder / value) if name.endswith("location") else value
        for name, value in options.items()
    }


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({PREFIX: "ssl"}, "must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"),
        ({PREFIX: "SASL_SSL", "KAFKA_SASL_MECHANISM": "GSSAPI"} | LOGIN, "must be one of SCRAM"),
        # Settings that would be ignored.
        ({"KAFKA_CA_FILE": "fullchain.pem"}, "KAFKA_CA_FILE needs .* to be SSL or SASL_SSL"),
        ({PREFIX: "SASL_PLAINTEXT", "KAFKA_KEY_FILE": "privkey.pem"} | LOGIN, "KAFKA_KEY_FILE"),
        ({PREFIX: "SSL"} | LOGIN, "KAFKA_USERNAME needs .* SASL_PLAINTEXT or SASL_SSL"),
        ({"KAFKA_PASSWORD": "hush"}, "KAFKA_PASSWORD needs"),
        ({"KAFKA_SASL_MECHANISM": "PLAIN"}, "KAFKA_SASL_MECHANISM needs"),
        # Missing settings.
        ({PREFIX: "SASL_SSL", "KAFKA_PASSWORD": "hush"}, "KAFKA_USERNAME is missing"),
        ({PREFIX: "SASL_SSL", "KAFKA_USERNAME": "pixel"}, "KAFKA_PASSWORD is missing"),
        ({PREFIX: "SSL", "KAFKA_KEY_FILE": "privkey.pem"}, "Set both"),
        ({PREFIX: "SSL", "KAFKA_CERTIFICATE_FILE": "fullchain.pem"}, "Set both"),
        ({PREFIX: "SSL", "KAFKA_CA_FILE": "none.pem"}, "KAFKA_CA_FILE must .* No such file"),
        # Invalid settings.
        ({PREFIX: "SSL", "KAFKA_CA_FILE": "nonsense.pem"}, "KAFKA_CA_FILE must hold certificates"),
        ({PREFIX: "SSL"} | FILES | {"KAFKA_KEY_FILE": "nonsense.pem"}, "KAFKA_KEY_FILE its key"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(given, values, complaint):
    given(values)
    with pytest.raises(SettingsError, match=complaint) as told:
        security_options()
    assert "hush" not in str(told.value)


def test_the_password_shows_nowhere(given, monkeypatch):
    pytest.importorskip("confluent_kafka")
    monkeypatch.setenv("KAFKA_BROKERS", "a:1")
    given({PREFIX: "SASL_PLAINTEXT"} | LOGIN)
    kafka = env.kafka_settings(security_options())
    assert kafka.security["sasl.password"] == "hush"
    assert "hush" not in repr(kafka)
