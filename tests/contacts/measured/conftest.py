"""The campaign whose contacts are measured, or not."""

from tests.tracking.mailing import campaign, group

__all__ = ["campaign", "group"]
