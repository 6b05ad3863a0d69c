"""A database is restored while everything goes on: nothing is counted before a replay."""

import pytest

from campaigns.models import Contact
from tests.processes.person import SET_UP, ask, remove_decisions, token_of
from tests.processes.running import Readers, terminate, wait_until

BEHIND = "run manage.py replay_consent first"


@pytest.fixture
def ann(database):
    database.make_pixels(1)
    yield Contact.objects.using(database.alias).get()
    remove_decisions(database.alias)


@pytest.fixture
def others(ann, database):
    return set(database.make_pixels(3))


def refusal(site, contact):
    """What the page answers to a withdrawal."""
    status, _, _ = ask(site, "POST", f"/privacy/{token_of(contact)}", "withdraw=1")
    return status


def load(site, pixels):
    assert Readers(site.port, pixels).finish().answered == set(pixels)


@pytest.mark.every_engine
def test_a_person_who_withdrew_since_the_backup_is_not_counted(
    site, database, ann, others, operator, tmp_path
):
    backup = tmp_path / "backup"
    backup.mkdir()
    [own] = ann.pixels.using(database.alias).values_list("uuid", flat=True)
    web, ingest = site.start_web(**SET_UP), site.start_ingest()
    operator.back_up_database(backup)
    first, *later = sorted(others)
    load(site, [first])
    wait_until(lambda: database.opens() == {first: 1}, "ingest to count")
    assert refusal(site, ann) == 200

    operator.restore_database(backup)
    load(site, [own, *later])
    wait_until(lambda: BEHIND in site.output(), "ingest to say what it waits for")
    assert database.opens() == {}
    assert ingest.poll() is None
    # The page neither records nor tells what is no longer so.
    wait_until(lambda: refusal(site, ann) == 503, "the page to see the database")
    assert ask(site, "GET", f"/privacy/{token_of(ann)}")[0] == 503

    assert site.manage("replay_consent") == 0
    wait_until(lambda: database.opens() == dict.fromkeys(later, 1), "ingest to go on")
    # A file of SQLite that was just written to is refused for a while, by each process anew.
    wait_until(lambda: refusal(site, ann) == 200, "the page to take withdrawals again")
    assert (terminate(web), terminate(ingest)) == (0, 0)
    assert site.manage("audit_counters") == 0, site.output()
