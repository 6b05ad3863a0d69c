"""The pixel answers all clients alike and records each open before it answers."""

import json
import subprocess
import sys

import pytest
from django.urls import reverse

from foundation.metrics.prometheus import PIXEL_HITS, PIXEL_UNWRITTEN
from pixeltrack import wsgi
from tracking.door import django_view
from tracking.door import pixel as pixel_module
from tracking.door.pixel import GIF, Pixel
from tracking.hits.event_log import parse

NAME = "2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11"


class Spool:
    """Replaces the spool on disk; `full` makes it refuse."""

    def __init__(self):
        self.lines = []
        self.full = False

    def append(self, line):
        if not self.full:
            self.lines.append(line)
        return not self.full

    @property
    def hits(self):
        return [parse(line) for line in self.lines]


@pytest.fixture
def spool():
    return Spool()


@pytest.fixture
def make_pixel(spool):
    return lambda trusted_proxies=0: Pixel(append=spool.append, trusted_proxies=trusted_proxies)


@pytest.fixture
def pixel(make_pixel):
    return make_pixel()


def count(counter):
    return counter.collect()[0].samples[0].value


def environ(path=f"/pixel/{NAME}.gif", method="GET", **headers):
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "REMOTE_ADDR": "192.0.2.77",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        **headers,
    }


@pytest.mark.parametrize(
    "path",
    [
        f"/pixel/{NAME}.gif",
        f"/pixel/{NAME}",
        f"/pixel/{NAME.upper()}",
        f"/pixel/{NAME}.GIF",
        f"/PIXEL/{NAME}.Gif",
        f"/pixel/{NAME}.gif/",
        f"/pixel/{NAME}/",
        f"/pixel/{NAME}.gif ",
        f"/pixel/{NAME}.gif \r\n\t",
        f"//pixel/{NAME}.gif",
        f"///pixel//{NAME}.gif//",
    ],
)
def test_a_load_is_answered_with_the_image_and_kept(pixel, spool, path):
    status, headers, body = pixel.answer(environ(path, HTTP_USER_AGENT="Thunderbird"))
    assert (status, body) == ("200 OK", GIF)
    assert dict(headers) == {
        "Content-Type": "image/gif",
        "Content-Length": "43",
        "Cache-Control": "no-store, no-cache, must-revalidate, max-age=0, private",
        "X-Robots-Tag": "noindex",
    }
    [hit] = spool.hits
    assert (str(hit.pixel_id), hit.user_agent, hit.network) == (NAME, "Thunderbird", "192.0.2.0/24")


def test_the_image_is_one_transparent_pixel():
    assert len(GIF) == 43
    assert GIF[:6] == b"GIF89a"
    assert GIF[6:10] == b"\x01\x00\x01\x00"
    assert GIF[-1:] == b";"
    # The graphic control block: transparency is on for the colour of the pixel.
    assert GIF[19:27] == b"\x21\xf9\x04\x01\x00\x00\x01\x00"


@pytest.mark.parametrize(
    "path",
    [
        "/pixel/",
        "/pixel/.gif",
        "/pixel/nonsense.gif",
        "/pixel/../../etc/passwd",
        f"/pixel/{NAME}.png",
        f"/pixel/{NAME}.gif.gif",
        f"/pixel/{NAME}/x",
        f"/pixel/{NAME}\xa0",
        f"/pixels/{NAME}.gif",
        f"/pixel/{NAME.replace('-', '')}.gif",
        "/pixel/" + "x" * 5000,
        "/pixel/\xff\xfe\x00.gif",
    ],
)
def test_malformed_ids_get_the_same_answer_and_are_not_recorded(pixel, spool, path):
    assert pixel.answer(environ(path)) == pixel.answer(environ())
    assert len(spool.lines) == 1


def test_head_is_answered_alike_and_not_kept(pixel, spool):
    status, headers, body = pixel.answer(environ(method="HEAD"))
    assert spool.lines == []
    assert (status, headers) == pixel.answer(environ())[:2]
    assert body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get"])
def test_other_methods_are_refused_and_not_kept(pixel, spool, method):
    status, headers, body = pixel.answer(environ(method=method))
    assert status == "405 Method Not Allowed"
    assert dict(headers)["Allow"] == "GET, HEAD"
    assert dict(headers)["Content-Length"] == str(len(body))
    assert spool.lines == []


def test_conditional_requests_get_the_complete_image(pixel, spool):
    headers = {"HTTP_IF_NONE_MATCH": "*", "HTTP_IF_MODIFIED_SINCE": "Wed, 21 Oct 2026 07:28:00 GMT"}
    status, _, body = pixel.answer(environ(**headers))
    assert (status, body) == ("200 OK", GIF)
    assert len(spool.lines) == 1


def test_each_load_has_a_different_id(pixel, spool):
    for _ in range(100):
        pixel.answer(environ())
    assert len({hit.event_id for hit in spool.hits}) == 100


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Thunderbird", "Thunderbird"),
        ("Café 🦊".encode().decode("latin-1"), "Café 🦊"),
        ("Caf\xe9", "Caf\ufffd"),
        ("\u20ac outside Latin-1", "? outside Latin-1"),
        ("x" * 20_000, "x" * 1024),
        ('"\\\t', '"\\\t'),
    ],
)
def test_user_agents_are_recorded_as_they_were_sent(pixel, spool, sent, kept):
    pixel.answer(environ(HTTP_USER_AGENT=sent))
    assert spool.hits[0].user_agent == kept


