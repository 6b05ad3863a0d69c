"""Notes how far the installation lets people be measured, and since when it is as far.

The settings alone can't tell: a restart with a wider one must not reach back.
"""

from datetime import datetime

from django.conf import settings

from campaigns.models import Campaign, FormerModes
from campaigns.modes import WIDEST, is_wider
from campaigns.services import follow_modes_everywhere
from consent.decisions import locked_state
from foundation.database.transactions import in_transaction


@in_transaction
def note_installation(*, now: datetime) -> None:
    """Note the modes of the settings; whoever counts hits calls it when it starts."""
    # Their rows come before that of the state: whoever writes contacts holds theirs.
    list(Campaign.objects.select_for_update().order_by("id").values_list("id", flat=True))
    state = locked_state()
    if state.tracking_mode and is_wider(settings.TRACKING_MODE, state.tracking_mode):
        state.tracking_since = now
    if state.never_asked and is_wider(settings.NEVER_ASKED, state.never_asked):
        state.never_asked_since = now
    before = state.tracking_mode, state.never_asked
    after = settings.TRACKING_MODE, settings.NEVER_ASKED
    state.tracking_mode, state.never_asked = after
    state.save()
    if all(before) and before != after:
        FormerModes.objects.create(until=now, tracking_mode=before[0], never_asked=before[1])
    if before != after and (all(before) or after != (WIDEST, WIDEST)):
        follow_modes_everywhere(now=now)
