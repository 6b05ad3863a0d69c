"""The menu of every page: what marketers do first, and one Administration group at the end.

Whatever a user may open is in one of the two, so a new list is never out of reach.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

# The lists that jobs begin with, by their model, with the name of the job.
JOBS = {
    "campaigns.Campaign": "Campaigns",
    "campaigns.Contact": "People",
    "discounts.DiscountCampaign": "Discounts",
    "discounts.Customer": "Customers",
    "discounts.DiscountUsage": "Used discounts",
}
# Lists that are a part of the page of one campaign, when they show only its rows.
PARTS = {
    "campaigns.Contact": "campaigns.Campaign",
    "tracking.Pixel": "campaigns.Campaign",
    "tracking.Open": "campaigns.Campaign",
    "discounts.DiscountUsage": "discounts.DiscountCampaign",
}
# Clearer names than those of libraries.
NAMES = {
    "auth.Group": "Roles",
    "axes.AccessLog": "Sign-ins",
    "axes.AccessAttempt": "Failed sign-ins",
    "axes.AccessFailureLog": "Log of failed sign-ins",
    "django_tasks_database.DBTaskResult": "Background jobs",
}
SIMULATION, DISCOUNTS = "admin/discounts/simulate/", "discounts.DiscountCampaign"
ADD_CAMPAIGN = "campaigns.add_campaign"


@dataclass(frozen=True)
class Item:
    """A link of the menu."""

    title: str
    address: str
    is_current: bool


@dataclass(frozen=True)
class Menu:
    """`lists` are the models whose lists it holds; `new_campaign` is "" for who may not add one."""

    jobs: list[Item]
    administration: list[Item]
    lists: frozenset[str]
    new_campaign: str

    @property
    def is_administration(self) -> bool:
        return any(item.is_current for item in self.administration)


def menu_of(request: HttpRequest, apps: Iterable[Mapping[str, Any]]) -> Menu:
    """The menu for a page, from Django's list of the `apps` that the user may open."""
    lists = dict(_lists(apps))
    current = _current(request, lists)
    home = reverse("admin:index")
    jobs = [Item("Home", home, request.path == home)]
    jobs += [
        Item(title, lists[model][1], model == current)
        for model, title in JOBS.items()
        if model in lists
    ]
    others = [Item(*own, model == current) for model, own in lists.items() if model not in JOBS]
    if request.user.is_superuser:
        components = reverse("components")
        others.append(Item("Components", components, request.path == components))
    may_add = request.user.has_perm(ADD_CAMPAIGN)
    new = reverse("admin:campaigns_campaign_add") if may_add else ""
    return Menu(jobs, sorted(others, key=lambda item: item.title), frozenset(lists), new)


def _lists(apps: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each model with the title and the address of its list."""
    for app in apps:
        for model in app["models"]:
            if model["admin_url"]:
                label = f"{app['app_label']}.{model['object_name']}"
                yield label, (NAMES.get(label, str(model["name"])), model["admin_url"])


def _current(request: HttpRequest, lists: Mapping[str, tuple[str, str]]) -> str | None:
    """The model whose pages the request's is one of."""
    if request.path.endswith(SIMULATION):
        return DISCOUNTS
    for model, (_, address) in lists.items():
        if request.path.startswith(address):
            is_part = request.path == address and request.GET.get("campaign")
            return PARTS.get(model, model) if is_part else model
    return None
