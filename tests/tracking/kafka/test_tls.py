"""Kafka behind TLS: a real handshake, and ones that must fail."""

import socket
import ssl
import threading
from contextlib import suppress

import pytest

pytest.importorskip("confluent_kafka")

from foundation.env import KafkaSettings
from tests.kafka_cluster import Cluster
from tests.processes.container import certify
from tracking.kafka.client import Delivery, KafkaAway, Message
from tracking.kafka.reach import Reach
from tracking.kafka.security import security_options

TOPIC = "opens"


class TlsFront:
    """Ends TLS in front of a broker, like a TLS listener."""

    def __init__(self, folder, *, asks_for=None):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "fullchain.pem", folder / "privkey.pem")
        if asks_for:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(asks_for)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._broker_port = None
        threading.Thread(target=self._accept, daemon=True).start()

    def lead_to(self, port):
        self._broker_port = port

    def close(self):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        with (
            suppress(OSError),
            self._context.wrap_socket(plain, server_side=True) as near,
            socket.create_connection(("127.0.0.1", self._broker_port)) as far,
        ):
            threading.Thread(target=carry, args=(far, near), daemon=True).start()
            carry(near, far)


def carry(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Certificates of the broker, of a client, and of an unknown authority."""
    home = tmp_path_factory.mktemp("tls")
    for name in ("broker", "client", "stranger"):
        certify(home / name)
    return home


@pytest.fixture
def broker(certificates):
    """A function that puts a broker behind TLS and gives its address."""
    made = []

    def make(**options):
        cluster, front = Cluster(brokers=1), TlsFront(certificates / "broker", **options)
        made.extend((cluster, front))
        cluster.call_itself("127.0.0.1", front.port)
        cluster.create(TOPIC)
        front.lead_to(int(cluster.brokers.rpartition(":")[2]))
        return f"127.0.0.1:{front.port}"

    yield make
    for each in reversed(made):
        each.close()


@pytest.fixture
def delivery(certificates, monkeypatch):
    """Whether a message can be delivered with these TLS settings."""

    def deliver(address, *, believes, shows=None):
        monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SSL")
        monkeypatch.setenv("KAFKA_CA_FILE", str(certificates / believes / "fullchain.pem"))
        if shows:
            monkeypatch.setenv(
                "KAFKA_CERTIFICATE_FILE", str(certificates / shows / "fullchain.pem")
            )
            monkeypatch.setenv("KAFKA_KEY_FILE", str(certificates / shows / "privkey.pem"))
        reach = Reach()
        delivery = Delivery(KafkaSettings(address, TOPIC, 2, security_options()), reach)
        try:
            partitions = delivery.partitions(TOPIC)
            delivery.deliver(TOPIC, [Message(b"hit", partition=partitions[0])])
        finally:
            [sample] = [s for metric in reach.collect() for s in metric.samples]
            deliver.kafka_up = sample.value
        return partitions

    return deliver


def test_a_broker_with_a_certificate_of_the_ca_accepts_messages(broker, delivery):
    assert len(delivery(broker(), believes="broker")) == 4
    assert delivery.kafka_up == 1


def test_a_broker_with_a_certificate_of_another_ca_is_refused_with_the_reason(broker, delivery):
    with pytest.raises(KafkaAway, match="certificate verify failed"):
        delivery(broker(), believes="stranger")
    assert delivery.kafka_up == 0


def test_a_broker_that_asks_for_a_certificate_is_shown_ours(broker, delivery, certificates):
    address = broker(asks_for=certificates / "client" / "fullchain.pem")
    assert delivery(address, believes="broker", shows="client")
    with pytest.raises(KafkaAway):
        delivery(address, believes="broker", shows="stranger")
    assert delivery.kafka_up == 0
