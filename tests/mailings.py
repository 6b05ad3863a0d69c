"""Fixtures of e-mail campaigns, their groups, contacts and imports."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from campaigns import services
from contacts import create
from contacts.imports import prepare, stored_files
from contacts.imports import run as import_run
from contacts.imports.prepare import ImportOptions

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def make_campaign(db):
    def make(name="Spring", *, days=(1, 31)):
        first, last = (datetime(2026, 3, day, tzinfo=UTC) for day in days)
        values = {"name": name, "start_at": first, "end_at": last}
        return services.create_campaign(created_by=None, values=values)

    return make


@pytest.fixture
def campaign(make_campaign):
    return make_campaign()


@pytest.fixture
def make_group(db):
    def make(campaign, number=1, name=None):
        values = {"number": number, "name": name or f"Group {number}"}
        return services.create_group(campaign_id=campaign.id, values=values)

    return make


@pytest.fixture
def group(campaign, make_group):
    return make_group(campaign)


@pytest.fixture
def other_group(make_campaign, make_group):
    """A group of another campaign."""
    return make_group(make_campaign("Autumn"))


@pytest.fixture
def make_contact(group):
    moments = (NOW + timedelta(seconds=n) for n in count())

    def make(**values):
        values = {"campaign": group.campaign_id, "group": group.id} | values
        return create.create_contact(values=values, now=next(moments), pixels_per_contact=0)[0]

    return make


@pytest.fixture
def upload(campaign):
    """Receives a file, of which nothing is imported yet."""

    def upload(content, *, campaign_id=campaign.id, name="contacts.csv"):
        content = content.encode() if isinstance(content, str) else content
        return stored_files.receive_file(
            campaign_id=campaign_id,
            chunks=[content[n : n + 1000] for n in range(0, len(content), 1000)],
            file_name=name,
            created_by=None,
            now=NOW,
        )

    return upload


@pytest.fixture
def start(upload, group):
    """Receives a file and sets it to be imported, into the one group where no row names any."""

    def start(content, **options):
        options.setdefault("default_group", group.id)
        queued = []
        job = upload(content)
        prepare.start_import(
            import_id=job.id, options=ImportOptions(**options), enqueue=queued.append, now=NOW
        )
        assert queued == [job.id]
        return job

    return start


@pytest.fixture
def take_in(start):
    """Imports a file to its end."""

    def take_in(content, **options):
        job = start(content, **options)
        import_run.run_import(import_id=job.id, clock=lambda: NOW)
        job.refresh_from_db()
        return job

    return take_in
