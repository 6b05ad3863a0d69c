"""Whether the last call to Kafka succeeded, for Prometheus.

Independent of Kafka's library, which is only installed where it is needed.
"""

from collections.abc import Iterator

from prometheus_client.core import Metric

from foundation.metrics.prometheus import gauge


class Reach:
    """Unknown before the first call: a process waiting for its turn makes none."""

    def __init__(self) -> None:
        self.succeeded: bool | None = None

    def tell(self, *, succeeded: bool) -> None:
        self.succeeded = succeeded

    def collect(self) -> Iterator[Metric]:
        if self.succeeded is not None:
            yield kafka_up(self.succeeded)


def kafka_up(up: bool) -> Metric:
    return gauge("kafka_up", "Whether Kafka answers this process and does what it asks", up)
