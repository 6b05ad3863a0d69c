"""Whoever reads what changed, page by page, misses nothing that is recorded meanwhile."""

import threading

import pytest
from django.db import transaction
from django.utils import timezone

from consent import queries
from consent.decisions import record_decisions
from consent.models import IN_FORCE, Way
from consent.modes import Answer, Purpose
from consent.queries import changed_consents
from consent.weighing import Report, Source
from foundation.personal_data.hashes import read_email_hash
from tests.threads import run_together

API = Source(Way.API)


def refuse(name, *purposes):
    told = dict.fromkeys(purposes or ("opens",), Answer.DENIED)
    report = Report(read_email_hash(f"{name}@example.com"), None, **told)
    record_decisions([report], source=API, now=timezone.now())


def read_all(since=0, *, limit=1):
    """All pages from a cursor on, and the cursor behind them."""
    found = []
    while page := changed_consents(since=since, limit=limit):
        found += page
        since = page[-1].version
    return [row.version for row in found], since


@pytest.mark.django_db
def test_what_is_recorded_between_two_looks_is_on_the_next_page(monkeypatch):
    refuse("ann")

    class Late(dict):
        def items(self):
            for purpose, model in super().items():
                if purpose == Purpose.CLICKS:
                    refuse("bob", "opens")
                    refuse("cy", "clicks")
                yield purpose, model

    monkeypatch.setattr(queries, "IN_FORCE", Late(IN_FORCE))
    page = changed_consents(since=0, limit=9)
    monkeypatch.undo()
    assert [row.version for row in page] == [1]
    assert read_all(page[-1].version) == ([2, 3], 3)


@pytest.mark.django_db(transaction=True)
def test_a_number_that_is_given_out_earlier_is_committed_earlier():
    """A slow writer keeps the next one waiting, so that no reader sees a later number first."""
    given, second_done = threading.Event(), threading.Event()
    seen = []

    def slow():
        with transaction.atomic():
            refuse("ann")
            given.set()
            # It can't be done before this ends; without the lock it would.
            second_done.wait(timeout=1)
            seen.append(second_done.is_set())

    def quick():
        given.wait(timeout=30)
        refuse("bob", "clicks")
        second_done.set()

    def read():
        given.wait(timeout=30)
        seen.append(read_all())

    assert run_together(slow, quick, read) == []
    assert seen[-1] is False
    (early, since), *_ = [one for one in seen if one is not False]
    assert read_all(since)[0] == [1, 2][len(early) :]


@pytest.mark.django_db(transaction=True)
def test_readers_beside_many_writers_miss_nothing():
    done = threading.Event()
    followed = []

    def write(name):
        for n in range(12):
            refuse(f"{name}{n}", *(["opens"], ["clicks"], ["opens", "clicks"])[n % 3])

    def write_all():
        try:
            assert run_together(*(lambda name=name: write(name) for name in "abc")) == []
        finally:
            done.set()

    def follow():
        since = 0
        while True:
            was_done = done.is_set()
            versions, since = read_all(since, limit=3)
            followed.extend(versions)
            if was_done:
                return

    assert run_together(write_all, follow) == []
    assert followed == list(range(1, 37))
