"""A proxy with which a test can control the connections to a server."""

import selectors
import socket
import threading
from contextlib import suppress

from tests.processes.running import free_port


class Wire:
    """A proxy that can be cut and restored, led to another server, and that can hang.

    While it hangs the system keeps accepting connections and bytes, as it does for a server that
    was stopped, and no answer comes.
    """

    def __init__(self, host, port):
        self._target = (host, int(port))
        self.port = free_port()
        self._selector = selectors.DefaultSelector()
        self._peers = {}
        self._stopping = threading.Event()
        self._hanging = threading.Event()
        self._last_words = None
        self._listener = None
        self.mend()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def lead_to(self, host, port):
        """Where new connections go; existing ones stay."""
        self._target = (host, int(port))

    def mend(self):
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=50)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def cut(self):
        self._selector.unregister(self._listener)
        self._listener.close()
        for end in list(self._peers):
            self._hang_up(end)

    def hang(self):
        self._hanging.set()

    def hang_after(self, words):
        """Requests with these words arrive, but are never answered."""
        self._last_words = words

    def hangs(self):
        return self._hanging.is_set()

    def go_on(self):
        self._hanging.clear()

    def close(self):
        self._stopping.set()
        self._thread.join()
        with suppress(KeyError, ValueError):
            self.cut()
        self._selector.close()

    def _carry(self):
        while not self._stopping.is_set():
            if self._hanging.is_set():
                self._stopping.wait(0.05)
                continue
            for key, _ in self._selector.select(timeout=0.05):
                if self._hanging.is_set():
                    break
                if key.fileobj is self._listener:
                    self._connect()
                else:
                    self._pass_on(key.fileobj)

    def _connect(self):
        with suppress(OSError):
            near, _ = self._listener.accept()
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                raise
            self._peers |= {near: far, far: near}
            for end in (near, far):
                self._selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end):
        try:
            data = end.recv(65536)
            self._peers[end].sendall(data)
        except (OSError, KeyError):
            data = b""
        if not data:
            self._hang_up(end)
        elif self._last_words and self._last_words in data:
            self._last_words = None
            self.hang()

    def _hang_up(self, end):
        for one in (end, self._peers.pop(end, None)):
            if one is not None:
                self._peers.pop(one, None)
                with suppress(KeyError, ValueError):
                    self._selector.unregister(one)
                one.close()
