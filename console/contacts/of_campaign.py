"""What the list of one campaign's contacts has besides: the campaign's tabs, and what to do."""

from django.http import HttpRequest

from campaigns.models import Campaign
from console.base.lists import groups_of
from console.contacts import asking
from console.contacts.bulk import may_add, may_download
from console.contacts.summary import left_out_in_words
from console.subjects.campaign import CampaignTab, campaign_page
from contacts.exports import stale_in_words, stale_lists


def of_campaign(request: HttpRequest, campaign: Campaign) -> dict[str, object]:
    page = campaign_page(request, campaign, CampaignTab.CONTACTS, title="Contacts")
    is_live = campaign.archived_at is None
    return page | {
        "may_add_contacts": may_add(request) and is_live,
        "may_mix": request.user.has_perm("campaigns.change_contact") and is_live,
        "may_download": may_download(request),
        "left_out": left_out_in_words(groups_of(request, campaign.pk)),
        "ask_again_months": asking.months_to_wait(request, campaign),
        "stale_lists": _stale(campaign) if is_live and may_download(request) else [],
    }


def _stale(campaign: Campaign) -> list[str]:
    own = Campaign.objects.filter(id=campaign.pk)
    return [stale_in_words(one.people, one.made_at) for one in stale_lists(own)]
