"""A Redis for the tests, which may be killed, stopped, filled and restarted."""

import os
import shutil
import signal
import subprocess

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.processes.running import free_port, kill, wait_until


class RedisServer:
    """It stores nothing on disk: after a restart it is empty."""

    def __init__(self, folder):
        self._folder = folder
        self._program = shutil.which("redis-server")
        if self._program is None:
            assert os.environ.get("CI") != "true", "redis-server is not installed"
            pytest.skip("redis-server is not installed")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        options = f"--port {self.port} --bind 127.0.0.1 --save --appendonly no --dir {self._folder}"
        self._process = subprocess.Popen(
            [self._program, *options.split()], stdout=subprocess.DEVNULL, start_new_session=True
        )
        wait_until(self._answers, "Redis to answer")

    def _answers(self):
        try:
            return self.do("PING")
        except RedisError:
            return False

    def do(self, *command):
        with Redis.from_url(self.url) as redis:
            return redis.execute_command(*command)

    def kill(self):
        kill(self._process)

    def hang(self):
        """Accept connections and requests, and never answer."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)
