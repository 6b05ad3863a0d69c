"""One migrated database for the processes under test, and a site on it for each test."""

import itertools
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from campaigns.models import (
    Campaign,
    Contact,
    ContactDraw,
    Draw,
    DrawStratum,
    ForgottenPeople,
    Group,
    ImportedContact,
)
from foundation.timestamps import to_ms
from tests import migrated, migrated_server
from tests.processes.nginx import Nginx
from tests.processes.restoring import Operator
from tests.processes.running import Site
from tests.processes.wire import Wire
from tracking import models
from tracking.counting.fold import DAY_MS, MINUTE_MS, NEVER, NO_SLOT, due_minute
from tracking.models import ContactsByDueDay, ContactsByDueMinute, Open, Pixel

PIXELS = 1200
TABLES = (
    models.Open,
    models.ContactOpens,
    models.OpensByMinute,
    models.OpensBySlot,
    models.OpensByClientSlot,
    models.FirstOpensByMinute,
    models.FirstOpensBySlot,
    models.FirstOpensByAge,
    models.LeftByAge,
    models.ContactsByKind,
    models.ContactsByDueMinute,
    models.ContactsByDueDay,
    models.GroupVersion,
    models.GroupChange,
    models.CampaignSlots,
    models.SpoolProgress,
    models.UserAgent,
    models.Pixel,
    ContactDraw,
    DrawStratum,
    Draw,
    ForgottenPeople,
    ImportedContact,
    Contact,
    Group,
    Campaign,
)
numbers = itertools.count()


def pytest_collection_modifyitems(items):
    for item in items:
        # Tests that start nginx alone use no database.
        alone = item.get_closest_marker("nginx")
        if "tests/processes" in item.path.as_posix() and not alone:
            item.add_marker(pytest.mark.processes)


class Database:
    """The database of the processes, seen from the tests."""

    def __init__(self, alias):
        self.alias = alias
        settings = connections[alias].settings_dict
        self.vendor = connections[alias].vendor
        self.name = settings["NAME"]
        self.host, self.port = settings["HOST"] or "127.0.0.1", settings["PORT"]
        self.login = ":".join(filter(None, (settings["USER"], settings["PASSWORD"])))

    def url(self, port=None):
        """DATABASE_URL, optionally with another port."""
        if self.vendor == "sqlite":
            return f"sqlite:///{self.name}"
        scheme = {"mysql": "mysql", "postgresql": "postgres"}[self.vendor]
        host, port = ("127.0.0.1", port) if port else (self.host, self.port)
        return f"{scheme}://{self.login}@{host}:{port}/{self.name}"

    def opens(self):
        """The number of opens of each pixel."""
        pixels = Open.objects.using(self.alias).values_list("pixel_id", flat=True)
        counts = {}
        for pixel in pixels:
            counts[pixel] = counts.get(pixel, 0) + 1
        return counts

    def empty(self):
        with connections[self.alias].cursor() as cursor:
            for model in TABLES:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")

    def make_pixels(self, count):
        now = timezone.now()
        due = now - timedelta(hours=1)
        name = f"Campaign {next(numbers)}"
        campaign = Campaign.objects.using(self.alias).create(
            name=name, name_key=name.lower(), start_at=now, end_at=now + timedelta(days=1)
        )
        groups = [
            Group.objects.using(self.alias).create(
                campaign=campaign, number=n, name=f"Group {n}", name_key=f"group {n}"
            )
            for n in (1, 2)
        ]
        contacts = [
            Contact(
                campaign=campaign,
                group=groups[n % 2],
                scheduled_at=due,
                due_at=due,
                created_at=due - timedelta(days=1),
            )
            for n in range(count)
        ]
        Contact.objects.using(self.alias).bulk_create(contacts, batch_size=500)
        pixels = [Pixel(contact_id=contact.uuid) for contact in contacts]
        Pixel.objects.using(self.alias).bulk_create(pixels, batch_size=500)
        if contacts:
            self._register(contacts)
        return [pixel.uuid for pixel in pixels]

    def _register(self, contacts):
        """Does what `contacts.registering.register_contacts` does in the project's own database."""
        by_group = Counter(contact.group_id for contact in contacts)
        minute = due_minute(to_ms(contacts[0].scheduled_at))
        ContactsByDueMinute.objects.using(self.alias).bulk_create(
            ContactsByDueMinute(
                group_id=group_id,
                slot=NO_SLOT,
                minute=minute,
                contacts=count,
                opened=0,
                drawn=count,
                removed=0,
            )
            for group_id, count in by_group.items()
        )
        day = minute if minute == NEVER else minute * MINUTE_MS // DAY_MS
        ContactsByDueDay.objects.using(self.alias).bulk_create(
            ContactsByDueDay(group_id=group_id, day=day, contacts=count, opened=0)
            for group_id, count in by_group.items()
        )
        models.GroupVersion.objects.using(self.alias).bulk_create(
            models.GroupVersion(group_id=group_id, version=1) for group_id in by_group
        )


