"""Nothing is kept of what a person loads who has withdrawn, whichever way it takes to the database.

Real processes answer, forward and count; others' hits wait in front of the person's.
"""

import hashlib
import hmac
import http.client
import os
from contextlib import closing

import pytest
from django.conf import settings

from campaigns.models import Contact
from tests.consent.deciding import tables_with
from tests.processes.kafka_pipeline import hit
from tests.processes.person import SET_UP, ask, files_with, remove_decisions, token_of
from tests.processes.running import PATIENCE_SECONDS, terminate, wait_until
from tracking.counting.record import NETWORK_HASH_DIGITS
from tracking.spool.writer import SpoolWriter

AGENT = "Quaint/7.5 (of the person who withdrew)"
ADDRESS = "198.51.100.7"
NETWORK = "198.51.100.0/24"
LOADS = 100
BACKLOG = 20
# Who she is, that she gets mail, and what she decided.
KNOWN = {
    *("campaigns_contact", "tracking_pixel"),
    *("consent_decision", "consent_personconsent", "consent_clickconsent"),
}
# The way of a mail client's address through the proxy.
PROXIED = {"TRUSTED_PROXIES": "1"}


@pytest.fixture
def ann(database):
    """Her contact; the tables of decisions are emptied afterwards."""
    database.make_pixels(1)
    yield Contact.objects.using(database.alias).get()
    remove_decisions(database.alias)


@pytest.fixture
def others(ann, database):
    return database.make_pixels(300)


@pytest.fixture
def backlog(site, others):
    """Hits of others that lie in the spool already; each counts."""
    writer = SpoolWriter(site.spool, fsync_ms=0)
    for _ in range(BACKLOG):
        for pixel in others:
            assert writer.append(hit(pixel))
    writer.close()
    return BACKLOG * len(others)


def withdraw(site, ann):
    status, _, page = ask(site, "POST", f"/privacy/{token_of(ann)}", "withdraw=1")
    assert status == 200, page


def load(port, ann, alias):
    """All her loads, answered like anybody's."""
    pixel = ann.pixels.using(alias).get().uuid
    headers = {"User-Agent": AGENT, "X-Forwarded-For": ADDRESS}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as door:
        for _ in range(LOADS):
            door.request("GET", f"/pixel/{pixel}.gif", headers=headers)
            answer = door.getresponse()
            assert (answer.status, len(answer.read())) == (200, 43)


def network_hash():
    digest = hmac.new(settings.HASH_KEY.encode(), NETWORK.encode(), hashlib.sha256)
    return digest.hexdigest()[:NETWORK_HASH_DIGITS]


@pytest.fixture
def look(ann, database, site):
    """Looks for traces of her in a full dump, and in what her site's processes wrote."""
    pixel = ann.pixels.using(database.alias).get().uuid

    def look():
        traces = (AGENT, ADDRESS, NETWORK, network_hash())
        found = tables_with(*traces, alias=database.alias)
        found |= tables_with(pixel, ann.uuid, alias=database.alias) - KNOWN
        pixels = (pixel.hex, str(pixel))
        return found, [path for trace in traces + pixels for path in files_with(site.folder, trace)]

    return look


@pytest.mark.every_engine
def test_through_the_web_process(site, database, ann, backlog, look):
    web = site.start_web(**SET_UP, **PROXIED)
    # In the spool already when she withdraws.
    load(site.port, ann, database.alias)
    withdraw(site, ann)
    ingest = site.start_ingest()
    load(site.port, ann, database.alias)
    assert terminate(web) == 0
    wait_until(lambda: not site.segments(), "the spool to be finished")
    assert terminate(ingest) == 0
    assert look() == (set(), [])
    assert sum(database.opens().values()) == backlog
    assert site.manage("audit_counters") == 0, site.output()


@pytest.mark.every_engine
def test_the_search_finds_whoever_is_measured(site, database, ann, look):
    web, ingest = site.start_web(**PROXIED), site.start_ingest()
    load(site.port, ann, database.alias)
    assert look()[1] != []
    assert terminate(web) == 0
    wait_until(lambda: not site.segments(), "the spool to be finished")
    assert terminate(ingest) == 0
    tables, files = look()
    assert {"tracking_open", "tracking_useragent", "tracking_contactopens"} <= tables
    assert files == []


@pytest.mark.nginx
@pytest.mark.xdist_group("nginx")
def test_through_nginx(site, database, ann, backlog, look, make_nginx):
    site.start_web(**SET_UP, **PROXIED)
    nginx = make_nginx(trusted_proxies=1, spool=site.spool).start()
    ingest = site.start_ingest()
    withdraw(site, ann)
    load(nginx.port, ann, database.alias)
    nginx.quit()
    assert len(nginx.lines()) == LOADS
    assert terminate(ingest) == 0
    for segment in nginx.segments():
        # Long enough ago for nobody to write to it any more.
        os.utime(segment, (0, 0))
    assert site.manage("ingest_opens", "--once") == 0
    assert look() == (set(), [])
    assert (nginx.segments(), sum(database.opens().values())) == ([], backlog)
    assert site.manage("audit_counters") == 0, site.output()


@pytest.mark.one_engine
def test_through_kafka_with_two_ingesters(pipeline, database, ann, others, look):
    site, kafka = pipeline.site, pipeline.cluster
    pixel = ann.pixels.using(database.alias).get().uuid
    site.start_web(**SET_UP)
    for _ in range(BACKLOG):
        pipeline.put_into_topic(others)
    # In the topic already when she withdraws.
    pipeline.put_into_topic([pixel] * LOADS)
    withdraw(site, ann)
    ingesters = [pipeline.start("ingest_opens") for _ in range(2)]
    forwarder = pipeline.start("forward_opens")
    for number in range(LOADS):
        line = hit(pixel, agent=AGENT, network=NETWORK)
        if number % 2:
            assert pipeline.writer.append(line)
        else:
            kafka.send(pipeline.topic, line, key=str(pixel).encode(), partition=number % 4)
    kafka.flush()
    pipeline.writer.close()
    wait_until(pipeline.is_drained, "everything to be read")
    assert [terminate(process) for process in (forwarder, *ingesters)] == [0, 0, 0]
    assert len([key for key, _ in pipeline.hits() if key == str(pixel).encode()]) == 2 * LOADS
    assert look() == (set(), [])
    assert database.opens() == dict.fromkeys(others, BACKLOG)
    assert site.manage("audit_counters") == 0, site.output()
