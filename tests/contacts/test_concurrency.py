"""Two people name groups at once, on the real database, with unique keys and without them."""

import pytest

from campaigns import services
from campaigns.models import Group
from foundation.errors import InvalidInput
from tests.threads import meeting, run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _meeting(monkeypatch, vendor):
    """Makes two writers wait for each other between looking for a name and taking it."""
    if vendor == "sqlite":
        pytest.skip("SQLite's write lock keeps two writers apart")
    monkeypatch.setattr(services, "_taken_in_campaign", meeting(services._taken_in_campaign))


def name_together(campaign, make_group, *names):
    calls = [
        lambda number=number, name=name: make_group(campaign, number, name)
        for number, name in enumerate(names, start=1)
    ]
    return run_together(*calls)


@pytest.mark.usefixtures("_meeting")
def test_of_two_who_take_a_name_at_once_one_is_refused(campaign, make_group):
    [error] = name_together(campaign, make_group, "Été", "ÉTÉ")
    assert isinstance(error, InvalidInput)
    assert (error.code, list(error.errors)) == ("taken", ["name"])
    assert Group.objects.count() == 1


@pytest.mark.usefixtures("_meeting")
def test_with_names_as_they_are_typed_both_take_it(campaign, make_group, monkeypatch):
    monkeypatch.setattr(services, "name_key", lambda name: name)
    assert name_together(campaign, make_group, "Été", "ÉTÉ") == []
    assert Group.objects.count() == 2
