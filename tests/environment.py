"""The environment that the tests run in; loaded before Django so that no `.env` leaks in.

TEST_DATABASE_URL chooses the engine (SQLite without it).
"""

import os
import sys
import tempfile
from pathlib import Path

SCRATCH = Path(tempfile.mkdtemp(prefix="pixeltrack-tests-"))
# The scratch of the process that began the run: those it starts inherit the name.
SHARED = Path(os.environ.setdefault("TESTS_SHARED", str(SCRATCH)))
# Whatever the machine prefers: workers and the processes under test share what one compiled, which
# is three quarters of the time that a worker takes to find the tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
SETTINGS = {
    "ENV_FILE": str(SCRATCH / "absent"),
    "DEBUG": "false",
    "SECRET_KEY": "tests-" + "s3cret-key-" * 6,
    "API_SECRET_KEY": "tests-" + "api-secret-" * 4,
    "FERNET_KEY": "dGVzdHMtZmVybmV0LWtleS1vZi0zMi1ieXRlcy1sb24=",
    "HASH_KEY": "tests-" + "hash-key-" * 5,
    "PUBLIC_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "TRUSTED_PROXIES": "0",
    "TIME_ZONE": "UTC",
    "CURRENCY": "INR",
    "AMOUNT_LOCALE": "",
    "SPOOL_DIR": str(SCRATCH / "spool"),
    "LOG_DIR": str(SCRATCH / "logs"),
    "TRACKING_MODE": "",
    "NEVER_ASKED": "",
    "LAST_DAY_ONLY_FOR": "",
    "CONSENT_JOURNAL": str(SCRATCH / "consent.journal"),
    "PRIVACY_SENDER": "",
    "PRIVACY_CONTACT": "",
    "PRIVACY_POLICY_URL": "",
    "PIXEL_ANSWERS": str(SCRATCH / "answers"),
    "METRICS_TOKEN": "",
    "REDIS_URL": "",
    "DOOR_URL": "",
    "KAFKA_BROKERS": "",
    # The tests call from one address; those of the limits set their own.
    "RATE_LIMIT_APPLY": "1000000/m",
    "RATE_LIMIT_DISCOUNTS": "1000000/m",
    "RATE_LIMIT_DEFAULT": "1000000/m",
    "METRICS_DIR": str(SCRATCH / "metrics"),
}
os.environ.update(SETTINGS)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{SCRATCH}/tests.db"

from foundation.metrics import shared_folder  # noqa: E402

# As the processes under test do, before anything counts.
shared_folder.share()
