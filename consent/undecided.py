"""What to say as long as nobody has decided about people who were never asked.

It starts as the widest mode, which may not be what the law allows: so somebody must choose it.
"""

from django.conf import settings

from campaigns.models import Campaign

QUESTION = "Do you write to people in the EU?"
# The settings are read by every process: they are decided where the others are.
WHAT_TO_DO = (
    "Then have whoever runs PixelTrack write the line NEVER_ASKED=off or NEVER_ASKED=shared into "
    ".env and start it anew: in France and Italy measuring a person's opens needs that person's "
    "own consent. Otherwise the line is NEVER_ASKED=individual; this notice goes once one of them "
    "is there."
)
NOTICE = f"{QUESTION} {WHAT_TO_DO}"


def is_undecided() -> bool:
    return not settings.MODES_ARE_DECIDED


def notices_of(campaign: Campaign) -> list[str]:
    """What the answers of the API say of a campaign; nothing where it has a mode of its own."""
    is_decided = campaign.tracking_mode is not None or campaign.never_asked is not None
    return [NOTICE] if is_undecided() and not is_decided else []
