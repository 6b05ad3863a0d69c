"""The page with a campaign's pixels to copy into e-mails, and with tests of them."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from campaigns.models import Campaign
from campaigns.modes import Mode
from consent.journal import require_replayed
from consent.modes import AGREED
from consent.page.visit import missing_settings
from consent.queries import modes_of, read_policies
from console.base.forms import show_refusal
from console.base.polling import etag_of, live_answer
from console.base.saving import SavesThroughServices
from console.base.subpages import subpage
from console.campaigns.forms import ContactTestForm
from console.contacts import consent
from console.contacts.bulk import may_add, may_download, pixel_to_copy
from console.subjects.campaign import CampaignTab, campaign_page
from contacts.limits import MAX_PIXELS
from contacts.pixels.links import leads_nowhere
from contacts.pixels.merge_tags import merge_tags, page_tags
from contacts.trial import make_test
from foundation.errors import DomainError
from reports.opens import ListedOpen
from reports.opens_in_words import verdict_on, worth_of
from reports.report import counted_until
from reports.trial import ListedTest, newest_tests

FOLDER = "console/campaigns"
# If counting is this many seconds behind, the page says why a test's open is late.
SLOW = 60


def urls(model_admin: SavesThroughServices) -> list[URLPattern]:
    name, place = "campaigns_campaign_pixels", "<id:campaign_id>/pixels/"
    page = subpage(model_admin, pixels_page, "GET", "HEAD", "POST")
    return [
        path(place, page, name=name),
        path(f"{place}tests/", subpage(model_admin, live_tests, "GET"), name=f"{name}_tests"),
    ]


def may_see(request: HttpRequest) -> bool:
    return request.user.has_perm("tracking.view_pixel")


def may_watch(request: HttpRequest) -> bool:
    return may_see(request) and request.user.has_perms(
        ["campaigns.view_contact", "tracking.view_open"]
    )


def may_test(request: HttpRequest) -> bool:
    return may_watch(request) and may_add(request)


def pixels_page(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponse:
    """Shows tags to copy, and tests; a POST creates a test contact."""
    if not (may_test if request.method == "POST" else may_see)(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    groups = list(campaign.groups.filter(archived_at__isnull=True).order_by("number"))
    form = ContactTestForm(request.POST or None, groups=groups)
    if form.is_valid() and _create_test(campaign, form):
        model_admin.note_changes(request, [campaign], "Made a test contact.")
        return HttpResponseRedirect(f"{_address(campaign, 'pixels')}#tests")
    html = _tests_html(request, campaign) if may_watch(request) else ""
    number = _number(request)
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        **campaign_page(request, campaign, CampaignTab.PIXELS, title="Pixels and test"),
        "number": number,
        "numbers": range(1, MAX_PIXELS + 1),
        "merge_tags": merge_tags(number),
        "page_tags": page_tags(),
        "missing_settings": missing_settings(),
        "may_download": may_download(request),
        "leads_nowhere": leads_nowhere(settings.PUBLIC_URL),
        "may_watch": may_watch(request),
        "form": form if may_test(request) and groups and not campaign.archived_at else None,
        "has_groups": bool(groups),
        "tests_html": html,
        "etag": etag_of(html),
        "media": model_admin.media,
    }
    return TemplateResponse(request, f"{FOLDER}/pixels.html", context)


def live_tests(
    model_admin: SavesThroughServices, request: HttpRequest, campaign_id: int
) -> HttpResponse:
    """What the page polls: the newest tests and their opens; 304 while nothing has changed."""
    if not may_watch(request):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, id=campaign_id)
    return live_answer(request, _tests_html(request, campaign))


def _create_test(campaign: Campaign, form: ContactTestForm) -> bool:
    asked = form.cleaned_data
    try:
        # The page that would show it refuses.
        require_replayed()
        make_test(
            campaign_id=campaign.id,
            group_id=int(asked["group"]),
            label=asked["label"],
            now=timezone.now(),
        )
    except DomainError as error:
        show_refusal(form, error)
        return False
    return True


def _number(request: HttpRequest) -> int:
    """The number of the pixels whose tags are shown, by default the first."""
    text = request.GET.get("pixel", "")
    known = {str(number): number for number in range(1, MAX_PIXELS + 1)}
    return known.get(text, 1)


def _tests_html(request: HttpRequest, campaign: Campaign) -> SafeString:
    tests = newest_tests(campaign_id=campaign.id)
    modes = modes_of(test.contact for test in tests)
    [policy] = read_policies([campaign.id]).values()
    measures_one = policy.current(AGREED) == Mode.INDIVIDUAL
    context = {
        "tests": [_shown_test(test, modes[test.contact.uuid]) for test in tests],
        "measures_one": measures_one,
        "may_agree": consent.may_record(request),
        "minutes_behind": _minutes_behind(),
    }
    return render_to_string(f"{FOLDER}/pixel_tests.html", context, request)


def _shown_test(test: ListedTest, mode: Mode) -> dict[str, object]:
    return {
        "is_kept": mode == Mode.INDIVIDUAL,
        "contact": test.contact,
        "pixel": pixel_to_copy(test.pixel.number, test.pixel.uuid),
        "opens": [_shown_open(opened) for opened in test.opens],
    }


def _shown_open(opened: ListedOpen) -> dict[str, object]:
    return {
        "row": opened,
        "verdict": verdict_on(opened.kind, opened.reason),
        "worth": worth_of(opened.kind),
    }


def _minutes_behind() -> int | None:
    """How late counting is, 0 if it isn't; None if it has never run."""
    until = counted_until()
    if until is None:
        return None
    seconds = (timezone.now() - until).total_seconds()
    return int(seconds // 60) if seconds > SLOW else 0


def _address(campaign: Campaign, page: str) -> str:
    return reverse(f"admin:campaigns_campaign_{page}", args=[campaign.id])
