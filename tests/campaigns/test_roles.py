"""What groups of a campaign are for, as it is stored and as people read it."""

from campaigns.roles import CHOICES, SINGLE_ROLES


def test_roles_are_stored_and_shown_by_these_names():
    assert CHOICES == [("variant", "Variant"), ("rest", "Rest"), ("control", "Control group")]


def test_only_the_rest_and_the_control_group_are_single():
    assert SINGLE_ROLES == ("rest", "control")
