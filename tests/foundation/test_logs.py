"""Log files: their formats, and what they must never contain."""

import json
import logging
import multiprocessing
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path, re_path

from foundation import logs

ADDRESS = "jane.doe@example.com"
FILES = ("pixeltrack.log", "errors.log", "api_requests.log")


def answer(request, *args, **kwargs):
    request.body  # noqa: B018 - as a parser would
    return HttpResponse("fine")


def fail(request):
    raise LookupError(f"no such person: {ADDRESS}")


def fail_with_address(request, token):
    raise LookupError(f"no such page: {request.build_absolute_uri()}")


pytestmark = pytest.mark.urls(__name__)
urlpatterns = [
    re_path("^api/(?:privacy|reports)/(?P<token>.+)$", fail_with_address),
    path("api/fail/", fail),
    path("api/<path:rest>", answer),
    path("pixel/<path:rest>", answer),
    path("health", answer),
]


@pytest.fixture
def written():
    """A function that returns what was added to a log file since the test began."""
    starts = {name: (settings.LOG_DIR / name).stat().st_size for name in FILES}

    def read(name):
        return (settings.LOG_DIR / name).read_bytes()[starts[name] :].decode()

    return read


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def test_an_event_has_time_module_level_place_and_what_happened(written):
    structlog.get_logger("campaigns.services").info("campaign_created", campaign=7, groups=2)

    assert re.fullmatch(
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z campaigns\.services info "
        r"test_logs\.py:\d+ campaign_created campaign=7 groups=2\n",
        written("pixeltrack.log"),
    )
    assert written("errors.log") == ""


def test_the_line_of_a_library_looks_the_same(written):
    logging.getLogger("some.library").warning("gave up after %s tries", 3)

    line = written("pixeltrack.log")
    assert re.search(r" some\.library warning test_logs\.py:\d+ gave up after 3 tries\n$", line)


def test_the_traceback_of_an_error_is_in_the_error_file(written):
    try:
        raise LookupError("the reason")
    except LookupError:
        structlog.get_logger("tracking.counting.record").exception("batch_failed", batch=4)

    text = written("errors.log")
    assert " tracking.counting.record error " in text
    assert "batch_failed batch=4" in text
    assert "Traceback" in text
    assert "LookupError: the reason" in text
    assert text == written("pixeltrack.log")


def test_a_message_cannot_forge_a_second_line(written):
    structlog.get_logger("x").info("input_rejected", reason="a\n2026 forged info")
    logging.getLogger("x").info("library\r\n2026 forged info")

    assert len(written("pixeltrack.log").splitlines()) == 2


@pytest.mark.parametrize("form", [ADDRESS, "jane.doe%40example.com", f"<{ADDRESS}>", "ü@bücher.de"])
def test_an_address_is_redacted_wherever_it_is(written, form):
    structlog.get_logger("x").info("input_rejected", value=form, nested={"rows": [form]})
    logging.getLogger("x").error("Duplicate entry '%s' for key", form)

    for name in ("pixeltrack.log", "errors.log"):
        assert "[address]" in written(name)
        assert "jane" not in written(name)
        assert "example" not in written(name)
        assert "ü" not in written(name)


def test_a_request_is_one_json_line(client, written):
    client.get(
        "/api/v1/contacts/?email=x", headers={"x-request-id": "abc-1"}, REMOTE_ADDR="203.0.113.9"
    )

    (line,) = written("api_requests.log").splitlines()
    record = json.loads(line)
    assert list(record) == list(logs.API_FIELDS)
    assert re.fullmatch(r"20\d\d-.*Z", record.pop("timestamp"))
    assert record.pop("process_time") >= 0
    assert record == {
        "request_id": "abc-1",
        "method": "GET",
        "path": "/api/v1/contacts/",
        "status_code": 200,
        "client_ip": "203.0.113.9",
        "level": "info",
    }


