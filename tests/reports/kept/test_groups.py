"""What is kept of a group follows what moved, as long as nothing of that is missing."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.core.cache import caches
from django.utils import timezone

from reports.kept import groups
from reports.kept.changes import MOST_CHANGES, Changes
from tracking.counting import fold, tables
from tracking.counting.changes import MOST_ROWS
from tracking.models import GroupChange, GroupVersion
from tracking.upkeep.prune import CHANGES_KEPT_FOR, prune_changes

pytestmark = pytest.mark.django_db
GROUP, OTHER = 7, 8


@pytest.fixture
def read():
    """A sum of opens by minute, which is 100 where it is read."""
    return Mock(side_effect=lambda some: dict.fromkeys(some, 100))


def add(known, moved):
    return known + sum(row[-1] for row in moved.get(fold.OPENS_BY_MINUTE, ()))


def count(opens, *, group=GROUP, minute=5):
    deltas = fold.Deltas()
    deltas.add([(fold.OPENS_BY_MINUTE, (group, 2, minute), (opens,))], +1)
    tables.move(deltas)


def look(read, *ids, question="all"):
    changes = Changes(dict(GroupVersion.objects.values_list("group_id", "version")))
    ways = groups.Ways(read=read, follow=add)
    return groups.of_groups("sums", ids or (GROUP,), question=question, changes=changes, ways=ways)


def test_what_moved_since_is_added_once(read):
    count(1)
    assert look(read) == {GROUP: 100}
    count(2)
    count(3, minute=6)
    assert look(read) == look(read) == {GROUP: 105}
    read.assert_called_once()


def test_a_group_that_is_new_is_read_alone(read):
    look(read)
    count(4)
    assert look(read, GROUP, OTHER) == {GROUP: 104, OTHER: 100}
    assert [call.args[0] for call in read.call_args_list] == [[GROUP], [OTHER]]


def test_each_of_two_that_share_what_was_read_adds_what_it_lacks(read):
    ways = groups.Ways(read=read, follow=add)
    look(read)
    count(1)
    changes = Changes(dict(GroupVersion.objects.values_list("group_id", "version")))
    groups.of_groups("others", [GROUP], question=None, changes=changes, ways=ways)
    count(2)
    changes = Changes(dict(GroupVersion.objects.values_list("group_id", "version")))
    asked = {"changes": changes, "ways": ways}
    assert groups.of_groups("sums", [GROUP], question="all", **asked) == {GROUP: 103}
    assert groups.of_groups("others", [GROUP], question=None, **asked) == {GROUP: 102}


def another_question(read):
    return look(read, question="machine")


def renewed(read):
    count(2)
    tables.renew([GROUP])
    return look(read)


def one_is_missing(read):
    count(2)
    GroupChange.objects.all().delete()
    count(3)
    return look(read)


def versions_began_anew(read):
    count(2)
    look(read)
    GroupVersion.objects.update(version=1)
    return look(read)


def too_many(read):
    for _ in range(MOST_CHANGES + 1):
        count(1)
    return look(read)


def too_much(read):
    """In a few changes, each of which could be followed by itself."""
    for _ in range(2):
        deltas = fold.Deltas()
        rows = range(MOST_ROWS // 2 + 1)
        deltas.add([(fold.OPENS_BY_MINUTE, (GROUP, 2, minute), (1,)) for minute in rows], +1)
        tables.move(deltas)
    assert GroupChange.objects.count() == 3, "none is too long by itself"
    return look(read)


@pytest.mark.parametrize(
    "happens", [another_question, renewed, one_is_missing, versions_began_anew, too_many, too_much]
)
def test_all_is_read_where_what_moved_is_not_known(read, happens):
    count(1)
    look(read)
    assert happens(read) == {GROUP: 100}
    assert read.call_count == 2


def test_all_is_read_once_an_hour_whatever_is_followed(read, monkeypatch):
    clock = Mock(return_value=0.0)
    monkeypatch.setattr(groups.time, "monotonic", clock)
    look(read)
    clock.return_value = groups.SECONDS - 1
    count(1)
    assert look(read) == {GROUP: 101}
    clock.return_value = groups.SECONDS
    count(1)
    assert look(read) == {GROUP: 100}


def test_what_cannot_be_followed_is_read(read):
    look(read)
    count(1)
    ways = groups.Ways(read=read, follow=lambda known, moved: None)
    changes = Changes(dict(GroupVersion.objects.values_list("group_id", "version")))
    found = groups.of_groups("sums", [GROUP], question="all", changes=changes, ways=ways)
    assert found == {GROUP: 100}
    assert caches["reports"].get(f"sums-{GROUP}").version == 1


def test_changes_are_kept_for_minutes(read):
    count(1)
    GroupChange.objects.update(changed_at=timezone.now() - CHANGES_KEPT_FOR - timedelta(seconds=1))
    count(1)
    prune_changes(now=timezone.now())
    assert GroupChange.objects.count() == 1
