"""What commands that count hits do first about people's decisions."""

from django.core.management.base import CommandError
from django.utils import timezone

from consent.installation import note_installation
from consent.journal import NotReplayed, left_behind, require_replayed


def heed_decisions() -> None:
    """Note how far the settings let people be measured.

    Raises CommandError where a restored database lacks decisions that the journal has, or the
    journal is not where it belongs.
    """
    if sentence := left_behind():
        raise CommandError(sentence)
    try:
        require_replayed()
    except NotReplayed as error:
        raise CommandError(error.detail) from None
    note_installation(now=timezone.now())
