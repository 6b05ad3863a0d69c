"""A broker in a separate process, which can be frozen, killed and started empty.

It is reached by an address that stays, as a real broker's does: a mock broker can't choose its
port. Run as a program it is that process.
"""

import os
import signal
import subprocess
import sys
import threading

from tests.kafka_cluster import Cluster, Topics
from tests.processes.running import ROOT
from tests.processes.wire import Wire


class Broker(Topics):
    def __init__(self):
        self._wire = Wire("127.0.0.1", 0)
        super().__init__(f"127.0.0.1:{self._wire.port}")
        self._process = None
        self.start()

    def start(self):
        """It knows no topic and no client."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kafka_process", str(self._wire.port)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._wire.lead_to("127.0.0.1", self._process.stdout.readline())

    def kill(self):
        with self._process:
            self._process.kill()

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def close(self):
        self.kill()
        self._wire.close()


def main(port):
    cluster = Cluster(brokers=1)
    cluster.call_itself("127.0.0.1", int(port))
    sys.stdout.write(f"{cluster.brokers.rpartition(':')[2]}\n")
    sys.stdout.flush()
    threading.Thread(target=leave_with_parent, daemon=True).start()
    threading.Event().wait()


def leave_with_parent():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
