"""What compares a report's sentences with its figures finds what contradicts them."""

import pytest

from tests.contradictions import of_report


def page(**changes):
    """A report on which all agrees, but for the changes."""
    figures = {
        "text": "B is likely better so far: opened sooner, 30.0% against 10.0% within 4 h.",
        "ranges": ("8.0% to 12.0%", "27.0% to 33.0%"),
        "leads": "B",
        "rate": "20.0% to 40.0%",
        "of_whom": "",
        "share": "50.0%",
        "series": "80 opens by the hour, today; the most, 50, at noon.",
        "hours": "Most opens, 50, on Mondays from 12:00 to 12:59.",
    } | changes
    groups = [
        {"name": name, "range": shown, "leads": name == figures["leads"]}
        for name, shown in zip("AB", figures["ranges"], strict=True)
    ]
    cards = {"opened": "40", "opens": "80 opens", "sent": "200"}
    report = {
        "cards": cards | {name: figures[name] for name in ("rate", "of_whom")},
        "emptiness": "",
        "verdict": {"text": figures["text"]},
        "groups": groups,
        "machine": {
            "opened": "60",
            "opens": "100",
            "by_machines": "50",
            "share": figures["share"],
        },
        "series": {"summary": figures["series"]},
        "heatmap": {
            "summary": figures["hours"],
            "rows": [{"cells": [{"opens": 30}, {"opens": 50}]}],
        },
    }
    return {"report": report}


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "Too early: 0 opens so far.", "leads": ""},
        {"text": "Too early: 3 of 77 opens can be compared yet.", "leads": ""},
        {"ranges": ("8.0% to 12.0%", "31.0% to 33.0%")},
        {"leads": "A"},
        {"rate": "19.9% to 40.0%"},
        {"of_whom": "of the 100 who may be measured (of 200 sent)"},
        {"share": "5.0%"},
        {"series": "79 opens by the hour, today; the most, 50, at noon."},
        {"series": "No opens in this time."},
        {"hours": "Most opens, 49, on Mondays from 12:00 to 12:59."},
    ],
    ids=str,
)
def test_a_sentence_that_its_figures_deny_is_found(changes):
    assert list(of_report(page())) == []
    assert len(list(of_report(page(**changes)))) == 1
