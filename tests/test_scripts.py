"""The scripts as people run them: real processes in a copy of the project."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography.fernet import Fernet

from tests.environment import SETTINGS
from tests.processes.running import free_port

# One after the other: they share the copy, and each one alone keeps a machine busy.
pytestmark = [
    pytest.mark.scripts,
    pytest.mark.processes,
    pytest.mark.xdist_group("scripts"),
]
ROOT = Path(__file__).resolve().parent.parent
OURS = {".git", ".venv", ".env", "var", "logs", "staticfiles"}
PROGRAMS = {
    "web": "pixeltrack.wsgi",
    "ingest": "ingest_opens",
    "tasks": "db_worker",
    "sweep": "sweep",
}
DEMO_VERDICTS = {
    "Product news": "better",
    "Members' letter": "no_difference_worth_acting_on",
    "Customer survey": "decided_open",
    "Webinar invitation": "flips_without_machine_opens",
    "Spring offer": "better",
    "Cart reminder": "sent_apart",
    "Trade fair": "groups_unbalanced",
    "Back in stock": "promising",
    "Weekend sale": "too_early",
    "Partners' letter": "decided_open",
    "Autumn catalogue": "too_early",
    "Open day": "too_early",
    "Club news": "too_early",
    "Change of terms": "too_early",
}
PATIENCE = 240


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the project like a fresh clone, but with the installed packages."""
    folder = tmp_path_factory.mktemp("house") / "pixel track"
    shutil.copytree(ROOT, folder, ignore=lambda _, names: OURS & set(names))
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def eventually(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)
    return value


