"""The admin's pages of campaigns, groups and contacts; they ask services and queries."""

from campaigns.admin import campaigns, contacts, groups

__all__ = ["campaigns", "contacts", "groups"]
