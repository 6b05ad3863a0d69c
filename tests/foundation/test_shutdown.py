"""A loop ends on a signal, and the signal never makes it hang."""

import os
import signal
import threading

from foundation.shutdown import Stop, stop_on_signals


def test_it_says_when_to_end():
    stop = Stop()
    assert not stop.is_set()
    assert not stop.wait(0)
    stop.set()
    assert stop.is_set()
    assert stop.wait(1000)
    assert stop.wait(1000)


def test_the_first_wait_ends_however_short_it_is():
    waits = threading.Thread(target=lambda: [Stop().wait(1e-9) for _ in range(200)], daemon=True)
    waits.start()
    waits.join(60)
    assert not waits.is_alive()


def test_a_wait_ends_when_it_is_set():
    stop = Stop()
    threading.Timer(0.01, stop.set).start()
    assert stop.wait(1000)


def test_signals_set_it_and_their_handlers_are_restored():
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(1000)
    assert signal.getsignal(signal.SIGTERM) is before
