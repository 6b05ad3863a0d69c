"""nginx and the web process answer pixels alike and keep the same records."""

import ipaddress
import random
from urllib.parse import unquote_to_bytes

import pytest

from foundation.client_address import network_of
from tests.processes.nginx import Nginx, request
from tracking.door.pixel import GIF, Pixel
from tracking.hits.event_log import parse

# One after the other: each picks free ports before it listens on them.
pytestmark = [pytest.mark.nginx, pytest.mark.xdist_group("nginx")]

NAME = "2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11"
PATH = f"/pixel/{NAME}.gif"
# Each server sets these itself.
OF_THE_SERVER = {"Server", "Date", "Connection"}
TRUSTED_PROXIES = 2


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), trusted_proxies=TRUSTED_PROXIES).start()
    yield nginx
    nginx.kill()


@pytest.fixture
def by_nginx(nginx):
    """Asks nginx; returns its answer and the hits that it recorded meanwhile."""

    def ask(*arguments, **options):
        before = len(nginx.lines())
        client = nginx.client()
        status, headers, body = client.ask(request(*arguments, **options))
        # The record is written once the next request on the same connection is answered.
        if headers["Connection"] == "keep-alive":
            client.ask(request("/pixel/", "HEAD"))
        client.close()
        shown = {name: value for name, value in headers.items() if name not in OF_THE_SERVER}
        return (status, shown, body), [content(hit) for hit in nginx.hits()[before:]]

    return ask


def by_web_process(path, method="GET", *, headers=()):
    """The same for the web process."""
    kept = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": unquoted(path), "REMOTE_ADDR": "127.0.0.1"}
    for name, value in headers:
        sent = value if isinstance(value, bytes) else value.encode()
        environ["HTTP_" + name.upper().replace("-", "_")] = sent.decode("latin-1")
    door = Pixel(append=lambda line: not kept.append(line), trusted_proxies=TRUSTED_PROXIES)
    status, shown, body = door.answer(environ)
    hits = [content(parse(line)) for line in kept]
    return (int(status.split()[0]), dict(shown), body), hits


def unquoted(path):
    return unquote_to_bytes(path.partition("?")[0].encode("latin-1")).decode("latin-1")


def content(hit):
    return (hit.pixel_id, hit.user_agent, hit.network, hit.purpose)


