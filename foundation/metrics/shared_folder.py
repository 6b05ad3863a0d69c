"""Lets the processes of one spool share their figures.

Each keeps its own in a file (prometheus_client's multi-process mode); the folder is in memory,
so that a full disk does not stop the counting of what it cost. Must not import
prometheus_client when loaded, which looks for the folder when it is imported.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from foundation import env

# What prometheus_client goes by; ours is METRICS_DIR.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


def share() -> None:
    """Make the folder and name it in the environment; raises foundation.env.SettingsError.

    To be called before anything imports foundation.metrics.figures.
    """
    env.load_dotenv()
    folder = env.path("METRICS_DIR", str(_default()))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ours = folder.stat().st_uid == os.geteuid()
    except OSError:
        ours = False
    if not ours:
        raise env.SettingsError("METRICS_DIR must be a folder of this user's own.")
    os.environ[VARIABLE] = str(folder)
    from foundation.metrics import ended_processes

    ended_processes.add_up(folder)


def _default() -> Path:
    base = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    spool = hashlib.sha256(str(env.pixel_settings().spool_dir).encode()).hexdigest()[:12]
    return base / f"pixeltrack-{os.geteuid()}-{spool}"
