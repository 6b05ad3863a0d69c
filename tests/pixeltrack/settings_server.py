"""Reads the settings as a process that has just started does, without starting Python each time.

A process loads the libraries once and forks for each question; what is ours is loaded anew.
"""

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from tempfile import TemporaryFile

from django.conf import settings

from tests.test_architecture import PACKAGES

# A child goes on behind the loop, so that Python ends it as it ends any program.
SERVER = f"""
import gc, json, os, sys
import pixeltrack.settings
for name in list(sys.modules):
    if name.partition(".")[0] in {PACKAGES!r}:
        del sys.modules[name]
# A child that ends would look through all of it for garbage.
gc.freeze()
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    question = json.loads(line)
    child = os.fork()
    if child == 0:
        break
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), file=answers, flush=True)
else:
    sys.exit()
for number, path in question["outputs"].items():
    os.dup2(os.open(path, os.O_WRONLY), int(number))
os.environ.clear()
os.environ.update(question["environment"])
exec(question["code"])
"""


def run(code, environment):
    """What `python -c` would give, with these variables and no others."""
    server = _server()
    with TemporaryFile() as output, TemporaryFile() as errors:
        files = {1: output, 2: errors}
        paths = {n: f"/proc/{os.getpid()}/fd/{file.fileno()}" for n, file in files.items()}
        question = {"code": code, "environment": environment, "outputs": paths}
        print(json.dumps(question), file=server.stdin, flush=True)
        status = int(server.stdout.readline())
        texts = [(file.seek(0), file.read().decode())[1] for file in (output, errors)]
    return subprocess.CompletedProcess(code, status, *texts)


@cache
def _server():
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.communicate)
    return server