@pytest.mark.parametrize(
    "path",
    [
        PATH,
        f"/pixel/{NAME}",
        f"/pixel/{NAME.upper()}.gif",
        f"{PATH}?utm=1&x=%00",
        f"/pixel/{NAME.replace('-', '%2D')}.gif",
        "/pixel/",
        "/pixel/.gif",
        "/pixel/nonsense.gif",
        "/pixel/...",
        f"/pixel//{NAME}",
        f"/pixel/{NAME}.png",
        f"/pixel/{NAME}.GIF",
        f"/pixel/{NAME}.gif.gif",
        f"/pixel/{NAME}/",
        f"/pixel/{NAME}/x",
        f"/pixel/{NAME}.gif/",
        f"/pixel/{NAME}.gif%20",
        f"/pixel/{NAME}.gif%c2%a0",
        f"//pixel/{NAME}.gif",
        f"///PIXEL//{NAME.upper()}.Gif///",
        f"/%70ixel/{NAME}.gif",
        f"/pixel/{NAME}%0a",
        f"/pixel/{NAME}%0d%0a.gif",
        f"/pixel/{NAME}%20",
        f"/pixel/{NAME.replace('-', '')}.gif",
        f"/pixel/{NAME[:-1]}g.gif",
        "/pixel/" + "x" * 3000,
        "/pixel/\xff\xfe.gif",
        "/pixel/%ff%fe.gif",
        "/pixel/<script>",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_unusual_names_are_answered_and_recorded_alike(by_nginx, path, method):
    assert by_nginx(path, method) == by_web_process(path, method)


@pytest.mark.parametrize("path", [f"{PATH[:-3]}GIF", f"{PATH}/", f"{PATH}%20", f"/{PATH}"])
def test_links_that_mail_clients_changed_still_count(by_nginx, path):
    assert len(by_nginx(path)[1]) == 1
    assert by_nginx(path) == by_web_process(path)


def test_the_image_has_the_same_bytes(by_nginx):
    (status, headers, body), hits = by_nginx(PATH)
    assert (status, body, len(hits)) == (200, GIF, 1)
    assert set(headers) == {"Content-Type", "Content-Length", "Cache-Control", "X-Robots-Tag"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_refused_alike(by_nginx, method):
    assert by_nginx(PATH, method) == by_web_process(PATH, method)
    assert by_nginx(PATH, method)[0][0] == 405


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "header",
    [
        ("If-None-Match", "*"),
        ("If-None-Match", '"abc"'),
        ("If-Match", '"abc"'),
        ("If-Modified-Since", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("If-Modified-Since", "Mon, 28 Sep 1970 06:00:00 GMT"),
        ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("Range", "bytes=0-3"),
    ],
)
def test_conditional_requests_get_the_complete_image(by_nginx, method, header):
    answered = by_nginx(PATH, method, headers=[header])
    assert answered == by_web_process(PATH, method, headers=[header])
    assert answered[0][0] == 200
    assert len(answered[1]) == (method == "GET")


@pytest.mark.parametrize("path", ["/pixel/nonsense", "/pixel/"])
def test_conditional_requests_of_malformed_names_are_not_recorded(by_nginx, path):
    headers = [("If-None-Match", "*")]
    assert by_nginx(path, headers=headers) == by_web_process(path, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Thunderbird/140.1.0")],
        [("User-Agent", "Café 🦊")],
        [("User-Agent", b"Caf\xe9 \xff\xfe")],
        [("User-Agent", 'quotes " and \\ and \t and \x01 and {"id": 1}')],
        [("User-Agent", "x" * 1023 + "🦊🦊")],
        [("User-Agent", "🦊" * 1900)],
        [("User-Agent", "\x02" * 7500)],
        [("Sec-Purpose", "prefetch;prerender")],
        [("Purpose", "preview")],
        [("X-Purpose", "preview")],
        [("X-Moz", "prefetch")],
        [("X-Moz", "a"), ("X-Purpose", "b"), ("Purpose", "c"), ("Sec-Purpose", "d")],
        [("Purpose", ""), ("Sec-Purpose", "navigate"), ("X-Moz", "é" * 200)],
        [(name, "\x03" * 7000) for name in ("Sec-Purpose", "Purpose", "X-Moz")],
    ],
)
def test_the_headers_of_a_client_are_recorded_alike(by_nginx, headers):
    answered = by_nginx(PATH, headers=headers)
    assert answered == by_web_process(PATH, headers=headers)
    assert len(answered[1]) == 1


@pytest.mark.parametrize(
    "forwarded",
    [
        "203.0.113.9",
        "198.51.100.7, 203.0.113.9",
        "192.0.2.1, 198.51.100.7, 203.0.113.9",
        "made-up, 192.0.2.1, 198.51.100.7, 203.0.113.9",
        "192.0.2.1,198.51.100.7,203.0.113.9",
        " , 192.0.2.1 ,, 198.51.100.7 , ",
        ",",
        "unknown",
        "256.1.1.1, 203.0.113.9",
        "01.2.3.4, 203.0.113.9",
        "203.0.113.9:4711, 203.0.113.9",
        "2001:db8:1:2::5, 203.0.113.9",
        "2001:0DB8:0001:2::5, 203.0.113.9",
        "::ffff:198.51.100.7, 203.0.113.9",
        "::ffff:c000:0201, 203.0.113.9",
        "[::FFFF:C000:201]:443, 203.0.113.9",
        "0:0:0:0:0:ffff:192.0.2.1, 203.0.113.9",
        "0::0:ffff:192.0.2.1, 203.0.113.9",
        "::1:ffff:c000:0201, 203.0.113.9",
        "[2001:db8::1], 203.0.113.9",
        "[2001:db8::1]:443, 203.0.113.9",
        "[2001:db8:1::1%eth0]:443,203.0.113.9:80",
        "fe80::1%25eth0, 203.0.113.9",
        "::ffff:198.51.100.7%x, [::ffff:203.0.113.9]:1",
        '"198.51.100.7:80", 203.0.113.9',
        'for=198.51.100.7, for="[2001:db8::1]:4711"',
        'For="[2001:db8:2::1]:4711";proto=https;by=203.0.113.43, 203.0.113.9',
        "for=_hidden, 203.0.113.9",
        "for=unknown, 203.0.113.9",
        "198.51.100.7\t203.0.113.9",
        "198.51.100.7:, 203.0.113.9",
        "198.51.100.7:123456, 203.0.113.9",
        "[198.51.100.7], 203.0.113.9",
        "[2001:db8::1, 203.0.113.9",
        "2001:db8::1]:443, 203.0.113.9",
        ", ".join(["10.0.0.1"] * 500),
    ],
)
def test_the_client_behind_proxies_is_found_alike(by_nginx, forwarded):
    headers = [("X-Forwarded-For", forwarded)]
    assert by_nginx(PATH, headers=headers) == by_web_process(PATH, headers=headers)


def test_without_trusted_proxies_the_header_is_ignored(tmp_path):
    nginx = Nginx(tmp_path).start()
    client = nginx.client()
    for forwarded in ("203.0.113.9", "203.0.113.9, 198.51.100.7"):
        client.ask(request(PATH, headers=[("X-Forwarded-For", forwarded)]))
    client.ask(request("/pixel/"))
    client.close()
    assert [hit.network for hit in nginx.hits()] == ["127.0.0.0/24"] * 2
    nginx.kill()


def addresses():
    """Addresses of all kinds, with runs of zeros in every place; the same ones each time."""
    chance = random.Random(6)
    for _ in range(100):
        yield str(ipaddress.IPv4Address(chance.getrandbits(32)))
    for start in ("::ffff", "0::FFFF", "::0:ffff", "0000:" * 5 + "ffff"):
        for _ in range(50):
            first, second = (chance.choice([0, 1, 0xA00, chance.getrandbits(16)]) for _ in "ab")
            yield f"{start}:{first:x}:{second:x}"
            yield f"{start}:{first:04X}:{second:04x}"
            yield f"{start}:{ipaddress.IPv4Address(first << 16 | second)}"
    for _ in range(600):
        groups = [chance.choice([0, 0, 0, 1, 0xDB8, chance.getrandbits(16)]) for _ in range(8)]
        address = ipaddress.IPv6Address(b"".join(g.to_bytes(2) for g in groups))
        yield str(address)
        yield address.exploded


def test_networks_are_written_alike(nginx):
    """No complete address is written."""
    asked = [address for address in addresses() if network_of(address)]
    before = len(nginx.lines())
    client = nginx.client()
    for address in asked:
        client.send(request(PATH, headers=[("X-Forwarded-For", f"{address}, 192.0.2.1")]))
        client.answer()
    client.ask(request("/pixel/"))
    client.close()
    kept = [hit.network for hit in nginx.hits()[before:]]
    assert dict(zip(asked, kept, strict=True)) == {a: network_of(a) for a in asked}
