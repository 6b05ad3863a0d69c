"""What is said of an open."""

import pytest

from tracking.classify import RULES
from tracking.open_words import verdict_on, worth_of


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_reads_as_a_sentence(rule):
    kind = rule.kind.name.lower()
    who = "A machine" if kind == "machine" else "A person"
    assert verdict_on(kind, rule.reason) == f"{who}: {rule.reason}."
    assert ("counts only where machine" in worth_of(kind)) == (kind == "machine")