@pytest.fixture(scope="session")
def _alias(django_db_setup, django_db_blocker, tmp_path_factory, worker_id):
    """A separate database: the processes really write to it, and no test could undo that.

    Whatever database it writes to, Django asks the default one what it can.
    """
    default = connections["default"]
    folder = tmp_path_factory.mktemp("database")
    name = str(folder / "site.db")
    with django_db_blocker.unblock():
        if default.vendor != "sqlite":
            # With a hyphen, which names of databases may have.
            name = f"{default.settings_dict['NAME']}_processes-{worker_id}"
        connections.databases["site"] = {**default.settings_dict, "NAME": name}
        if default.vendor == "sqlite":
            migrated.copy_to(name)
        else:
            migrated_server.copy_to(name)
        yield "site"
        connections["site"].close()
        del connections.databases["site"], connections["site"]
        if default.vendor != "sqlite":
            migrated_server.drop(name)


@pytest.fixture
def database(_alias, django_db_blocker):
    with django_db_blocker.unblock():
        database = Database(_alias)
        yield database
        database.empty()
        connections[_alias].close()


@pytest.fixture
def pixels(database):
    return database.make_pixels(PIXELS)


@pytest.fixture
def make_site(tmp_path, database):
    made = []

    def make(database_url=None):
        folder = tmp_path / f"site-{len(made)}"
        folder.mkdir()
        made.append(Site(folder, database_url or database.url()))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def site(make_site):
    return make_site()


@pytest.fixture
def operator(site, database):
    return Operator(site, database)


@pytest.fixture
def make_nginx(tmp_path):
    made = []

    def make(**options):
        made.append(Nginx(tmp_path / f"nginx-{len(made)}", **options))
        return made[-1]

    yield make
    for nginx in made:
        if nginx.process:
            nginx.kill()


@pytest.fixture
def pipeline(site, kafka_cluster):
    from tests.processes.kafka_pipeline import Pipeline

    pipeline = Pipeline(site, kafka_cluster)
    yield pipeline
    pipeline.writer.close()


@pytest.fixture
def check(database):
    """Each answered load was counted once, any other at most once, and the counters agree."""

    def check(site, readers):
        opens = database.opens()
        assert {pixel: opens.get(pixel, 0) for pixel in readers.answered} == dict.fromkeys(
            readers.answered, 1
        )
        assert set(opens) <= readers.answered | readers.failed
        assert set(opens.values()) <= {1}
        assert site.manage("audit_counters") == 0, site.output()

    return check


@pytest.fixture
def wire(database):
    if database.vendor == "sqlite":
        yield None
        return
    default_port = {"mysql": 3306, "postgresql": 5432}[database.vendor]
    wire = Wire(database.host, database.port or default_port)
    yield wire
    wire.close()
