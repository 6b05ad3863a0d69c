"""The example of the README, where only people who agreed are measured."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests import migrated
from tests.processes.running import Site, answers, wait_until
from tests.whole_site import PASSWORD

pytestmark = pytest.mark.one_engine

README = Path(__file__).resolve().parent.parent.parent / "README.md"
ROOT_USER = f"""
from django.contrib.auth.models import User
User.objects.create_superuser("admin", password={PASSWORD!r})
"""


@pytest.fixture
def site(tmp_path):
    migrated.copy_to(tmp_path / "site.db")
    site = Site(tmp_path, f"sqlite:///{tmp_path}/site.db", NEVER_ASKED="off")
    assert site.manage("shell", "--verbosity", "0", "--command", ROOT_USER) == 0, site.output()
    site.start_web(PUBLIC_URL=f"http://127.0.0.1:{site.port}")
    site.start_ingest()
    wait_until(lambda: answers(site.port), "the web process to listen")
    yield site
    site.close()


def test_the_readmes_example_measures_who_agreed_and_nobody_else(site):
    example, look = re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    until = f"until OUT=$({look}) && [[ $OUT == *proxied* ]]; do sleep 0.2; done"
    done = subprocess.run(
        ["bash", "-ec", f'{example}\n{until}\necho "$OUT"'],
        env=os.environ | {"PORT": str(site.port), "PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('.gif\\"') == 1
    assert '"measured":1' in done.stdout
