"""Campaigns, groups and contacts; each step hands over what it made as soon as it is made."""

import secrets
import time
import uuid
from datetime import timedelta
from urllib.parse import urlencode

from walk.calls import has, holds, lists, names

SECONDS_FOR_IMPORT = 30


def walk_campaigns(walk, name, begin, end):
    path = "/api/v1/email-campaigns/"
    body = {"name": name, "start_at": begin.isoformat(), "end_at": end.isoformat()}
    campaign = walk.call("POST", path, 201, body=body, check=has(name=name)).take("id")
    own = f"{path}{campaign}/"
    yield campaign
    walk.call("POST", path, 400, body=body, check=names("name"), note="the name is taken")
    walk.call("POST", path, 400, body={}, check=names("name", "start_at", "end_at"))
    early = body | {"name": f"{name} x", "end_at": (begin - timedelta(days=1)).isoformat()}
    walk.call("POST", path, 400, body=early, check=names("end_at"), note="ends before it starts")
    walk.call("POST", path, 400, body=b"{", note="no JSON")
    walk.call("POST", path, 415, body=b"a=b", headers={"Content-Type": "text/plain"})
    walk.call("GET", f"{path}?{urlencode({'name': name})}", 200, check=lists(1))
    walk.call("GET", f"{path}?limit=0", 400, check=names("limit"))
    walk.call("GET", f"{path}?skip=x", 400, check=names("skip"))
    walk.call("GET", own, 200, check=has(id=campaign, archived_at=None))
    walk.call("GET", own.rstrip("/"), 200, note="no slash")
    walk.call("GET", f"{path}999999999/", 404)
    walk.call("PATCH", own, 200, body={"description": "x"}, check=has(description="x", name=name))
    walk.call("PUT", own, 200, body=body | {"description": "y"}, check=has(description="y"))
    walk.call("PATCH", own, 400, body={"nmae": "x"}, check=names("nmae"), note="a slip")
    walk.call("POST", own, 405)


def walk_groups(walk, campaign, other):
    path = "/api/v1/groups/"
    made = []
    for owner, number, name in ((campaign, 1, "A"), (campaign, 2, "B"), (other, 1, "A")):
        body = {"campaign": owner, "number": number, "name": name}
        made.append(walk.call("POST", path, 201, body=body, check=has(number=number)).take("id"))
        yield made[-1]
    body = {"campaign": campaign, "number": 1, "name": "C"}
    walk.call("POST", path, 400, body=body, check=names("number"), note="the number is taken")
    body = {"campaign": 999999999, "number": 1, "name": "C"}
    walk.call("POST", path, 400, body=body, check=names("campaign"))
    walk.call("GET", f"{path}?campaign={campaign}", 200, check=lists(2))
    walk.call("GET", f"{path}{made[0]}/", 200, check=has(name="A", campaign=campaign))
    walk.call("GET", f"{path}999999999/", 404)
    walk.call("PATCH", f"{path}{made[0]}/", 200, body={"name": "AA"}, check=has(name="AA"))
    walk.call("PUT", f"{path}{made[0]}/", 200, body={"name": "A"}, check=has(name="A"))
    walk.call("DELETE", f"{path}{made[1]}/", 204, note="archives")
    walk.call("GET", f"{path}?campaign={campaign}&archived=true", 200, check=lists(1))
    walk.call("POST", f"{path}{made[1]}/unarchive/", 200, check=has(archived_at=None))


def walk_contact(walk, campaign, groups, end, marker):
    """One contact, scheduled after the campaign's end."""
    path = "/api/v1/contacts/"
    late = end + timedelta(days=1)
    body = {
        "campaign": campaign,
        "group": groups[0],
        "email": f"single.{marker}@example.com",
        "scheduled_at": late.isoformat(),
    }

    def warns(answer):
        assert answer.json["warnings"], "no warning"

    made = walk.call("POST", path, 201, body=body, check=warns, note="after the campaign's end")
    contact = made.take("uuid")
    own = f"{path}{contact}/"
    yield contact
    walk.call("POST", path, 400, body=body, check=names("email"), note="the address is taken")
    stray = body | {"email": f"stray.{marker}@example.com", "group": groups[2]}
    walk.call("POST", path, 400, body=stray, check=names("group"), note="another's group")
    walk.call("POST", path, 400, body=stray | {"uuid": "x"}, check=names("uuid"))
    walk.call("POST", path, 400, body={"email": "x"}, check=names("email", "campaign", "group"))
    walk.call("GET", f"{path}?campaign={campaign}", 200, check=lists(1))
    walk.call("GET", f"{path}?campaign=x", 400, check=names("campaign"))
    walk.call("GET", own, 200, check=has(uuid=contact, group=groups[0]))
    walk.call("GET", f"{path}{uuid.uuid4()}/", 404)
    walk.call("PATCH", own, 200, body={"name": "Ann"}, check=has(name="Ann"))
    walk.call("PUT", own, 200, body={"group": groups[1]}, check=has(group=groups[1]))
    walk.call("PATCH", own, 400, body={"group": groups[2]}, check=names("group"))


