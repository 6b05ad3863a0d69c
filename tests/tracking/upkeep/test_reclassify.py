"""Current rules are applied to past opens, and every counter follows."""

import dataclasses
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from reports.figures import Figures, figures_of_groups
from reports.reclassify_preview import preview_reclassification
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting import tables
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record
from tracking.hits.classify import RULES, Kind, classify
from tracking.models import ContactOpens, Open, OpensBySlot
from tracking.upkeep import audit, reclassify
from tracking.upkeep.prune import prune_opens
from tracking.upkeep.reclassify import reclassify_opens

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def contacts():
    group = make_campaign().groups.get(number=1)
    contacts = [make_contact(group) for _ in range(4)]
    fix_due_campaigns(now=START + timedelta(hours=1))
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
    return {name: tables.stored(name, [contacts[0].group_id]) for name in tables.TABLES}


def test_nothing_changes_while_the_rules_stay(contacts):
    before = stored(contacts)
    assert reclassify_opens() == 0
    assert stored(contacts) == before


@pytest.mark.parametrize("chunk", [1, 3, 500])
def test_a_changed_rule_changes_past_opens_and_their_counters(
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


def test_changing_the_rule_back_restores_everything(contacts, monkeypatch, request):
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


def test_the_summary_of_pruned_hits_is_kept(contacts, gmail_is_a_machine_now):
    record([make_hit(contacts[3], agent=GMAIL, after=timedelta(days=9))])
    prune_opens(now=START + timedelta(days=10), keep_days=2)
    assert reclassify_opens() == 1
    assert ContactOpens.objects.get(contact_id=contacts[3].uuid).best_kind == Kind.PROXIED
    assert not audit.find_differences()


def told(*options):
    out = StringIO()
    call_command("reclassify_opens", *options, stdout=out)
    return out.getvalue().splitlines()


def standing(contacts):
    groups = [contacts[0].group_id]
    figures = sum(figures_of_groups(groups, now=START + 9 * HOUR).values(), Figures())
    opens = OpensBySlot.objects.filter(group_id__in=groups).values_list("kind")
    return figures.unique_by_kind, dict(opens.annotate(n=Sum("opens")).filter(n__gt=0))


def test_the_preview_shows_what_would_change_and_changes_nothing(contacts, gmail_is_a_machine_now):
    before = stored(contacts), list(Open.objects.order_by("event_id").values())
    lines = told()
    assert lines == [
        f"Campaign {contacts[0].campaign_id}, Spring:",
        "  human: opens 2 as before, contacts 2 as before",
        "  proxied: opens 3 -> 0, contacts 2 -> 0",
        "  machine: opens 1 -> 4, contacts 0 -> 2",
        "  unique opens 4 -> 2, open rate 100.0% to 100.0% -> 50.0% to 100.0%",
        "4 hits are classified differently by the current rules.",
        "Nothing was changed. manage.py reclassify_opens --apply classifies them again.",
    ]
    assert (stored(contacts), list(Open.objects.order_by("event_id").values())) == before


def test_the_preview_shows_what_applying_does(contacts, gmail_is_a_machine_now):
    [change] = preview_reclassification(now=START + 9 * HOUR).changes
    assert told("--apply")[-1] == "4 hits were classified again."
    unique, opens = standing(contacts)
    assert change.after.figures.unique_by_kind == unique
    assert {kind: n for kind, n in change.after.opens.items() if n} == opens
    assert told() == ["0 hits are classified differently by the current rules."]


def test_the_preview_keeps_the_summary_of_pruned_hits(contacts, gmail_is_a_machine_now):
    record([make_hit(contacts[3], agent=GMAIL, after=timedelta(days=9))])
    prune_opens(now=START + timedelta(days=10), keep_days=2)
    [change] = preview_reclassification(now=START + timedelta(days=10)).changes
    reclassify_opens()
    assert change.after.figures.unique_by_kind == standing(contacts)[0]
