"""A Kafka cluster for tests: librdkafka's mock brokers, which use the real protocol.

It lives as long as this process and is reached by others through its `brokers`. The Python
binding can start one but not take its brokers away, so librdkafka is called directly.
"""

import ctypes
from pathlib import Path

import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicPartition

BROKERS = 3
PARTITIONS = 4
PRODUCER = 0
NO_ERROR = 0
PATIENCE_SECONDS = 30
# The protocol's numbers of requests.
PRODUCE = 0
OFFSET_COMMIT = 8
INIT_PRODUCER_ID = 22


def _library():
    [path] = Path(confluent_kafka.__file__).parent.parent.glob("confluent_kafka.libs/librdkafka*")
    library = ctypes.CDLL(str(path))
    for name in ("rd_kafka_new", "rd_kafka_mock_cluster_new", "rd_kafka_conf_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return library


class Topics:
    """A look at what the brokers at an address hold."""

    def __init__(self, brokers):
        self.brokers = brokers

    def messages(self, topic):
        """Everything that a topic holds, by partition and in order."""
        consumer = self._observer()
        ends = self._ends(consumer, topic)
        consumer.assign([TopicPartition(topic, number, 0) for number in ends])
        found = []
        while len(found) < sum(ends.values()):
            found += consumer.consume(1000, timeout=0.1)
        consumer.close()
        return sorted(found, key=lambda message: (message.partition(), message.offset()))

    def _ends(self, consumer, topic):
        partitions = consumer.list_topics(topic, PATIENCE_SECONDS).topics[topic].partitions
        return {
            number: consumer.get_watermark_offsets(
                TopicPartition(topic, number), PATIENCE_SECONDS, cached=False
            )[1]
            for number in partitions
        }

    def committed(self, topic, group):
        """Messages up to what the group has committed, over all partitions."""
        consumer = self._observer(group)
        partitions = [TopicPartition(topic, number) for number in self._ends(consumer, topic)]
        offsets = consumer.committed(partitions, PATIENCE_SECONDS)
        consumer.close()
        return sum(max(offset.offset, 0) for offset in offsets)

    def _observer(self, group="observer"):
        return Consumer({"bootstrap.servers": self.brokers, "group.id": group, "log_level": 2})


class Cluster(Topics):
    """Brokers of this process."""

    def __init__(self, *, brokers=BROKERS):
        self._numbers = range(1, brokers + 1)
        self._failing = set()
        self._library = library = _library()
        error = ctypes.create_string_buffer(512)
        configuration = ctypes.c_void_p(library.rd_kafka_conf_new())
        library.rd_kafka_conf_set(configuration, b"log_level", b"2", None, 0)
        handle = library.rd_kafka_new(PRODUCER, configuration, error, ctypes.c_size_t(512))
        assert handle, error.value
        self._handle = ctypes.c_void_p(handle)
        cluster = library.rd_kafka_mock_cluster_new(self._handle, brokers)
        self._cluster = ctypes.c_void_p(cluster)
        # No other consumer will join: a real cluster waits 3 seconds.
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        super().__init__(library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode())
        self._producer = Producer({"bootstrap.servers": self.brokers, "log_level": 2})

    def close(self):
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._handle)

    def create(self, topic, partitions=PARTITIONS):
        name = topic.encode()
        result = self._library.rd_kafka_mock_topic_create(
            self._cluster, name, partitions, len(self._numbers)
        )
        assert result == NO_ERROR

    def take_brokers_away(self):
        self._each_broker(self._library.rd_kafka_mock_broker_set_down)

    def bring_brokers_back(self):
        self._each_broker(self._library.rd_kafka_mock_broker_set_up)

    def _each_broker(self, change):
        for number in self._numbers:
            assert change(self._cluster, number) == NO_ERROR

    def call_itself(self, host, port):
        """Tell clients another address of the only broker: of what stands before it."""
        change = self._library.rd_kafka_mock_broker_set_host_port
        assert change(self._cluster, 1, host.encode(), port) == NO_ERROR

    def refuse_topic(self, topic, error):
        """Answer requests about the topic with this error, until it is NO_ERROR."""
        self._library.rd_kafka_mock_topic_set_error(self._cluster, topic.encode(), error)

    def fail(self, request, *errors):
        """Answer the next requests of a kind with these errors."""
        self._failing.add(request)
        codes = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, request, ctypes.c_size_t(len(errors)), codes
        )

    def fail_no_more(self):
        for request in self._failing:
            self._library.rd_kafka_mock_clear_request_errors(self._cluster, request)
        self._failing.clear()

    def send(self, topic, value, *, key=b"", partition=-1):
        """Put a message on its way; `flush` waits until it is there."""
        self._producer.produce(topic, value, key=key, partition=partition)

    def flush(self):
        assert self._producer.flush(PATIENCE_SECONDS) == 0
