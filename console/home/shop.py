"""What is there for the account of a shop, which works by the API."""

from django.conf import settings
from django.urls import reverse

from console.home.visit import Visit

# Each list with what it takes to open it.
LISTS = (
    ("Customers", "discounts.view_customer", "admin:discounts_customer_changelist"),
    ("Used discounts", "discounts.view_discountusage", "admin:discounts_discountusage_changelist"),
)


def shop_access(visit: Visit) -> dict[str, object]:
    """For accounts that apply discounts and see no campaign; {} for all others."""
    if visit.may("campaigns.view_campaign"):
        return {}
    return {
        "api": f"{settings.PUBLIC_URL}/api/v1/",
        "user": visit.request.user.get_username(),
        "lists": [(title, reverse(name)) for title, needs, name in LISTS if visit.may(needs)],
    }
