"""The campaign of these tests."""

from tests.tracking.mailing import campaign, group

__all__ = ["campaign", "group"]
