"""The configuration of logrotate: Debian's logrotate accepts it, and no line is lost."""

import logging.handlers
import os
import shutil
import subprocess
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "deploy/logrotate/pixeltrack"
PROGRAM = shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin")

needs_logrotate = pytest.mark.skipif(PROGRAM is None, reason="logrotate is not installed")


@pytest.fixture
def rotate(tmp_path):
    """Rotates the logs of a folder now, as the file says, but as the user who runs the tests."""
    text = FILE.read_text().replace("/srv/pixeltrack/logs", str(tmp_path))
    for line in ("    su pixeltrack pixeltrack\n", " pixeltrack pixeltrack"):
        assert line in text
        text = text.replace(line, "")
    # It refuses files that others may write to.
    tmp_path.chmod(0o700)
    configuration = tmp_path / "configuration"
    configuration.write_text(text)
    configuration.chmod(0o600)

    def rotate(*options):
        command = [PROGRAM, "--state", tmp_path / "state", *options, configuration]
        return subprocess.run(command, capture_output=True, text=True, check=True)

    return rotate


@needs_logrotate
def test_logrotate_understands_every_line(rotate):
    done = rotate("--debug")
    assert "error" not in done.stderr
    assert "(14 rotations)" in done.stderr


@needs_logrotate
def test_a_line_that_follows_is_in_the_new_file_and_none_is_lost(rotate, tmp_path):
    path = tmp_path / "pixeltrack.log"
    # What our processes log with.
    handler = logging.handlers.WatchedFileHandler(path)
    for number in range(4):
        handler.emit(logging.makeLogRecord({"msg": f"line {number}"}))
        if number < 3:
            rotate("--force")
    handler.close()
    packed = subprocess.run(
        ["zcat", *sorted(tmp_path.glob("*.gz"))], capture_output=True, text=True, check=True
    )
    plain = [path.read_text(), (tmp_path / "pixeltrack.log.1").read_text(), packed.stdout]
    assert sorted("".join(plain).split("\n")) == ["", "line 0", "line 1", "line 2", "line 3"]
    assert path.stat().st_mode & 0o777 == 0o640
