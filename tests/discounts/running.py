"""Runs calls in real processes that share the test database."""

import contextlib
import multiprocessing
import os
import threading
from traceback import format_exc

from django.db import connection, connections

from discounts import apply
from foundation.errors import DomainError

# Forked ones start at once; each opens a separate connection.
fork = multiprocessing.get_context("fork")
CRASHED = 9
PATIENCE = 60
# How long a call waits for the others to have read, too, before it writes.
MEETING = 1


def run_together(*calls, meeting=False):
    """Run each call in a separate process, all at once; returns the outcome of each.

    That is the call's result, the code of the DomainError it raised, or the trace of another
    error. With `meeting` no call decides before all have read what it decides from, as far as
    the database lets them.
    """
    connections.close_all()
    start, met = fork.Barrier(len(calls)), fork.Barrier(len(calls))
    pipes = [fork.Pipe(duplex=False) for _ in calls]
    processes = [
        fork.Process(target=_work, args=(call, sender, start, met if meeting else None))
        for call, (_, sender) in zip(calls, pipes, strict=True)
    ]
    for process in processes:
        process.start()
    outcomes = [receiver.recv() if receiver.poll(PATIENCE) else "stuck" for receiver, _ in pipes]
    for process in processes:
        process.join(PATIENCE)
        assert not process.is_alive()
    return outcomes


def _work(call, sender, start, met):
    connection.ensure_connection()
    if met is not None:
        _meet_before_deciding(met)
    start.wait(PATIENCE)
    try:
        outcome = call()
    except DomainError as error:
        outcome = error.code
    except Exception:
        outcome = format_exc()
    connections.close_all()
    sender.send(outcome)


def _meet_before_deciding(met):
    evaluate = apply.evaluate

    def meet_and_evaluate(*args, **kwargs):
        meet(met)
        return evaluate(*args, **kwargs)

    apply.evaluate = meet_and_evaluate


def meet(barrier):
    """Wait for the others, in vain where the database lets only one get this far."""
    with contextlib.suppress(threading.BrokenBarrierError):
        barrier.wait(MEETING)


def crash_after(statements, call):
    """Run a call in a process that dies after `statements` of them; returns whether it died."""
    connections.close_all()
    process = fork.Process(target=_crash, args=(statements, call))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode in (0, CRASHED)
    return process.exitcode == CRASHED


def _crash(statements, call):
    left = statements

    def count(execute, sql, params, many, context):
        nonlocal left
        result = execute(sql, params, many, context)
        left -= 1
        if not left:
            os._exit(CRASHED)
        return result

    with connection.execute_wrapper(count):
        call()
    connections.close_all()
