"""The first steps with a new system, and which of them are done."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from campaigns.modes import WIDEST, Mode, narrowest
from consent.undecided import is_undecided
from console.home.visit import Visit
from console.report.page import has_read_a_report

# From this many opened contacts on, the system isn't new, even if steps were skipped.
NEW_BELOW = 100
ADD_CAMPAIGN = "campaigns.add_campaign"
# What importing contacts and copying their pixels takes.
ADDING = (
    "campaigns.add_contact",
    "campaigns.view_contactimport",
    "tracking.add_pixel",
    "tracking.view_pixel",
)


@dataclass(frozen=True)
class Step:
    """Something to do; `address` is "" while that isn't possible yet.

    `is_first` is the one thing to do while there is nothing else on the page.
    """

    words: str
    is_done: bool
    address: str
    is_first: bool = False


def first_steps(visit: Visit) -> list[Step]:
    """The steps that the user may take; none once all are done, or the system isn't new."""
    if visit.system.reach.opened >= NEW_BELOW:
        return []
    if visit.is_first and visit.may("tracking.view_report") and not visit.may(ADD_CAMPAIGN):
        return []
    kinds = (_consent_steps, _campaign_steps, _report_steps, _discount_steps)
    steps = [step for steps_of in kinds for step in steps_of(visit)]
    return [] if all(step.is_done for step in steps) else steps


def _consent_steps(visit: Visit) -> list[Step]:
    if not visit.may("campaigns.view_campaign"):
        return []
    words = "Decide whether people who were never asked may be measured."
    # What to do is said above, since no page of the admin changes settings.
    return [Step(words, not is_undecided(), "#attention")]


def _campaign_steps(visit: Visit) -> list[Step]:
    system, steps = visit.system, []
    if visit.may(ADD_CAMPAIGN, "campaigns.add_group"):
        words = "Create a campaign with two groups, to compare them."
        address = reverse("admin:campaigns_campaign_add")
        steps.append(Step(words, system.has_campaign_with_groups, address, visit.is_first))
    if visit.may(*ADDING):
        address = _of_newest("admin:campaigns_campaign_import", visit)
        steps.append(Step("Add its contacts.", system.reach.contacts > 0, address))
        if _keeps_opens(visit):
            words = "Put each contact's pixel into its e-mail, and send it."
            address = _of_newest("admin:campaigns_campaign_pixels", visit)
            steps.append(Step(words, system.reach.opened_by_any > 0, address))
    return steps


def _report_steps(visit: Visit) -> list[Step]:
    if not visit.may("tracking.view_report"):
        return []
    address = _of_newest("report-page", visit)
    opened = visit.system.reach.opened > 0
    arrive = Step("See the first open by a person arrive.", opened, address)
    read = Step("Read the report.", has_read_a_report(visit.request), address)
    return [arrive, read] if _keeps_opens(visit) else [read]


def _keeps_opens(visit: Visit) -> bool:
    """Whether opens may arrive of what is sent next: else waiting for one would never end."""
    campaign = Mode(visit.system.newest_mode or WIDEST)
    return narrowest(Mode(settings.TRACKING_MODE), campaign) == Mode.INDIVIDUAL


def _discount_steps(visit: Visit) -> list[Step]:
    if not visit.may("discounts.add_discountcampaign", "discounts.view_discountcampaign"):
        return []
    address = reverse("admin:discounts_discountcampaign_add")
    return [Step("Create a discount campaign.", visit.discounts.has_campaigns, address)]


def _of_newest(name: str, visit: Visit) -> str:
    newest = visit.system.newest_campaign
    return "" if newest is None else reverse(name, args=[newest])