@pytest.mark.parametrize(
    ("address", "status", "level"),
    [("/api/v1/x/", 200, "info"), ("/admin/x/", 404, "warning"), ("/api/fail/", 500, "error")],
)
def test_the_level_follows_the_status(client, written, address, status, level):
    client.get(address)

    record = json.loads(written("api_requests.log"))
    assert (record["status_code"], record["level"]) == (status, level)


@pytest.mark.parametrize("address", ["/pixel/x.gif", "/health", "/api", "/administration/"])
def test_only_the_api_and_the_admin_are_in_the_request_log(client, written, address):
    client.get(address)

    assert written("api_requests.log") == ""


def test_a_failed_request_is_logged_once_with_its_traceback_and_id(client, written):
    client.get("/api/fail/?q=1", headers={"x-request-id": "abc-2"})

    text = written("errors.log")
    assert text.count("Traceback") == 1
    assert "request_failed" in text
    assert "request='GET /api/fail/'" in text
    assert "request_id='abc-2'" in text


def test_what_a_request_logs_carries_its_id_and_later_lines_do_not(client, written, monkeypatch):
    def logging_view(request, *args, **kwargs):
        structlog.get_logger("campaigns.services").info("campaign_created", campaign=1)
        return HttpResponse()

    monkeypatch.setattr(urlpatterns[2], "callback", logging_view)
    client.get("/api/v1/x/", headers={"x-request-id": "abc-3"})
    structlog.get_logger("campaigns.services").info("campaign_archived", campaign=1)

    first, second = written("pixeltrack.log").splitlines()
    assert "request_id='abc-3'" in first
    assert "request_id" not in second


@pytest.mark.parametrize("address", ["/api/v1/contacts/", "/api/fail/", "/api/fail", "/nowhere/"])
def test_personal_data_of_a_request_is_in_no_file(client, written, address):
    client.post(
        f"{address}?email={ADDRESS}&name=Jane+Doe",
        data=json.dumps({"email": ADDRESS, "name": "Jane Doe"}),
        content_type="application/json",
        headers={
            "x-request-id": ADDRESS,
            "referer": f"http://x/?e={ADDRESS}",
            "user-agent": "Jane",
        },
    )
    client.get(f"{address}{ADDRESS}/")

    everything = "".join(written(name) for name in FILES)
    assert "jane" not in everything.lower()
    assert "example.com" not in everything


LINES, LENGTH = 300, 20_000


def _write_lines(folder: str, letter: str) -> None:
    logs.configure(Path(folder), debug=False)
    logging.getLogger().removeHandler(logging.getLogger().handlers[0])
    for _ in range(LINES):
        structlog.get_logger("x").info("line", text=letter * LENGTH)


TOKEN = "bxwqHljMQ3KlZw4CssPUeQcfIYf-8Grum2RXFmMf_bl7"


def test_the_token_of_a_persons_page_is_in_no_file(client, written):
    client.get(f"/api/privacy/{TOKEN}", {"again": TOKEN})
    structlog.get_logger("x").info("asked", path=f"/privacy/{TOKEN}", url=f"//h/Privacy/{TOKEN}?a")
    logging.getLogger("x").warning("GET %s failed", f"/%70rivac%79%2F{TOKEN}")
    logging.getLogger("x").error('"GET /privacy/%s HTTP/1.1" failed', TOKEN)
    lines = "".join(map(written, FILES))
    assert TOKEN not in lines
    assert "LookupError: no such page: http://testserver/api/privacy/..." in lines
    assert '"path": "/api/privacy/..."' in written("api_requests.log")
    assert "path='/privacy/...'" in lines
    assert '"GET /privacy/... HTTP/1.1" failed' in lines


def test_the_token_of_a_shared_report_is_in_no_file(client, written):
    client.get(f"/api/reports/{TOKEN}", {"again": TOKEN})
    structlog.get_logger("x").info("asked", path=f"/reports/{TOKEN}.py", url=f"//h/Reports/{TOKEN}")
    logging.getLogger("x").warning("GET %s failed", f"/%72eport%73%2F{TOKEN}")
    lines = "".join(map(written, FILES))
    assert TOKEN not in lines
    assert "LookupError: no such page: http://testserver/api/reports/..." in lines
    assert '"path": "/api/reports/..."' in written("api_requests.log")