def environment(**changes):
    """What a person's shell has: none of the variables of the tests."""
    ours = {*SETTINGS, "DATABASE_URL", "TEST_DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | changes


def processes(house, part=""):
    """Process ids, by command line, of what runs in the copy."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == house:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if part in command:
                    found[int(entry.name)] = command
        except OSError:
            continue
    return found


class Server:
    """script/server, started from another folder, with its output in a file."""

    def __init__(self, house, *arguments):
        self.house, self.port = house, free_port()
        self.output = house.parent / f"output-{self.port}"
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [house / "script/server", *arguments],
                cwd="/",
                # The walk through the API must not wait for the next minute.
                env=environment(PORT=str(self.port), RATE_LIMIT_DEFAULT="100000/m"),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Under nohup it would be ignored, which a shell can't change.
                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
            )

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def said(self):
        return self.output.read_text()

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            assert self.process.poll() is None, self.said()
            return False

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        self.process.wait(PATIENCE)
        return self.process.returncode


@pytest.fixture
def serve(house):
    """A function that starts a server and waits until it answers."""
    servers = []

    def start(*arguments):
        servers.append(Server(house, *arguments))
        eventually(servers[-1].answers, "an answer")
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
    eventually(lambda: not processes(house), "the end of every process")


def run(house, *command, **changes):
    return subprocess.run(
        command,
        cwd="/",
        env=environment(**changes),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


BETTER = """
from datetime import timedelta
from django.utils.timezone import now
from discounts.campaigns.services import create_campaign
create_campaign(now=now(), values={
    "name": "Better", "discount_type": "cart", "discount_percentage_hundredths": 9000,
    "total_budget_minor": 100_000_000, "start_date": now(), "end_date": now() + timedelta(days=9)})
"""


def switch_better_discount_off(house):
    switch_off = """
        update discounts_discountcampaign set status = 'inactive', inactive_reason = 'manual'
        where name = 'Better'
    """
    with sqlite3.connect(house / "var/pixeltrack.db") as database:
        database.execute(switch_off)


def password_in(text):
    return re.search(r"as admin with the password (\S+)\n", text)[1]


def shell_blocks(document):
    return re.findall(r"^```sh\n(.*?)^```", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)


def take_tour(server, password):
    """Run what the documents show, in one shell; returns the output once an open is counted."""
    first, second = shell_blocks("README.md")
    contacts, drawn = shell_blocks("docs/campaigns.md")
    [discounts] = shell_blocks("docs/discounts.md")
    looks = f"until OUT=$({second}) && [[ $OUT == *proxied* ]]; do sleep 0.2; done"
    done = run(
        server.house,
        "bash",
        "-ec",
        f'{first}\n{looks}\necho "$OUT"\n{contacts}\n{drawn}\n{discounts}',
        PORT=str(server.port),
        PASSWORD=password,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def verdicts(server, password):
    """The state of each campaign's verdict, by the campaign's name."""

    def call(path, **headers):
        request = urllib.request.Request(f"{server.address}/api/v1{path}", headers=headers)
        if "Authorization" not in headers:
            request.data = json.dumps({"username": "admin", "password": password}).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    signed_in = {"Authorization": f"Bearer {call('/auth/token/')['access']}"}
    return {
        campaign["name"]: call(f"/email-campaigns/{campaign['id']}/report/", **signed_in)[
            "verdict"
        ]["state"]
        for campaign in call("/email-campaigns/", **signed_in)
    }


def open_to_others(*folders):
    """The folders and files that another user may read."""
    paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    assert len(paths) > len(folders)
    return [str(path) for path in paths if path.stat().st_mode & 0o077]


def opens(house):
    with sqlite3.connect(house / "var/pixeltrack.db") as database:
        return database.execute("SELECT count(*) FROM tracking_open").fetchone()[0]


def campaigns(house):
    with sqlite3.connect(house / "var/pixeltrack.db") as database:
        return database.execute("SELECT count(*) FROM campaigns_campaign").fetchone()[0]


def test_the_first_start_sets_everything_up_and_the_second_keeps_it(house, serve):
    first = serve()
    said = first.said()
    assert "Demo data: 14 campaigns" in said
    assert f"PixelTrack is at {first.address} " in said
    assert stat.S_IMODE((house / ".env").stat().st_mode) == 0o600
    assert open_to_others(house / "var", house / "logs") == []
    secrets = (house / ".env").read_text()
    assert verdicts(first, password_in(said)) == DEMO_VERDICTS
    before = opens(house)
    eventually(lambda: opens(house) > before, "an open of the demo that goes on")
    assert f"Live demo: opening mails of made-up contacts through {first.address}" in first.said()

    # The walk asks for its own discount, though this one is better.
    better = run(house, house / ".venv/bin/python", house / "manage.py", "shell", "-c", BETTER)
    assert better.returncode == 0, better.stderr
    smoke = run(
        house,
        house / "script/smoke",
        first.address,
        SMOKE_USER="admin",
        SMOKE_PASSWORD=password_in(said),
    )
    assert smoke.returncode == 0, smoke.stdout
    assert re.search(r"^\d{3} calls, \d{3} passed, 0 failed$", smoke.stdout, re.MULTILINE)
    switch_better_discount_off(house)
    tour = take_tour(first, password_in(said))
    assert "proxied" in tour
    assert '"savings":"35% off (₹210.00)"' in tour
    assert '"file_name":"contacts.csv"' in tour
    kept = campaigns(house)

    assert first.stop(signal.SIGINT) == 0
    assert processes(house) == {}

    second = serve()
    assert "password" not in second.said()
    assert "Demo data" not in second.said()
    assert "Installing" not in second.said()
    assert (house / ".env").read_text() == secrets
    assert campaigns(house) == kept
    assert second.stop(signal.SIGINT) == 0

    other_key = Fernet.generate_key().decode()
    refused = run(house, house / "script/server", PORT=str(second.port), FERNET_KEY=other_key)
    assert refused.returncode == 1
    assert "FERNET_KEY can't decrypt stored addresses" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_process_that_is_killed_comes_back_until_all_are_ended(house, serve):
    server = serve("--no-demo")
    for name, part in PROGRAMS.items():
        before = eventually(lambda part=part: processes(house, part), name)
        for process_id in before:
            os.kill(process_id, signal.SIGKILL)
        eventually(lambda part=part, old=before: processes(house, part).keys() - old, name)
    assert processes(house, "seed_demo") == {}
    eventually(server.answers, "an answer")

    worker = max(eventually(lambda: processes(house, PROGRAMS["web"]), "the worker"))
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: worker not in processes(house, PROGRAMS["web"]), "its end")
    eventually(server.answers, "an answer")

    assert server.stop(signal.SIGHUP) == 0
    assert processes(house) == {}
    # supervisor would take that for a wish to restart.
    assert "SIGHUP" not in (house / "var/supervisord.log").read_text()


def test_sigterm_ends_it_even_if_its_output_is_no_longer_read(house):
    port = free_port()
    server = subprocess.Popen(
        [house / "script/server", "--no-demo"],
        env=environment(PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert any("PixelTrack is at" in line for line in server.stdout)
    server.stdout.close()
    server.terminate()

    assert server.wait(PATIENCE) == 0
    assert processes(house) == {}


def test_a_port_that_is_taken_stops_the_start_with_one_sentence(house):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run(house, house / "script/server", "--no-demo", PORT=str(port))

    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is taken")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("FERNET_KEY", "short"), ("PUBLIC_URL", "x"), ("WEB_CONCURRENCY", "0")],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(house, name, value):
    done = run(house, house / "script/server", "--no-demo", **{name: value})

    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} ")
    assert len(done.stderr.splitlines()) == 1
    assert processes(house) == {}


def test_a_database_that_cannot_be_used_stops_the_start_with_one_sentence(house):
    done = run(
        house,
        house / "script/server",
        "--no-demo",
        PORT=str(free_port()),
        DATABASE_URL="sqlite:////nowhere/at/all.db",
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Preparing the database that DATABASE_URL names failed: ")
    assert "Traceback" not in done.stderr
    assert processes(house) == {}


def test_several_web_processes_without_a_shared_cache_start_with_a_warning(house):
    done = run(
        house,
        house / "script/server",
        "--no-demo",
        PORT=str(free_port()),
        WEB_CONCURRENCY="2",
        DATABASE_URL="sqlite:////nowhere/at/all.db",
    )

    assert done.stderr.startswith("Warning: WEB_CONCURRENCY is 2 and REDIS_URL is not set")


class Broken(BaseHTTPRequestHandler):
    """A server that answers everything with 500."""

    def do_GET(self):
        self.send_error(500)

    do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, *args):
        pass


def test_the_smoke_test_of_a_broken_server_fails(house):
    with HTTPServer(("127.0.0.1", 0), Broken) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        credentials = {"SMOKE_USER": "a", "SMOKE_PASSWORD": "b"}
        done = run(house, house / "script/smoke", address, **credentials)
        server.shutdown()

    assert done.returncode == 1
    assert " 0 passed, " in done.stdout


def test_the_smoke_test_says_what_it_needs(house):
    assert run(house, house / "script/smoke").returncode == 2
    done = run(house, house / "script/smoke", "http://127.0.0.1:1")
    assert done.returncode == 2
    assert "SMOKE_USER" in done.stderr