def test_a_load_without_a_user_agent_is_kept(pixel, spool):
    pixel.answer(environ())
    assert spool.hits[0].user_agent == ""


@pytest.mark.parametrize("header", ["SEC_PURPOSE", "PURPOSE", "X_PURPOSE", "X_MOZ"])
def test_a_declared_purpose_is_kept(pixel, spool, header):
    pixel.answer(environ(**{f"HTTP_{header}": "prefetch"}))
    assert spool.hits[0].purpose == "prefetch"


def test_several_purposes_are_all_kept(pixel, spool):
    pixel.answer(environ(HTTP_PURPOSE="", HTTP_SEC_PURPOSE="navigate", HTTP_X_MOZ="prefetch"))
    assert spool.hits[0].purpose == "navigate, prefetch"


def test_no_address_reaches_the_spool(make_pixel, spool):
    make_pixel(trusted_proxies=1).answer(environ(HTTP_X_FORWARDED_FOR="203.0.113.9"))
    assert b"203.0.113.0/24" in spool.lines[0]
    assert b"203.0.113.9" not in spool.lines[0]
    assert b"192.0.2." not in spool.lines[0]


def test_without_trusted_proxies_the_header_is_ignored(pixel, spool):
    pixel.answer(environ(HTTP_X_FORWARDED_FOR="203.0.113.9"))
    assert spool.hits[0].network == "192.0.2.0/24"


def test_if_the_spool_refuses_the_image_is_served_and_the_loss_counted(pixel, spool):
    hits, unwritten = count(PIXEL_HITS), count(PIXEL_UNWRITTEN)
    spool.full = True
    assert pixel.answer(environ())[2] == GIF
    spool.full = False
    assert pixel.answer(environ())[2] == GIF
    assert count(PIXEL_UNWRITTEN) - unwritten == 1
    assert count(PIXEL_HITS) - hits == 1


def test_a_failure_of_the_spool_and_its_end_are_each_logged_once(pixel, spool, caplog):
    spool.full = True
    pixel.answer(environ())
    pixel.answer(environ())
    spool.full = False
    pixel.answer(environ())
    pixel.answer(environ())
    assert [r.levelname for r in caplog.records] == ["ERROR", "WARNING"]


@pytest.fixture
def doors(pixel, monkeypatch):
    """Both ways to the pixel, with the same spool."""
    monkeypatch.setattr(pixel_module, "pixel", lambda: pixel)
    monkeypatch.setattr(django_view, "the_pixel", lambda: pixel)


def ask(env):
    answered = []
    body = wsgi.application(env, lambda status, headers: answered.extend([status, headers]))
    return answered[0], dict(answered[1]), b"".join(body)


@pytest.mark.usefixtures("doors")
def test_the_server_answers_pixels_without_django(spool, monkeypatch):
    monkeypatch.setattr(wsgi, "django", lambda *args: pytest.fail("went through Django"))
    assert ask(environ()) == ("200 OK", dict(pixel_module.IMAGE_HEADERS), GIF)
    assert len(spool.lines) == 1


@pytest.mark.usefixtures("doors")
def test_other_paths_go_to_django(spool, monkeypatch):
    monkeypatch.setattr(
        wsgi,
        "django",
        lambda env, start: (start("204 No Content", []), [env["PATH_INFO"].encode()])[1],
    )
    for path in ("/", "/pixel", "/pixels/", "/api/pixel/x"):
        assert ask(environ(path))[2] == path.encode()
    assert spool.lines == []


@pytest.mark.usefixtures("doors")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_django_view_answers_the_same(client, spool, method):
    url = reverse("pixel", args=[f"{NAME}.gif"])
    response = client.generic(method, url, HTTP_USER_AGENT="Thunderbird")
    status, headers, body = ask(environ(url, method, HTTP_USER_AGENT="Thunderbird"))
    assert (response.status_code, response.content) == (int(status[:3]), body)
    assert headers.items() <= dict(response.headers).items()
    assert not response.cookies
    assert len(spool.lines) == (2 if method == "GET" else 0)


def test_the_pixel_needs_no_django():
    code = "import sys, tracking.door.pixel; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    # django-environ imports Django's exceptions if Django is installed, and nothing else.
    assert not {b"django.conf", b"django.db", b"django.http"} & set(loaded.stdout.split())


def test_the_pixel_records_opens_in_the_folder_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SPOOL_DIR", str(tmp_path))
    monkeypatch.setenv("SPOOL_FSYNC", "0")
    pixel_module._pixel.cache_clear()
    try:
        assert b"".join(pixel_module.respond(environ(), lambda status, headers: None)) == GIF
    finally:
        pixel_module._pixel.cache_clear()
    [segment] = tmp_path.glob("*.jsonl")
    assert json.loads(segment.read_bytes())["pixel"] == NAME
