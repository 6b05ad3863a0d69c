"""The campaign that is followed here."""

from tests.tracking.mailing import campaign, group

__all__ = ["campaign", "group"]
