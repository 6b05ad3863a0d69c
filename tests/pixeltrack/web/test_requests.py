"""The end and the kind of a request are read from its bytes, however they arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixeltrack.web.requests import (
    MOST_BODY_BYTES,
    MOST_HEAD_BYTES,
    BadHead,
    Request,
    first_request,
)

NAME = "2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11"
LINE = f"GET /pixel/{NAME}.gif HTTP/1.1\r\n".encode()
PIXEL = LINE + b"Host: localhost\r\n\r\n"


def with_header(header):
    return LINE + header + b"\r\n\r\n"


@pytest.mark.parametrize("follows", [b"", b"x", PIXEL])
def test_a_request_without_a_body_ends_after_its_headers(follows):
    assert first_request(PIXEL + follows) == Request(f"/pixel/{NAME}.gif", len(PIXEL))


@given(st.integers(0, len(PIXEL) - 1))
def test_the_rest_of_the_headers_is_waited_for(size):
    assert first_request(PIXEL[:size]) is None


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"Content-Length: 5", 5),
        (b"content-LENGTH:\t0 ", 0),
        (b"A: b\r\nContent-Length: 32768\r\nC: d", MOST_BODY_BYTES),
        (b"X-Content-Length: 5", 0),
    ],
)
def test_a_short_body_belongs_to_the_request(header, body):
    data = with_header(header)
    assert first_request(data) == Request(f"/pixel/{NAME}.gif", len(data) + body)


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 32769",
        b"Content-Length: 9999999999999999999999",
        b"Content-Length: x",
        b"Content-Length: -1",
        b"Content-Length: 5\r\nContent-Length: 5",
        b"Content-Length: 5\r\nA: b\r\nContent-Length: 6",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Content-Length: 5\r\nExpect: 100-continue",
    ],
)
def test_a_body_of_large_unknown_or_invalid_length_is_not_waited_for(header):
    data = with_header(header)
    assert first_request(data) == Request(f"/pixel/{NAME}.gif", len(data), streams=True)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\nB: c\r\n", 400),
        (b"GET /" + b"x" * MOST_HEAD_BYTES, 431),
        (LINE + b"A: " + b"x" * MOST_HEAD_BYTES + b"\r\n\r\n", 431),
    ],
)
def test_bytes_that_begin_no_request_are_refused(data, status):
    with pytest.raises(BadHead) as refused:
        first_request(data)
    assert refused.value.status == status


@pytest.mark.parametrize(
    "target",
    [
        f"/pixel/{NAME}.gif",
        "/pixel/",
        "//pixel/x",
        "/PIXEL/x.GIF",
        "/%70ixel/x",
        "/pixel/x?/admin/",
        "http://localhost/pixel/x",
        "HTTPS://a:8000//pixel/x",
    ],
)
def test_paths_of_pixels(target):
    assert first_request(f"GET {target} HTTP/1.1\r\n\r\n".encode()).is_pixel


@pytest.mark.parametrize(
    "line",
    [
        "GET /admin/?/pixel/ HTTP/1.1",
        "GET /pixels/ HTTP/1.1",
        "GET /a/pixel/x HTTP/1.1",
        "GET http://pixel/ HTTP/1.1",
        "GET http://a?b/pixel/ HTTP/1.1",
        "GET pixel/ HTTP/1.1",
        "GET  /pixel/ HTTP/1.1",
        "GET /pixel/ HTTP/1.1 x",
        "/pixel/",
        "* * *",
    ],
)
def test_all_other_requests_are_left_to_a_thread(line):
    assert not first_request(f"{line}\r\n\r\n".encode()).is_pixel


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(data):
    for noise in (data, data + b"\r\n\r\n", LINE + data + b"\r\n\r\n"):
        try:
            request = first_request(noise)
        except BadHead:
            continue
        assert request is None or request.size >= 4
