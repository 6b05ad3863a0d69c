"""Makes, finds, revokes and removes links to reports.

A link is found by the hash of its token, so that how long looking takes tells nothing of the tokens
that exist. The token itself is 192 random bits: no key is needed to keep it from being guessed.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet

from campaigns.link_models import LONGEST_LIFETIME, ReportLink
from campaigns.models import Campaign
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound

TOKEN_BYTES = 24
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
MOST_LIVE = 20
TOO_MANY = f"There are {MOST_LIVE} links to this report that work: withdraw one of them first."
# Its line stays in the list for so long after a link has ended.
KEPT = timedelta(days=90)
NOT_FOUND = "Link not found"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class NewLink:
    """A link with the token that nobody can read again."""

    link: ReportLink
    token: str


def hash_of(token: str) -> str:
    """What is kept of a token: SHA-256, 64 hex digits."""
    return hashlib.sha256(f"report-link:{token}".encode()).hexdigest()


@in_transaction
def make_link(
    *, campaign_id: int, lifetime: int, created_by: User | None, now: datetime
) -> NewLink:
    """A link that works for `lifetime` days; raises NotFound and InvalidInput."""
    # Held, so that no two calls pass the limit together.
    campaign = Campaign.objects.select_for_update().filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    if not 1 <= lifetime <= LONGEST_LIFETIME:
        raise InvalidInput.field("lifetime", f"Give 1 to {LONGEST_LIFETIME} days.")
    if live_links(now).filter(campaign=campaign).count() >= MOST_LIVE:
        raise InvalidInput(TOO_MANY, code="too_many")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ReportLink.objects.create(
        campaign=campaign,
        token_hash=hash_of(token),
        created_by=created_by,
        created_at=now,
        lifetime=lifetime,
        expires_at=now + timedelta(days=lifetime),
    )
    log.info("report_link_made", link=link.id, campaign=campaign.id, days=lifetime)
    return NewLink(link, token)


@in_transaction
def revoke_link(*, campaign_id: int, link_id: int, now: datetime) -> ReportLink | None:
    """End a link of the campaign; None if it had ended before. Raises NotFound."""
    links = ReportLink.objects.select_for_update().filter(campaign_id=campaign_id, id=link_id)
    link = links.first()
    if link is None:
        raise NotFound(NOT_FOUND)
    if link.revoked_at is not None or link.expires_at <= now:
        return None
    link.revoked_at = max(now, link.created_at)
    link.save(update_fields=["revoked_at"])
    log.info("report_link_revoked", link=link.id, campaign=campaign_id)
    return link


def find_link(token: str, *, now: datetime) -> ReportLink | None:
    """The link that works with this token; None without saying why not."""
    if not TOKEN.fullmatch(token):
        return None
    return live_links(now).filter(token_hash=hash_of(token)).first()


def live_links(now: datetime) -> QuerySet[ReportLink]:
    return ReportLink.objects.filter(revoked_at=None, expires_at__gt=now)


def links_of(campaign_id: int) -> list[ReportLink]:
    """All links to a campaign's report, the newest first, those that ended as well."""
    links = ReportLink.objects.filter(campaign_id=campaign_id)
    return list(links.select_related("created_by").order_by("-created_at", "-id"))


@in_transaction
def note_view(link: ReportLink, *, now: datetime) -> None:
    """Count that somebody looked; nothing is kept of who did."""
    ReportLink.objects.filter(id=link.id).update(views=F("views") + 1, last_viewed_at=now)


@in_transaction
def remove_ended(*, now: datetime) -> int:
    """Delete links that ended longer than KEPT ago; returns how many."""
    ended = Q(expires_at__lt=now - KEPT) | Q(revoked_at__lt=now - KEPT)
    return ReportLink.objects.filter(ended).delete()[0]
