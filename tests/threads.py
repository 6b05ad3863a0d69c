"""Runs calls at the same time, each with a separate database connection."""

import contextlib
import threading

from django.db import connection


def run_together(*calls):
    """Run each call in a separate thread; returns the errors they ended with."""
    errors = []

    def run(call):
        try:
            call()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return errors


def meeting(read):
    """A reader like `read` after which two threads meet, unless a lock keeps them apart."""
    barrier = threading.Barrier(2)

    def read_and_meet(*args, **kwargs):
        found = read(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=1)
        return found

    return read_and_meet
