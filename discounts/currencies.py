"""Which currency a campaign's amounts are in, and which the shop's, written as the settings say."""

from django.conf import settings

from discounts import money
from discounts.models import DiscountCampaign
from discounts.money import Currency


def shop_currency() -> Currency:
    """What carts are in, and the campaigns made from now on."""
    return money.currency_by_code(settings.CURRENCY, locale=settings.AMOUNT_LOCALE)


def currency_of(campaign: DiscountCampaign) -> Currency:
    """What a campaign's amounts are in: it stays what it was when the campaign was made."""
    code = campaign.currency
    locale = settings.AMOUNT_LOCALE or money.own_locale(code)
    return Currency(code, campaign.currency_digits, locale)
