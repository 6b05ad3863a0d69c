"""Processes are killed while they work; no acknowledged open is lost or counted twice."""

import shutil

import pytest

from tests.processes.running import Readers, kill, terminate, wait_until


def drain(site):
    assert site.manage("ingest_opens", "--once") == 0, site.output()


def test_a_killed_web_process_loses_no_answered_load(site, pixels, check):
    web = site.start_web()
    ingest = site.start_ingest()
    readers = Readers(site.port, pixels)
    for answers in (250, 600):
        readers.wait_for(answers)
        kill(web)
        web = site.start_web()
    readers.finish()
    terminate(web)
    wait_until(lambda: not site.segments(), "the spool to be finished")
    assert terminate(ingest) == 0
    assert len(readers.answered) > 800
    check(site, readers)


@pytest.mark.every_engine
def test_a_killed_ingester_loses_no_open_and_counts_none_twice(site, pixels, database, check):
    web = site.start_web()
    ingest = site.start_ingest()
    crowd = Readers(site.port, [])
    for start in range(0, len(pixels), 400):
        before = len(database.opens())
        wave = Readers(site.port, pixels[start : start + 400])
        wait_until(lambda: len(database.opens()) > before, "an open of this wave")  # noqa: B023
        kill(ingest)
        ingest = site.start_ingest()
        crowd.answered |= wave.finish().answered
        crowd.failed |= wave.failed
    terminate(web)
    wait_until(lambda: not site.segments(), "the spool to be finished")
    assert terminate(ingest) == 0
    assert not crowd.failed
    check(site, crowd)


@pytest.mark.soak
def test_a_replayed_segment_changes_nothing(site, pixels, database, check):
    web = site.start_web()
    readers = Readers(site.port, pixels[:300]).finish()
    terminate(web)
    [segment] = site.segments()
    copy = shutil.copy(segment, site.folder / "copy")
    drain(site)
    check(site, readers)
    before = database.opens()
    for name in (segment.name, "another.jsonl"):
        shutil.copy(copy, site.spool / ".copying")
        (site.spool / ".copying").rename(site.spool / name)
    drain(site)
    assert site.segments() == []
    assert database.opens() == before
    check(site, readers)


def test_an_incomplete_last_line_affects_no_other_line(site, pixels, database, check):
    web = site.start_web()
    readers = Readers(site.port, pixels[:300]).finish()
    kill(web)
    [segment] = site.segments()
    whole = segment.read_bytes()
    torn = whole[whole.rindex(b"\n") : -20]
    with segment.open("ab") as file:
        file.write(torn)
    drain(site)
    check(site, readers)
    [rejected] = (site.spool / "rejected").iterdir()
    assert rejected.read_bytes() == torn
    assert site.segments() == []


@pytest.mark.soak
def test_an_ingester_takes_over_from_one_that_was_killed(site, pixels, database, check):
    web = site.start_web()
    ingesters = [site.start_ingest(), site.start_ingest()]
    wait_until(lambda: "spool_reader_waiting" in site.output(), "one of them to wait its turn")
    readers = Readers(site.port, pixels)
    wait_until(lambda: len(database.opens()) >= 300, "300 opens")
    output = sorted(site.folder.glob("output-*"))
    waiting = ["spool_reader_waiting" in path.read_text() for path in output[1:3]]
    kill(ingesters[waiting.index(False)])
    readers.finish()
    terminate(web)
    wait_until(lambda: not site.segments(), "the other one to finish the spool")
    assert terminate(ingesters[waiting.index(True)]) == 0
    assert not readers.failed
    check(site, readers)


@pytest.mark.every_engine
def test_two_ingesters_with_the_same_hits_count_them_once(make_site, pixels, database, check):
    first, second = make_site(), make_site()
    web = first.start_web()
    readers = Readers(first.port, pixels).finish()
    terminate(web)
    shutil.copytree(first.spool, second.spool)
    ingesters = [site.start_ingest("--once") for site in (first, second)]
    assert [process.wait(60) for process in ingesters] == [0, 0], first.output()
    assert first.segments() == second.segments() == []
    assert not readers.failed
    check(first, readers)


@pytest.mark.soak
def test_an_ingester_that_is_told_to_end_leaves_nothing_half_done(site, pixels, database, check):
    web = site.start_web()
    ingest = site.start_ingest()
    readers = Readers(site.port, pixels[:600])
    wait_until(database.opens, "the first opens")
    assert terminate(ingest) == 0
    readers.finish()
    terminate(web)
    drain(site)
    check(site, readers)
