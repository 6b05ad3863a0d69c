"""Whether Kafka did what a process last asked of it, for Prometheus.

It knows no library of Kafka's, which is there only where it is needed.
"""

from collections.abc import Iterator

from prometheus_client.core import Metric

from foundation.metrics.figures import gauge


class Reach:
    """Knows nothing until Kafka was asked: who waits for its turn asks nothing."""

    def __init__(self) -> None:
        self.succeeded: bool | None = None

    def tell(self, *, succeeded: bool) -> None:
        self.succeeded = succeeded

    def collect(self) -> Iterator[Metric]:
        if self.succeeded is not None:
            yield kafka_up(self.succeeded)


def kafka_up(up: bool) -> Metric:
    return gauge("kafka_up", "Whether Kafka answers this process and does what it asks", up)