@pytest.mark.parametrize("place", ["reports/report.py", "reports/verdict/judge.py"])
def test_the_places_of_our_own_code_stay_in_traces(place):
    line = f'File "/srv/pixeltrack/{place}", line 7, in report_on'
    assert logs.cut_tokens(line) == line


def test_a_logger_with_forms_of_its_own_can_be_kept_from_showing_tokens(caplog):
    logger = logging.getLogger("pixeltrack.test_tokens")
    logger.addFilter(logs.WithoutTokens())
    try:
        raise LookupError(f"/privacy/{TOKEN}")
    except LookupError:
        logger.exception("Error handling request %s", f"/privacy/{TOKEN}?again")
    logger.warning("100 % of /privacy/x")
    said = caplog.handler.format(caplog.records[0]) + caplog.text
    assert TOKEN not in said
    assert "Error handling request /privacy/..." in said
    assert "LookupError: /privacy/..." in said
    assert "100 % of /privacy/..." in said


@pytest.mark.parametrize(
    "text", ["privacy", "PRIVACY_SENDER", "https://books.example/privacy", "/privacy/", "/pixel/x"]
)
def test_what_is_no_token_is_left_as_it_is(text):
    assert logs.cut_tokens(text) == text


@pytest.mark.processes
def test_long_lines_of_several_processes_never_mix(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_write_lines, args=(str(tmp_path), letter)) for letter in "abc"
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    lines = (tmp_path / "pixeltrack.log").read_text().splitlines()
    assert len(lines) == 3 * LINES
    assert all(re.search(rf"text='([abc])\1{{{LENGTH - 1}}}'$", line) for line in lines)


def test_a_folder_that_cannot_be_made_stops_the_start_with_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    environment = os.environ | {"LOG_DIR": str(tmp_path / "file" / "logs")}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("LOG_DIR must be a folder")
    assert len(done.stderr.splitlines()) == 1


def test_without_a_folder_calls_go_to_standard_output_and_the_rest_to_standard_error():
    script = """
import structlog
from foundation import logs
from pixeltrack import settings
structlog.get_logger("campaigns.services").info("campaign_created", campaign=7)
structlog.get_logger(logs.API_REQUESTS).info("request", path="/api/v1/groups/")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"LOG_DIR": "-"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    [call], [event] = done.stdout.splitlines(), done.stderr.splitlines()
    assert json.loads(call)["path"] == "/api/v1/groups/"
    assert re.fullmatch(r"\S+Z campaigns.services info \S+ campaign_created campaign=7", event)
    assert not (settings.BASE_DIR / "-").exists()


def test_a_quiet_console_shows_warnings_only_and_the_files_have_every_line(written, capsys):
    [console] = [own for own in logging.getLogger().handlers if type(own) is logging.StreamHandler]
    log, shown = structlog.get_logger("campaigns.services"), console.setStream(sys.stderr)
    with logs.quiet_console():
        log.info("campaign_created")
        log.warning("disk_full")
    log.info("group_created")
    console.setStream(shown)
    said = capsys.readouterr().err
    assert "campaign_created" not in said
    assert "disk_full" in said
    assert "group_created" in said
    assert "campaign_created" in written("pixeltrack.log")


def test_other_users_can_not_read_log_files(tmp_path):
    handler = logs.LogFile(tmp_path / "x.log")
    handler.close()
    assert (tmp_path / "x.log").stat().st_mode & 0o777 == 0o640


def test_a_line_on_the_console_begins_with_its_time(capsys):
    [console] = [own for own in logging.getLogger().handlers if type(own) is logging.StreamHandler]
    shown = console.setStream(sys.stderr)
    structlog.get_logger("campaigns.services").info("campaign_created", campaign=7)
    console.setStream(shown)
    line = capsys.readouterr().err
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info", line)
