"""The lists of robots have the releases that the version of the rule stands for."""

from importlib.metadata import version
from pathlib import Path

import pytest

from tracking import checks
from tracking.hits import robots

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("package", robots.LISTS)
def test_the_release_is_installed_and_pinned(package):
    assert version(package) == robots.LISTS[package]
    pinned = (ROOT / "requirements.txt").read_text().splitlines()
    assert f"{package}=={robots.LISTS[package]}" in [line.split("  #")[0] for line in pinned]
    assert checks.lists_of_robots(None) == []


@pytest.mark.parametrize("found", ["0.1", "no release"])
def test_another_release_causes_a_warning(monkeypatch, found):
    monkeypatch.setattr(checks, "_installed", lambda package: found)
    warnings = checks.lists_of_robots(None)
    assert len(warnings) == len(robots.LISTS)
    assert all(found in warning.msg for warning in warnings)
