"""The admin's pages of customers, discount campaigns and usages; they ask services and queries."""

from discounts.admin import campaigns, customers, usages

__all__ = ["campaigns", "customers", "usages"]
