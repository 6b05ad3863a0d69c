"""Calls a server, judges its answers and prints the score; `script/smoke` says what to call."""

import contextlib
import http.client
import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
    "Strict-Transport-Security": "max-age=31536000",
}
ALWAYS_SOME = ("Content-Security-Policy", "X-Request-ID", "X-Process-Time")


# Longer than any limit a minute makes one wait.
MOST_SECONDS_LIMITED = 120


class GaveUp(Exception):
    """What comes next needs what just failed."""


@dataclass
class Answer:
    """What the server said; `json` is None where the body is none."""

    status: int = 0
    headers: http.client.HTTPMessage = field(default_factory=http.client.HTTPMessage)
    body: bytes = b""

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def take(self, name):
        """A value of the answer that the walk can't do without."""
        if not isinstance(self.json, dict) or name not in self.json:
            raise GaveUp(f"the answer has no {name}")
        return self.json[name]


class Walk:
    """Calls the server, keeps the score and prints the table as it goes."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.connect = {
            "http": http.client.HTTPConnection,
            "https": http.client.HTTPSConnection,
        }[parts.scheme]
        self.netloc, self.prefix = parts.netloc, parts.path.rstrip("/")
        self.token = ""
        self.passed = self.failed = 0
        self.walked: set[tuple[str, str]] = set()
        print(f"{'':7} {'got':>4} {'ms':>6}  call")

    def call(self, method, path, expect, *, body=None, note="", check=None, **options) -> Answer:
        """One call; it passes where status, fixed headers and `check` (an assertion) agree."""
        started = time.perf_counter()
        try:
            answer = self.send(method, path, body, **options)
            self._judge(answer, path, expect, check)
            complaint = ""
        except (OSError, http.client.HTTPException) as error:
            answer, complaint = Answer(), f"no answer: {error}"
        except AssertionError as error:
            complaint = f"{error} {answer.body[:300]!r}"
        self.walked.add((method, urlsplit(path).path))
        self._print(method, path, note, answer.status, time.perf_counter() - started, complaint)
        return answer

    def send(self, method, path, body=None, **options) -> Answer:
        """One answer; where there were too many calls, the one after the wait it asks for."""
        answer = self._send(method, path, body, **options)
        limited = answer.status == 429 and (answer.json or {}).get("code") == "rate_limited"
        seconds = int(answer.headers.get("Retry-After", 0)) if limited else 0
        if not 0 < seconds <= MOST_SECONDS_LIMITED:
            return answer
        print(f"{'':20} (waiting {seconds} seconds: {answer.json['detail']})")
        time.sleep(seconds)
        return self._send(method, path, body, **options)

    def _send(self, method, path, body=None, *, headers=None, token=None) -> Answer:
        token = self.token if token is None else token
        sent = {"Connection": "close", "Accept": "application/json", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        with contextlib.closing(self.connect(self.netloc, timeout=60)) as connection:
            connection.request(method, self.prefix + path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def look_for_gaps(self) -> None:
        """Whatever the server's schema describes and nobody called is a failure."""
        schema = self.send("GET", "/openapi.json").json or {}
        for template, operations in schema.get("paths", {}).items():
            pattern = re.compile(re.sub(r"{\w+}", "[^/]+", template))
            # The slash at the end may be left out.
            called = {
                method
                for method, path in self.walked
                if pattern.fullmatch(path) or pattern.fullmatch(f"{path}/")
            }
            for method in {name.upper() for name in operations} - called:
                self._print(method, template, "", 0, 0, "was not called")

    def _judge(self, answer, path, expect, check) -> None:
        assert answer.status == expect, f"expected {expect}"
        if not path.startswith("/pixel/"):
            for name, value in ALWAYS.items():
                assert answer.headers[name] == value, f"{name} is {answer.headers[name]}"
            for name in ALWAYS_SOME:
                assert answer.headers[name], f"{name} is missing"
        if expect >= 400 and path.startswith("/api/"):
            assert {"detail", "code"} <= (answer.json or {}).keys(), "no detail and code"
        if check:
            check(answer)

    def _print(self, method, path, note, status, seconds, complaint) -> None:
        self.passed += not complaint
        self.failed += bool(complaint)
        mark = "FAILED" if complaint else "ok"
        line = f"{mark:7} {status or '-':>4} {seconds * 1000:6.0f}  {method} {path}"
        print(line + (f"  ({note})" if note else ""))
        if complaint:
            print(f"{'':20} {complaint}")


def has(**values):
    """A check: the answer's JSON object holds these values."""

    def check(answer):
        for name, value in values.items():
            found = (answer.json or {}).get(name)
            assert found == value, f"{name} is {found!r}, not {value!r}"

    return check


def names(*fields):
    """A check: the answer complains of these fields."""

    def check(answer):
        found = set((answer.json or {}).get("errors", {}))
        assert set(fields) <= found, f"complains of {sorted(found)}"

    return check


def lists(count):
    """A check: the answer is a list of so many, and its header agrees."""

    def check(answer):
        assert isinstance(answer.json, list), "no list"
        assert len(answer.json) == count, f"{len(answer.json)} rows, not {count}"
        assert answer.headers["X-Total-Count"] == str(count), "X-Total-Count differs"

    return check


def is_pixel(answer):
    assert answer.body[:6] == b"GIF89a" and len(answer.body) == 43, "not the image"
    assert answer.headers["Content-Length"] == "43", "Content-Length is not 43"
    assert answer.headers["Content-Type"] == "image/gif", "not image/gif"
    assert "no-store" in answer.headers["Cache-Control"], "may be cached"
    assert "Set-Cookie" not in answer.headers, "sets a cookie"


def holds(text):
    def check(answer):
        assert text in answer.body.decode(), f"does not hold {text}"

    return check
