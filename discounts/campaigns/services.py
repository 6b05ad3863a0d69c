"""Writes of discount campaigns: their terms, their status and their targets."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import cast

import structlog
from django.conf import settings

from discounts.campaigns import terms
from discounts.currencies import shop_currency
from discounts.models import DiscountCampaign, DiscountUsage
from discounts.queries import reason_now
from discounts.refusals import forget_refusals
from discounts.rules import InactiveReason, Status, inactive_reason
from discounts.targets import add_targets, refuse_strangers, replace_targets
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound

CAMPAIGN_FIELDS = (
    "name",
    "description",
    "discount_type",
    "discount_percentage_hundredths",
    "discount_flat_minor",
    "max_discount_amount_minor",
    "min_cart_value_minor",
    "start_date",
    "end_date",
    "timezone",
    "total_budget_minor",
    "max_usage_per_customer_per_day",
    "is_targeted",
)
STATUS_FIELDS = ("status", "inactive_reason", "version", "updated_at", "archived_at")
# Why a campaign can't be activated, and what to do.
STAYS_INACTIVE = {
    InactiveReason.BUDGET_EXHAUSTED: "The budget is used up: raise total_budget to activate it.",
    InactiveReason.EXPIRED: "The campaign has ended: give a later end_date to activate it.",
}

log = structlog.get_logger(__name__)


def create_campaign(*, values: Mapping[str, object], now: datetime) -> DiscountCampaign:
    """Create a campaign from CAMPAIGN_FIELDS, `status` and `target_customer_ids`.

    Its amounts are in the shop's currency permanently; the default time zone is the project's.
    Raises InvalidInput, and NotFound for a target that is not a customer.
    """
    with _logged_refusals():
        return _create(values=values, now=now)


def update_campaign(
    *, campaign_id: int, changes: Mapping[str, object], now: datetime
) -> DiscountCampaign:
    """Change some of CAMPAIGN_FIELDS, `status` and `target_customer_ids`; the result must be valid.

    More budget or a later end reactivates an exhausted or expired campaign, never one that was
    switched off manually. Raises InvalidInput and NotFound.
    """
    with _logged_refusals():
        return _update(campaign_id=campaign_id, changes=changes, now=now)


@in_transaction
def remove_campaign(*, campaign_id: int, now: datetime) -> None:
    """Delete a campaign without usages, archive one with usages; raises NotFound."""
    campaign = _locked(campaign_id)
    if not DiscountUsage.objects.filter(campaign_id=campaign_id).exists():
        campaign.delete()
        forget_refusals(campaign_id)
        log.info("discount_campaign_deleted", campaign=campaign_id)
        return
    campaign.archived_at = now
    _set_reason(campaign, InactiveReason.MANUAL)
    _save_change(campaign, now)
    log.info("discount_campaign_archived", campaign=campaign_id)


@in_transaction
def mark_expired(*, now: datetime) -> int:
    """Mark active campaigns that have ended as expired; returns how many.

    The mark is for lists and filters only: eligibility is decided by the dates.
    """
    ended = DiscountCampaign.objects.filter(status=Status.ACTIVE, end_date__lte=now)
    ids = list(ended.order_by("id").values_list("id", flat=True))
    marked = 0
    for campaign_id in ids:
        changed = ended.filter(id=campaign_id).update(
            status=Status.INACTIVE.value,
            inactive_reason=InactiveReason.EXPIRED.value,
            updated_at=now,
        )
        if changed:
            log.info("discount_campaign_expired", campaign=campaign_id)
        marked += changed
    return marked


@in_transaction
def _create(*, values: Mapping[str, object], now: datetime) -> DiscountCampaign:
    targets = _targets(values) or ()
    fields = {name: values[name] for name in CAMPAIGN_FIELDS if name in values}
    fields["timezone"] = fields.get("timezone") or settings.TIME_ZONE
    currency = shop_currency()
    campaign = DiscountCampaign(
        currency=currency.code,
        currency_digits=currency.digits,
        created_at=now,
        updated_at=now,
        **fields,
    )
    terms.check(campaign)
    if campaign.is_targeted and not targets:
        raise InvalidInput.field(
            "target_customer_ids",
            "target_customer_ids required for targeted campaigns",
            rule="targets_missing",
        )
    if targets and not campaign.is_targeted:
        raise _not_targeted()
    refuse_strangers(targets)
    _set_status(campaign, _status(values), now)
    campaign.save()
    add_targets(campaign_id=campaign.id, customer_ids=targets)
    log.info("discount_campaign_created", campaign=campaign.id)
    return campaign


@in_transaction
def _update(*, campaign_id: int, changes: Mapping[str, object], now: datetime) -> DiscountCampaign:
    campaign = _locked(campaign_id)
    wanted = _wanted_status(campaign, changes, now)
    for name in CAMPAIGN_FIELDS:
        setattr(campaign, name, changes.get(name, getattr(campaign, name)))
    campaign.timezone = campaign.timezone or settings.TIME_ZONE
    terms.check(campaign)
    targets = _targets(changes)
    _refuse_without_targets(campaign, targets)
    _refuse_targets_for_all(campaign, targets)
    _set_status(campaign, wanted, now)
    if targets is not None:
        replace_targets(campaign_id=campaign_id, customer_ids=targets)
    _save_change(campaign, now)
    log.info("discount_campaign_changed", campaign=campaign_id, fields=sorted(changes))
    return campaign


@contextmanager
def _logged_refusals() -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        log.info("discount_rule_broken", rule=error.rule, fields=sorted(error.errors))
        error.is_logged = True
        raise


def _targets(values: Mapping[str, object]) -> Collection[int] | None:
    return cast("Collection[int] | None", values.get("target_customer_ids"))


def _status(values: Mapping[str, object]) -> str | None:
    return cast("str | None", values.get("status"))


def _locked(campaign_id: int) -> DiscountCampaign:
    live = DiscountCampaign.objects.filter(archived_at__isnull=True)
    campaign = live.select_for_update().filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    return campaign


def _refuse_without_targets(campaign: DiscountCampaign, targets: Collection[int] | None) -> None:
    has_targets = campaign.targets.exists() if targets is None else bool(targets)
    if campaign.is_targeted and not has_targets:
        raise InvalidInput.field(
            "target_customer_ids",
            "Targeted campaigns must have at least one target customer",
            rule="targets_missing",
        )


def _refuse_targets_for_all(campaign: DiscountCampaign, targets: Collection[int] | None) -> None:
    """For a campaign for everybody the list may only be sent back unchanged."""
    if targets and not campaign.is_targeted:
        present = campaign.targets.values_list("customer_id", flat=True)
        if set(targets) != set(present):
            raise _not_targeted()


def _not_targeted() -> InvalidInput:
    return InvalidInput.field(
        "is_targeted",
        "Set is_targeted to true for target_customer_ids, or leave those out.",
        rule="targets_of_untargeted",
    )


def _wanted_status(
    campaign: DiscountCampaign, changes: Mapping[str, object], now: datetime
) -> str | None:
    """The requested status; sent back unchanged among other fields, it requests nothing."""
    wanted = _status(changes)
    shown = Status.ACTIVE if reason_now(campaign, now=now) is None else Status.INACTIVE
    return None if wanted == shown and len(changes) > 1 else wanted


def _set_status(campaign: DiscountCampaign, wanted: str | None, now: datetime) -> None:
    """Apply the requested status; activation requires that nothing else stops the campaign."""
    was_off = campaign.inactive_reason == InactiveReason.MANUAL
    switched_off = was_off if wanted is None else wanted == Status.INACTIVE
    reason = _reason(campaign, switched_off=switched_off, now=now)
    if wanted == Status.ACTIVE and reason is not None:
        raise InvalidInput.field("status", STAYS_INACTIVE[reason], code=reason.value)
    _set_reason(campaign, reason)


def _reason(
    campaign: DiscountCampaign, *, switched_off: bool, now: datetime
) -> InactiveReason | None:
    return inactive_reason(
        switched_off=switched_off,
        used_minor=campaign.used_budget_minor,
        total_minor=campaign.total_budget_minor,
        end_date=campaign.end_date,
        now=now,
    )


def _set_reason(campaign: DiscountCampaign, reason: InactiveReason | None) -> None:
    campaign.status = (Status.ACTIVE if reason is None else Status.INACTIVE).value
    campaign.inactive_reason = reason and reason.value


def _save_change(campaign: DiscountCampaign, now: datetime) -> None:
    """Save everything except what applying and cancelling update."""
    campaign.version += 1
    campaign.updated_at = now
    campaign.save(update_fields=[*CAMPAIGN_FIELDS, *STATUS_FIELDS])
