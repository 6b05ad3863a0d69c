"""The strata within which groups are drawn: people who are alike in how they open mail; pure.

Names of strata are stored and are part of what blocks come from: they must stay as they are.
"""

from enum import StrEnum

# Whose mailbox it is says much of how opens are seen: through a proxy, by scanners, with privacy.
# Everything else, own domains of companies too, is one family.
DOMAINS = {
    "google": ("gmail.com", "googlemail.com"),
    "apple": ("icloud.com", "me.com", "mac.com"),
    "gmx": ("web.de",),
}
# Families with a domain for each country, by what stands before the country.
BRANDS = {
    "microsoft": ("outlook", "hotmail", "live", "msn"),
    "yahoo": ("yahoo", "ymail", "rocketmail", "aol"),
    "gmx": ("gmx",),
}
OTHER = "other"
NO_ADDRESS = "no address"
BY_DOMAIN = {domain: family for family, domains in DOMAINS.items() for domain in domains}
BY_BRAND = {brand: family for family, brands in BRANDS.items() for brand in brands}
# As in yahoo.co.uk and outlook.com.br.
SECOND_LEVELS = ("co", "com")


class History(StrEnum):
    """What earlier campaigns know of a person."""

    OPENED = "opened before"
    NEVER = "never opened"
    NEW = "new"


def stratum_of(domain: str | None, history: History) -> str:
    """The stratum of a contact by the domain of its address, None without one."""
    return NO_ADDRESS if domain is None else f"{family_of(domain)}, {history}"


def family_of(domain: str) -> str:
    """The family of a mail domain, which is in lower case."""
    brand, *rest = domain.split(".")
    is_country = len(rest) == 1 or (len(rest) == 2 and rest[0] in SECOND_LEVELS)
    return BY_DOMAIN.get(domain) or (BY_BRAND.get(brand) if is_country else None) or OTHER
