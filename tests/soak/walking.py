"""Opens pages and makes calls, and collects failures."""

import sys
from contextlib import contextmanager
from urllib.parse import quote, urlencode

from django.contrib import admin
from django.core.signals import got_request_exception
from django.test import Client
from django.urls import reverse

from tests.addresses import named_patterns, short
from tests.conftest import client_of
from tests.soak.values import NO_VALUES

SHOWN = (200, 302)
# The answers that a bad URL may get: an error page, or a redirect.
REFUSED = (200, 302, 304, 400, 403, 404, 405, 414)


class Walk:
    """A walk of one person through the pages, and of a program through the calls."""

    def __init__(self, user):
        self.pages = Client(raise_request_exception=False)
        self.pages.force_login(user)
        self.api = client_of(user)
        self.faults = []
        self.visited = set()
        self.requests = 0

    def open(self, address, *, expected=REFUSED, client=None, **kwargs):
        """The answer to a GET; any unexpected one is a fault."""
        return self._ask("get", address, expected, client or self.pages, **kwargs)

    def send(self, address, data, *, expected=REFUSED, client=None):
        return self._ask("post", address, expected, client or self.pages, data=data)

    def _ask(self, method, address, expected, client, **kwargs):
        self.requests += 1
        with _raised() as raised:
            response = getattr(client, method)(address, **kwargs)
        if raised or response.status_code not in expected:
            why = raised[-1] if raised else response.content[:200]
            self.faults.append(f"{method} {address[:300]} -> {response.status_code}: {why}")
        return response


@contextmanager
def _raised():
    """What views raised meanwhile, even where the client got an answer."""
    raised = []

    def note(sender, **kwargs):
        raised.append(repr(sys.exc_info()[1])[:300])

    got_request_exception.connect(note)
    try:
        yield raised
    finally:
        got_request_exception.disconnect(note)


# --- Addresses ------------------------------------------------------------------------------

ARGUMENTS = {name: arguments for name, _, arguments in named_patterns()}
ROUTES = {name: route for name, route, _ in named_patterns()}
CALLS = [name for name, route in ROUTES.items() if route.startswith("api/")]
PAGES = [name for name in ROUTES if name not in CALLS]
# What each argument of a URL names, apart from the row's own id.
NAMED = {
    "campaign": "campaigns_campaign",
    "campaign_id": "campaigns_campaign",
    "contact_id": "campaigns_contact",
    "import_id": "contact-import",
    "customer_id": "discounts_customer",
    "discount_id": "discounts_discountcampaign",
}
OWN = {"pk", "object_id", "uuid", "id"}
WORDS = {"app_label": "campaigns", "name": "x.gif", "content_type_id": "1", "token": "x"}


def address(name, rows):
    """The URL of a row, None if there is none; KeyError for an unknown argument."""
    values = {}
    for argument in ARGUMENTS[name]:
        if argument in WORDS:
            values[argument] = WORDS[argument]
            continue
        row = rows.get(_own_row(name, rows) if argument in OWN else NAMED[argument])
        if row is None:
            return None
        values[argument] = row.pk
    return reverse(name, kwargs=values)


def _own_row(name, rows):
    return max((known for known in rows if short(name).startswith(known)), key=len, default=None)


def bad_addresses(name, rows):
    """The same with another value in place of each id."""
    whole = address(name, rows)
    if whole is None:
        return
    for row in {str(row.pk) for row in rows.values() if row}:
        for place, part in enumerate(parts := whole.split("/")):
            if part == row:
                for value in NO_VALUES:
                    bad = quote(value, safe="")
                    yield "/".join([*parts[:place], bad, *parts[place + 1 :]])


def with_query(path, **query):
    return f"{path}?{urlencode(query)}"


def lists():
    """Every list of the admin: its name and its ModelAdmin."""
    for model, page in admin.site._registry.items():
        opts = model._meta
        yield f"admin:{opts.app_label}_{opts.model_name}", page


def lookups_of(page):
    """All query parameters of a list: its own, its fields, and their lookups."""
    yield from ("p", "o", "q", "all", "e", "_popup", "_to_field", "_changelist_filters")
    yield from ("campaign", "group", "archived", "_facets")
    for field in page.opts.get_fields():
        if not field.concrete:
            continue
        yield from (field.name, field.attname)
        names = {*field.get_lookups(), "year__in", "date__gt", "id__in", "id__regex"}
        yield from (f"{field.name}__{lookup}" for lookup in sorted(names))
