"""Pixels, their opens and what comes of them."""

import time
import uuid
from urllib.parse import urlsplit

from walk.calls import has, holds, is_pixel, lists, names

GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0"
SCANNER = "Go-http-client/1.1"
SECONDS_FOR_INGEST = 30


def walk_pixels(walk, contact):
    path = "/api/v1/pixels/"
    body = {"contact": contact, "number": 1}
    made = walk.call("POST", path, 201, body=body, check=has(contact=contact, number=1))
    own = f"{path}{made.take('uuid')}/"
    walk.call("POST", path, 400, body=body, check=names("number"), note="the number is taken")
    stray = {"contact": str(uuid.uuid4()), "number": 1}
    walk.call("POST", path, 400, body=stray, check=names("contact"))
    walk.call("GET", f"{path}?contact={contact}", 200, check=lists(1))
    walk.call("GET", own, 200, check=holds("<img "))
    walk.call("GET", f"{path}{uuid.uuid4()}/", 404)
    walk.call("PATCH", own, 200, body={"number": 2}, check=has(number=2))
    walk.call("PUT", own, 200, body={"number": 3}, check=has(number=3))
    walk.call("DELETE", own, 204)
    walk.call("GET", own, 404)


def walk_images(walk, results):
    """Loads pixels as mail clients do: the first mail by Gmail, a scanner, a person."""
    pixels = [[pixel["uuid"] for pixel in result["pixels"]] for result in results]
    loads = (
        (GMAIL, f"{pixels[0][0]}.gif"),
        (GMAIL, f"{pixels[0][1]}.gif"),
        (SCANNER, pixels[1][0]),
        (THUNDERBIRD, pixels[2][0].upper()),
        (GMAIL, f"{uuid.uuid4()}.gif"),
        (GMAIL, "nonsense"),
    )
    for agent, name in loads:
        walk.call("GET", f"/pixel/{name}", 200, headers={"User-Agent": agent}, check=is_pixel)
    path = f"/pixel/{pixels[3][0]}.gif"
    walk.call("HEAD", path, 200, headers={"User-Agent": GMAIL}, note="counts nothing")
    walk.call("POST", path, 405, body=b"")
    old = {"If-Modified-Since": "Mon, 01 Jan 2035 00:00:00 GMT", "If-None-Match": "*"}
    walk.call("GET", "/pixel/x.gif", 200, headers=old, check=is_pixel, note="never 304")


def walk_opens(walk, campaign, results):
    path = f"/api/v1/opens/?campaign={campaign}"
    deadline = time.monotonic() + SECONDS_FOR_INGEST
    while len(walk.send("GET", path).json or ()) < 4 and time.monotonic() < deadline:
        time.sleep(0.2)

    def has_four(answer):
        assert len(answer.json) == 4, f"{len(answer.json)} opens, not 4"
        kinds = sorted(row["kind"] for row in answer.json)
        assert kinds == ["human", "machine", "proxied", "proxied"], f"kinds are {kinds}"

    def has_next(answer):
        assert 'rel="next"' in (answer.headers["Link"] or ""), "no next page"

    walk.call("GET", path, 200, check=has_four)
    page = walk.call("GET", f"{path}&limit=3", 200, check=has_next, note="first page")
    link = urlsplit((page.headers["Link"] or "<>").split(">")[0].lstrip("<"))
    walk.call("GET", f"/api/v1/opens/?{link.query}", 200, note="second page")
    walk.call("GET", f"{path}&kind=robot", 400, check=names("kind"))
    walk.call("GET", "/api/v1/opens/?cursor=x", 400, check=names("cursor"))


def walk_schedule(walk, campaign, groups, results, sent_at):
    """What was opened is frozen; what was not can be moved and marked."""
    opened, unopened = results[0]["uuid"], results[3]["uuid"]
    contacts = "/api/v1/contacts/"
    walk.call("PATCH", f"{contacts}{opened}/", 400, body={"group": groups[1]}, check=names("group"))
    reschedule = f"/api/v1/groups/{groups[1]}/reschedule/"
    walk.call(
        "POST", reschedule, 200, body={"shift_minutes": 1}, check=has(rescheduled=2, frozen=1)
    )
    walk.call("POST", reschedule, 400, body={}, note="neither a time nor a shift")
    body = {"campaign": campaign, "contacts": [unopened], "reason": "bounced"}
    walk.call("POST", f"{contacts}not-sent/", 200, body=body, check=has(marked=1))
    walk.call("POST", f"{contacts}not-sent/", 200, body=body, check=has(marked=0, unchanged=1))
    walk.call("POST", f"{contacts}not-sent/", 400, body={"campaign": campaign})


def walk_report(walk, campaign):
    def adds_up(answer):
        totals = answer.json["totals"]
        figures = [totals[name] for name in ("contacts", "sent", "unique_opens")]
        assert figures == [4, 3, 2], f"contacts, sent and unique opens are {figures}"
        assert totals["unique_by_kind"] == {"human": 1, "proxied": 1, "machine": 1}
        assert abs(totals["open_rate"] - 2 / 3) < 0.001, f"rate is {totals['open_rate']}"
        assert totals["open_rate_with_machine"] == 1, "rate with machines is not 1"
        assert len(answer.json["groups"]) == 2, "not two groups"

    path = "/api/v1/email-campaigns/"
    walk.call("GET", f"{path}{campaign}/report/", 200, check=adds_up)
    walk.call("GET", f"{path}999999999/report/", 404)
