"""Describes discount campaigns for their history, which the API and the console record."""

from collections.abc import Collection

from discounts import wording
from discounts.currencies import currency_of
from discounts.models import DiscountCampaign
from discounts.types import taken_from
from foundation.audit_log import History, Told, moment, quoted


def _campaign(campaign: DiscountCampaign) -> Told:
    hundredths = campaign.discount_percentage_hundredths
    return {
        "Name": quoted(campaign.name),
        "Description": quoted(campaign.description),
        "Reduces": taken_from(campaign.discount_type),
        "Percentage off": "none" if hundredths is None else wording.percentage(hundredths),
        "Amount off": _amount(campaign, campaign.discount_flat_minor),
        "At most": _amount(campaign, campaign.max_discount_amount_minor),
        "Budget": _amount(campaign, campaign.total_budget_minor),
        "Smallest cart": _amount(campaign, campaign.min_cart_value_minor),
        "Uses per customer and day": f"{campaign.max_usage_per_customer_per_day:,}",
        "Starts": moment(campaign.start_date),
        "Ends": moment(campaign.end_date),
        "Time zone": campaign.timezone,
        "For": "chosen customers" if campaign.is_targeted else "everybody",
        "State": wording.STATES[campaign.inactive_reason],
        "Archived": "yes" if campaign.archived_at else "no",
    }


def _amount(campaign: DiscountCampaign, minor: int | None) -> str:
    return "none" if minor is None else wording.money(minor, currency=currency_of(campaign))


def _campaign_and_customers(campaign: DiscountCampaign) -> Told:
    customers = set(campaign.targets.values_list("customer_id", flat=True))
    return {**_campaign(campaign), "Customers": customers}


DISCOUNT_CAMPAIGNS = History(_campaign)
WITH_CUSTOMERS = History(_campaign_and_customers)


def history_of(changes: Collection[str]) -> History:
    """Includes the customers only if they may change: listing them delays applying."""
    return WITH_CUSTOMERS if "target_customer_ids" in changes else DISCOUNT_CAMPAIGNS
