"""The admin's pages; Django finds them by this module's name."""

from console.campaigns import groups, pages
from console.contacts import pages as contacts
from console.discounts import campaigns, customers, usages
from console.opens import pages as opens
from console.opens import pixels

__all__ = ["campaigns", "contacts", "customers", "groups", "opens", "pages", "pixels", "usages"]
