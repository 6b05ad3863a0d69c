"""Shares the metrics of the processes that belong to one spool.

Each process keeps its own in a file (prometheus_client's multi-process mode). The folder is in
memory, so that a full disk does not stop the counting of its own effects. Must not import
prometheus_client on load, which looks for the folder when it is imported.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from foundation import env

# The variable that prometheus_client reads; ours is METRICS_DIR.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


def share() -> None:
    """Create the folder and set it in the environment; raises foundation.env.SettingsError.

    Must be called before foundation.metrics is imported.
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
