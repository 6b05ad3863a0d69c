"""Imports outlive their worker, stop when they are told to, and are undone to the end."""

import http.client
import json

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from rest_framework_simplejwt.tokens import AccessToken

from campaigns.models import (
    Campaign,
    Contact,
    ContactDraw,
    ContactImport,
    Group,
    ImportedContact,
    ImportPiece,
    RejectedRow,
)
from tests.processes.running import kill, wait_until
from tracking.models import Pixel

ROWS = 4000
BAD = 50
PIXELS = 2
BOUNDARY = "a-boundary"
FILE = "email,name\n" + "".join(
    f"p{n}@example.com,P{n}\n" if n % BAD else f"p{n}@,P{n}\n" for n in range(ROWS)
)


class Imports:
    """The imports of a site, seen from the tests."""

    def __init__(self, alias):
        self.alias = alias

    def all(self, model):
        return model.objects.using(self.alias)

    def job(self):
        return self.all(ContactImport).get()

    def call(self, site, path="", body=b"", headers=None):
        """The status and the answer of a POST to the imports of the campaign."""
        campaign = self.all(Campaign).get()
        users = get_user_model().objects.db_manager(self.alias)
        user = users.filter(username="root").first() or users.create_superuser(username="root")
        headers = {"Authorization": f"Bearer {AccessToken.for_user(user)}", **(headers or {})}
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        address = f"/api/v1/email-campaigns/{campaign.id}/imports/{path}"
        connection.request("POST", address, body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def ask(self, site, what):
        """Stops or undoes the import."""
        return self.call(site, f"{self.job().id}/{what}/")

    def let_the_lease_lapse(self):
        self.all(ContactImport).update(lease_until=timezone.now())

    def empty(self):
        with connections[self.alias].cursor() as cursor:
            for model in (ImportedContact, RejectedRow, ImportPiece, ContactImport, DBTaskResult):
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
            cursor.execute("DELETE FROM django_admin_log")
        self.all(get_user_model()).all().delete()


@pytest.fixture
def imports(database):
    imports = Imports(database.alias)
    yield imports
    imports.empty()


@pytest.fixture
def upload(database, imports):
    """Sends FILE to a site for a new campaign with two groups, which are drawn."""

    def upload(site):
        database.make_pixels(0)
        fields = {"pixels_per_contact": PIXELS}
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        status, body = imports.call(site, "", form(fields), {"Content-Type": kind})
        assert status == 202, body

    return upload


def form(fields):
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    parts.append(f'{head}"file"; filename="c.csv"\r\n\r\n{FILE}\r\n--{BOUNDARY}--\r\n')
    return "".join(parts).encode()


def start_worker(site):
    return site._start(["manage.py", "db_worker", "--interval", "0.1", "--no-startup-delay"], {})


def test_a_killed_worker_leaves_an_import_that_goes_on_without_duplicates(
    make_site, imports, upload
):
    site = make_site()
    web = site.start_web()
    upload(site)
    kill(web)
    reached = []
    for _ in range(3):
        before = imports.job().offset
        worker = start_worker(site)
        wait_until(lambda: imports.job().offset > before, "a chunk of the file")  # noqa: B023
        kill(worker)
        reached.append(imports.job().offset)
        imports.let_the_lease_lapse()
        assert site.manage("sweep", "--once") == 0, site.output()
    assert reached == sorted(set(reached))
    assert reached[0] < len(FILE)
    workers = [start_worker(site), start_worker(site)]
    wait_until(lambda: imports.job().state == "finished", "the import to end")
    wait_until(lambda: not imports.all(ImportPiece).exists(), "the file to be dropped")
    for worker in workers:
        kill(worker)

    job = imports.job()
    good = ROWS - ROWS // BAD
    assert (job.created, job.unchanged, job.rejected) == (good, 0, ROWS // BAD)
    assert imports.all(Contact).count() == good
    emails = set(imports.all(Contact).values_list("email_hash", flat=True))
    assert len(emails) == good
    places = imports.all(ContactDraw).values_list("place", flat=True)
    assert sorted(places) == list(range(1, good + 1))
    assert sorted(job.drawn.values()) == [good // 2, good // 2]
    for group in imports.all(Group).filter(campaign=job.campaign_id):
        assert imports.all(Contact).filter(group=group).count() == job.drawn[str(group.id)]
    pixels = imports.all(Pixel).values_list("contact_id", "number")
    owners = imports.all(Contact).values_list("uuid", flat=True)
    assert sorted(pixels) == sorted((owner, n + 1) for owner in owners for n in range(PIXELS))
    lines = imports.all(RejectedRow).order_by("id").values_list("line", flat=True)
    assert list(lines) == list(range(2, ROWS + 2, BAD))


def test_an_import_stops_while_its_worker_runs_and_nobody_goes_on_with_it(
    make_site, imports, upload
):
    site = make_site()
    site.start_web()
    upload(site)
    start_worker(site)
    wait_until(lambda: imports.job().created, "a chunk of the file")
    status, body = imports.ask(site, "stop")
    assert (status, body["state"]) == (200, "stopped"), body
    wait_until(lambda: not imports.all(ImportPiece).exists(), "the file to be dropped")
    imports.let_the_lease_lapse()
    assert site.manage("sweep", "--once") == 0, site.output()
    job = imports.job()
    assert (job.state, job.created) == ("stopped", body["created"])
    assert 0 < imports.all(Contact).count() == job.created < ROWS - ROWS // BAD
    assert "Traceback" not in site.output()
    assert site.manage("audit_counters") == 0, site.output()


def test_an_undoing_whose_worker_is_killed_goes_on_to_its_end(make_site, imports, upload):
    site = make_site()
    site.start_web()
    upload(site)
    worker = start_worker(site)
    wait_until(lambda: imports.job().state == "finished", "the import to end")
    kill(worker)
    status, body = imports.ask(site, "undo")
    assert (status, body["state"]) == (202, "undoing"), body
    worker = start_worker(site)
    wait_until(lambda: imports.job().removed, "a batch to be removed")
    kill(worker)
    removed = imports.job().removed
    made = imports.job().created
    assert imports.all(Contact).count() == made - removed
    assert site.manage("audit_counters") == 0, site.output()
    imports.let_the_lease_lapse()
    assert site.manage("sweep", "--once") == 0, site.output()
    for _ in range(2):
        start_worker(site)
    wait_until(lambda: imports.job().state == "undone", "the import to be undone")
    assert imports.job().removed == made
    for model in (Contact, Pixel, ContactDraw, ImportedContact):
        assert not imports.all(model).exists(), model
    assert site.manage("audit_counters") == 0, site.output()
    assert site.manage("check_consistency") == 0, site.output()