def walk_bulk(walk, campaign, groups, sent_at, marker):
    """Four contacts with two pixels each, and one that is refused."""
    rows = [
        {
            "campaign": campaign,
            "group": groups[n % 2],
            "email": f"bulk.{n}.{marker}@example.com",
            "scheduled_at": sent_at.isoformat(),
        }
        for n in range(4)
    ]
    rows.append(rows[0] | {"email": "nobody"})
    answer = walk.call(
        "POST",
        "/api/v1/contacts/bulk/",
        200,
        body={"contacts": rows, "pixels_per_contact": 2},
        check=has(created=4, failed=1),
    )
    results = answer.take("results")
    yield from results[:4]
    walk.call("POST", "/api/v1/contacts/bulk/", 400, body={}, check=names("contacts"))
    many = {"contacts": [{}] * 10_001}
    walk.call("POST", "/api/v1/contacts/bulk/", 400, body=many, check=names("contacts"))


def walk_experiment(walk, campaign, contact):
    """The plan, the schedule and the rest of a campaign whose two groups have few contacts."""
    own = f"/api/v1/email-campaigns/{campaign}/"
    walk.call("GET", f"{own}plan/?rate=20", 200)
    walk.call("GET", f"{own}plan/?rate=x", 400, check=names("rate"))
    walk.call("POST", f"{own}mix-schedule/", 400, check=has(code="nothing_to_mix"))
    walk.call("POST", f"{own}winner/", 400, body={}, check=has(code="no_rest"))
    path = "/api/v1/contacts/resent/"
    body = {"campaign": campaign, "contacts": [contact]}
    walk.call("POST", path, 200, body=body, check=has(unchanged=1), note="not due yet")
    walk.call("POST", path, 400, body={}, check=names("campaign", "contacts"))
    walk.call("GET", f"/api/v1/contacts/?campaign={campaign}&opened=person", 200)
    walk.call("GET", "/api/v1/contacts/?opened=perhaps", 400, check=names("opened"))


def walk_import(walk, campaign, group, marker):
    """A file with two sound rows and one that is rejected; gives the new contacts."""
    path = f"/api/v1/email-campaigns/{campaign}/imports/"
    rows = [f"file.{n}.{marker}@example.com" for n in range(2)]
    file = "\r\n".join(["email", *rows, "nobody"]).encode()
    made = walk.call("POST", path, 202, **form({"default_group": str(group)}, file))
    own = f"{path}{made.take('id')}/"
    wait_for(walk, own, "finished")
    walk.call("GET", own, 200, check=has(state="finished", created=2, rejected=1))
    walk.call("POST", f"{own}stop/", 400, note="it has ended")
    mine = walk.call("GET", f"/api/v1/contacts/?campaign={campaign}", 200, check=lists(2))
    yield from (row["uuid"] for row in mine.json or ())
    walk.call("GET", path, 200, check=lists(1))
    walk.call("GET", f"{own}rejected/", 200, check=holds("nobody"))
    merged = f"/api/v1/email-campaigns/{campaign}/merge-list/"
    walk.call("GET", merged, 200, check=holds(rows[0]))
    walk.call("GET", "/api/v1/email-campaigns/999999999/merge-list/", 404)
    walk.call("POST", path, 400, **form({}, b""), note="an empty file")
    walk.call("GET", f"{path}999999999/", 404)


def walk_undo(walk, campaign, group, marker):
    """A second file, whose contact is removed again."""
    path = f"/api/v1/email-campaigns/{campaign}/imports/"
    file = f"email\r\nundone.{marker}@example.com".encode()
    made = walk.call("POST", path, 202, **form({"default_group": str(group)}, file))
    own = f"{path}{made.take('id')}/"
    wait_for(walk, own, "finished")
    walk.call("POST", f"{own}undo/", 202, check=has(state="undoing"))
    wait_for(walk, own, "undone")
    walk.call("GET", own, 200, check=has(state="undone", removed=1))


def wait_for(walk, job, state):
    deadline = time.monotonic() + SECONDS_FOR_IMPORT
    while (walk.send("GET", job).json or {}).get("state") != state:
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)


def form(fields, file):
    """The options of a call that sends a form with a file."""
    mark = secrets.token_hex(16)
    part = f'--{mark}\r\nContent-Disposition: form-data; name="'
    body = "".join(f'{part}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    body += f'{part}file"; filename="contacts.csv"\r\n\r\n'
    return {
        "body": body.encode() + file + f"\r\n--{mark}--\r\n".encode(),
        "headers": {"Content-Type": f"multipart/form-data; boundary={mark}"},
    }
