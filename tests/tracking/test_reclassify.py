"""Rules of today are applied to history, and every counter follows."""

import dataclasses
from datetime import timedelta

import pytest

from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking import audit, counters, reclassify
from tracking.classify import RULES, Kind, classify
from tracking.ingest import record
from tracking.launch import launch_due_campaigns
from tracking.models import ContactOpens, Open
from tracking.prune import prune_opens
from tracking.reclassify import reclassify_opens

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def contacts():
    group = make_campaign().groups.get(number=1)
    contacts = [make_contact(group) for _ in range(4)]
    launch_due_campaigns(now=START)
    record(
        [
            *(make_hit(contact, agent=GMAIL) for contact in contacts),
            make_hit(contacts[0], agent=THUNDERBIRD),
            make_hit(contacts[1], agent=THUNDERBIRD, after=3 * HOUR),
            make_hit(contacts[2], agent=APPLE_PRIVACY, after=2 * HOUR),
        ]
    )
    return contacts


@pytest.fixture
def gmail_is_a_machine_now(monkeypatch):
    """A new version of the rule for proxies, wrong on purpose."""
    changed = dataclasses.replace(RULES[4], version=RULES[4].version + 1, kind=Kind.MACHINE)

    def decide(agent, purpose=""):
        rule = classify(agent, purpose)
        return changed if rule.number == changed.number else rule

    monkeypatch.setattr(reclassify, "classify", decide)
    return changed


def stored(contacts):
    return {name: counters.stored(name, [contacts[0].group_id]) for name in counters.TABLES}


def test_nothing_changes_while_the_rules_stay(contacts):
    before = stored(contacts)
    assert reclassify_opens() == 0
    assert stored(contacts) == before


@pytest.mark.parametrize("chunk", [1, 3, 500])
def test_a_changed_rule_reaches_history_and_its_counters(
    contacts, gmail_is_a_machine_now, monkeypatch, chunk
):
    monkeypatch.setattr(reclassify, "CHUNK", chunk)
    assert reclassify_opens() == 4
    kinds = dict(ContactOpens.objects.values_list("contact_id", "best_kind"))
    assert [kinds[contact.uuid] for contact in contacts] == [2, 2, 0, 0]
    codes = Open.objects.filter(kind=Kind.MACHINE).values_list("rule", flat=True)
    assert gmail_is_a_machine_now.code in codes
    assert not audit.find_differences()


def test_doing_it_again_changes_nothing(contacts, gmail_is_a_machine_now):
    reclassify_opens()
    before = stored(contacts)
    assert reclassify_opens() == 0
    assert stored(contacts) == before


def test_changing_the_rule_back_brings_everything_back(contacts, monkeypatch, request):
    before = stored(contacts)
    with monkeypatch.context() as patched:
        changed = dataclasses.replace(RULES[4], version=RULES[4].version + 1, kind=Kind.MACHINE)
        patched.setattr(
            reclassify,
            "classify",
            lambda a, p="": changed if classify(a, p).number == 5 else classify(a, p),
        )
        reclassify_opens()
        assert stored(contacts) != before
    reclassify_opens()
    assert stored(contacts) == before
    assert not audit.find_differences()


def test_what_pruned_hits_amounted_to_is_kept(contacts, gmail_is_a_machine_now):
    record([make_hit(contacts[3], agent=GMAIL, after=timedelta(days=9))])
    prune_opens(now=START + timedelta(days=10), keep_days=2)
    assert reclassify_opens() == 1
    assert ContactOpens.objects.get(contact_id=contacts[3].uuid).best_kind == Kind.PROXIED
    assert not audit.find_differences()
