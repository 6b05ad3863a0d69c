"""A migrated SQLite file, made once in a run and copied wherever a test needs one."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.environment import SHARED

ROOT = Path(__file__).resolve().parents[1]
FILE = SHARED / "migrated.db"


def copy_to(path):
    with (SHARED / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not FILE.exists():
            _make()
    shutil.copyfile(FILE, path)


def _make():
    unfinished = FILE.with_suffix(".unfinished")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{unfinished}"},
        check=True,
    )
    unfinished.rename(FILE)
