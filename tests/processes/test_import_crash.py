"""A worker is killed in the middle of an import; every row is still imported once."""

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

    def let_the_lease_lapse(self):
        self.all(ContactImport).update(lease_until=timezone.now())

    def empty(self):
        with connections[self.alias].cursor() as cursor:
            for model in (ImportedContact, RejectedRow, ImportPiece, ContactImport, DBTaskResult):
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
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
        campaign = imports.all(Campaign).get()
        fields = {"pixels_per_contact": PIXELS}
        users = get_user_model().objects.db_manager(database.alias)
        token = AccessToken.for_user(users.create_superuser(username="root"))
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        connection.request(
            "POST",
            f"/api/v1/email-campaigns/{campaign.id}/imports/",
            form(fields),
            {
                "Authorization": f"Bearer {token}",
                "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            },
        )
        response = connection.getresponse()
        body = json.loads(response.read())
        connection.close()
        assert response.status == 202, body

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
