"""Files whose rows name no group: each person is drawn once, however often the file comes."""

from contextlib import suppress
from datetime import timedelta

import pytest

from campaigns import services
from campaigns.models import Contact, ContactDraw, ContactImport, DrawStratum
from contacts.imports import prepare
from contacts.imports import run as import_run
from contacts.imports.drawn import drawn_groups
from contacts.imports.prepare import ImportOptions
from foundation.errors import InvalidInput
from tests.contacts.imports.importing import figures, reasons, run, when_counted
from tests.mailings import NOW
from tests.threads import run_together

ROWS = 120
FILE = "email\n" + "".join(f"p{n}@example.com\n" for n in range(ROWS))


class Stopped(Exception):
    """Stops a worker in these tests."""


@pytest.fixture
def groups(campaign, group, make_group):
    services.update_group(group_id=group.id, changes={"planned_share": "75"})
    return [group, make_group(campaign, 2, "B")]


@pytest.fixture
def draw_in(start, groups):
    """Imports a file to its end; rows that name no group are drawn."""

    def draw_in(content, **options):
        return run(start(content, **{"default_group": None} | options))

    return draw_in


@pytest.fixture
def _small_chunks(monkeypatch):
    monkeypatch.setattr(import_run, "CHUNK", 10)


def drawn(job):
    return {group.number: contacts for group, contacts in drawn_groups(job)}


def people(campaign):
    contacts = Contact.objects.filter(campaign=campaign)
    return {contact.email: contact.group.number for contact in contacts.select_related("group")}


def assert_dealt_once(people):
    """Each place to one person, in blocks of three and one."""
    places = ContactDraw.objects.values_list("place", flat=True)
    assert sorted(places) == list(range(1, people + 1))
    counts = [Contact.objects.filter(group__number=number).count() for number in (1, 2)]
    assert sum(counts) == people
    assert abs(counts[0] - people * 0.75) <= 4
    [stratum] = DrawStratum.objects.all()
    assert [stratum.counts[number] for number in ("1", "2")] == counts


@pytest.mark.django_db
def test_rows_that_name_no_group_are_drawn(draw_in, campaign):
    job = draw_in(FILE)
    assert figures(job) == (ROWS, 0, 0)
    assert job.draws_groups
    assert drawn(job) == {1: 90, 2: 30}
    assert_dealt_once(ROWS)


@pytest.mark.django_db
def test_rows_without_a_group_are_drawn_beside_rows_that_name_one(draw_in, campaign):
    content = "email,group\n" + "".join(f"p{n}@x.com,{'2' if n % 2 else ''}\n" for n in range(80))
    job = draw_in(content, default_group="draw")
    assert figures(job) == (80, 0, 0)
    assert drawn(job) == {1: 30, 2: 10}
    assert Contact.objects.filter(group__number=2).count() == 50


@pytest.mark.django_db
def test_a_column_of_groups_is_not_drawn_unless_that_is_chosen(draw_in):
    job = draw_in("email,group\nann@x.com,1\nbob@x.com,\ncleo@x.com,draw\n")
    assert (figures(job), drawn(job)) == ((1, 0, 2), {})
    assert not job.draws_groups
    assert reasons(job) == [
        "Name the group, or choose a default group for the import.",
        "The campaign has no group of this name or number.",
    ]


@pytest.mark.django_db
def test_without_groups_nothing_can_be_drawn(upload, campaign):
    job = upload(FILE)
    with pytest.raises(InvalidInput) as refused:
        prepare.start_import(
            import_id=job.id, options=ImportOptions(), enqueue=lambda _: None, now=NOW
        )
    assert list(refused.value.errors) == ["default_group"]
    assert "add its groups first" in refused.value.errors["default_group"][0]


@pytest.mark.django_db
def test_the_same_file_again_draws_nobody_again(draw_in, campaign):
    draw_in(FILE)
    before = people(campaign)
    job = draw_in(FILE)
    assert (figures(job), drawn(job)) == ((0, ROWS, 0), {})
    assert people(campaign) == before
    assert_dealt_once(ROWS)


@pytest.mark.django_db
def test_a_longer_file_draws_only_new_people(draw_in, campaign):
    draw_in(FILE)
    before = people(campaign)
    job = draw_in(f"{FILE}new1@example.com\nnew2@example.com\n")
    assert figures(job) == (2, ROWS, 0)
    assert sum(drawn(job).values()) == 2
    assert people(campaign).items() >= before.items()
    assert_dealt_once(ROWS + 2)


@pytest.mark.django_db
def test_rejected_rows_take_no_place(draw_in, campaign):
    job = draw_in(FILE + "nobody\np1@example.com\n;\n")
    assert (figures(job), job.repeated) == ((ROWS, 0, 2), 1)
    assert_dealt_once(ROWS)


@pytest.mark.django_db
def test_rows_that_lose_a_race_are_not_counted_as_drawn(draw_in, monkeypatch):
    """Rows that the comparison with the campaign can't see yet are refused when stored."""
    draw_in(FILE)
    monkeypatch.setattr("contacts.imports.known_contacts._stored", lambda *args: {})
    job = draw_in(FILE)
    assert (figures(job), drawn(job)) == ((0, 0, ROWS), {})
    assert_dealt_once(ROWS)


@pytest.mark.django_db
@pytest.mark.usefixtures("_small_chunks")
def test_an_import_that_stopped_goes_on_and_draws_nobody_twice(start, groups, campaign):
    job = start(FILE, default_group=None)
    calls = []

    def stop(**_):
        calls.append(1)
        if len(calls) == 4:
            raise Stopped

    with suppress(Stopped), when_counted(stop):
        run(job)
    assert Contact.objects.count() == ContactDraw.objects.count() == 30
    before = people(campaign)
    run(job, now=NOW + timedelta(minutes=10))
    assert figures(job) == (ROWS, 0, 0)
    assert drawn(job) == {1: 90, 2: 30}
    assert people(campaign).items() >= before.items()
    assert_dealt_once(ROWS)


@pytest.mark.django_db
@pytest.mark.usefixtures("_small_chunks")
def test_a_group_archived_while_an_import_runs_gets_nobody_from_then_on(start, groups):
    job = start(FILE, default_group=None)
    calls = []

    def archive(**_):
        calls.append(1)
        if len(calls) == 4:
            services.archive_group(group_id=groups[1].id, now=NOW)

    with when_counted(archive):
        run(job)
    assert job.created == ROWS
    assert drawn(job) == {1: 110, 2: 10}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_small_chunks")
def test_two_imports_at_once_of_the_same_file_draw_each_person_once(start, groups, campaign):
    jobs = [start(FILE, default_group=None) for _ in range(2)]
    assert run_together(*(lambda job=job: run(job) for job in jobs)) == []
    jobs = ContactImport.objects.all()
    assert {job.state for job in jobs} == {"finished"}
    assert sum(job.created for job in jobs) == ROWS
    assert sum(sum(drawn(job).values()) for job in jobs) == ROWS
    assert_dealt_once(ROWS)
