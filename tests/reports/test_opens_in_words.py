"""An open in words."""

import pytest

from reports.opens_in_words import verdict_on, worth_of
from tracking.hits.classify import RULES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_reads_as_a_sentence(rule):
    kind = rule.kind.name.lower()
    who = "A machine" if kind == "machine" else "A person"
    assert verdict_on(kind, rule.reason) == f"{who}: {rule.reason}."
    assert ("counts only where machine" in worth_of(kind)) == (kind == "machine")
