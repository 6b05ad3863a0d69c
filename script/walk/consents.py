"""Walks the calls about people's decisions; none of them is recorded."""

from datetime import UTC, datetime

from walk.calls import has, names


def walk_consents(walk, marker):
    path = "/api/v1/consents/"
    # A yes without its text never counts.
    unproven = {"email": f"smoke-{marker}@example.invalid", "consent_opens": "granted"}
    body = {"decisions": [unproven]}
    walk.call("POST", path, 200, body=body, check=has(recorded=0, failed=1))
    walk.call("POST", path, 400, body={}, check=names("decisions"))
    walk.call("GET", f"{path}?limit=1", 200, note="first page")
    walk.call("GET", f"{path}?changed_since=x", 400, check=names("changed_since"))
    since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    walk.call("GET", f"/api/v1/inactive/?since={since}&limit=1", 200)
    walk.call("GET", "/api/v1/inactive/", 400, check=names("since"))
