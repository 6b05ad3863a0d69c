"""The currencies of campaigns and of the shop, formatted according to the settings."""

from django.conf import settings

from discounts import money
from discounts.models import DiscountCampaign
from discounts.money import Currency


def shop_currency() -> Currency:
    """The currency of carts and of new campaigns."""
    return money.currency_by_code(settings.CURRENCY, locale=settings.AMOUNT_LOCALE)


def currency_of(campaign: DiscountCampaign) -> Currency:
    """The currency of a campaign's amounts, fixed when it was created."""
    code = campaign.currency
    locale = settings.AMOUNT_LOCALE or money.own_locale(code)
    return Currency(code, campaign.currency_digits, locale)
