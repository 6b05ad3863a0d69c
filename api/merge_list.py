"""The API of merge lists: a campaign's contacts with their pixels, for a mail service."""

from typing import NamedTuple

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils import timezone
from django_filters.utils import translate_validation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.views import APIView

from api.base.bearer import caller
from api.base.calls import StrictCall
from api.base.fields import ID_SCHEMA
from api.base.views import AcceptsAnyFormat
from api.filters.campaigns import ASK_HELP, OPENED_HELP, MergeFilters, OpenedFilter
from campaigns.models import Campaign, Contact, ExportKind, Group
from consent.asking.services import refuse_asking
from consent.page.visit import may_give_pages
from contacts.exports import GivenOut, recorded
from contacts.pixels.ask_list import DOWNLOADED, MayBeAsked
from contacts.pixels.merge_list import Pick, merge_file, merge_table, refuse_unlisted
from contacts.pixels.opened_lists import OpenedSo, downloaded
from foundation.audit_log import note
from foundation.csv_download import csv_download
from foundation.errors import InvalidInput, NotFound
from tracking.opened import Opened

NOT_BOTH = "Who may be asked does not depend on who opened: give one of ask and opened."
OTHER_GROUP = "There is no such group in this campaign."


class MergeList(StrictCall, APIView):
    """The contacts of a campaign with their pixels."""

    content_negotiation_class = AcceptsAnyFormat
    query_parameters = {"GET": tuple(MergeFilters.base_filters)}
    action_permissions = {"GET": ["campaigns.view_contact", "tracking.view_pixel"]}

    @extend_schema(
        summary="Download the merge list as CSV",
        parameters=[
            OpenApiParameter("id", OpenApiTypes.INT64, OpenApiParameter.PATH),
            OpenApiParameter(
                "group", ID_SCHEMA, description="Contacts of this group, such as the rest's."
            ),
            OpenApiParameter(
                "opened",
                OpenedFilter.schema,
                description=OPENED_HELP,
            ),
            OpenApiParameter("ask", OpenApiTypes.BOOL, description=ASK_HELP),
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Each contact except erased and test ones: its fields, and each pixel's URL and tag.

        `not_sent` is the reason why nothing must be sent any more (bounced, withdrawn). Where the
        rest was given the winner, its contacts come too, and `winner_number` and `winner` name the
        group whose e-mail they get. `consent_url` is empty for who may not record decisions
        (`consent.add_decision`): whoever holds it decides for the person. Cells that a spreadsheet
        would read as a formula begin with an apostrophe. If you write to those who did not open
        (`opened=no`) again, say so with `POST /contacts/resent/`.
        """
        campaign_id = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0
        campaign = Campaign.objects.filter(id=campaign_id).first()
        if campaign is None:
            raise NotFound("Campaign not found")
        asked = _read_filters(request, campaign)
        group, opened = asked.group, asked.opened
        refuse_unlisted(group)
        by = caller(request)
        if asked.asks:
            _refuse_asking(request, campaign)
        table = merge_table(
            campaign_id=campaign_id,
            base=settings.PUBLIC_URL,
            group_id=None if group is None else group.id,
            pick=asked.pick(campaign_id),
            with_pages=may_give_pages(by),
        )
        given = GivenOut(campaign, ExportKind.MERGE_LIST, by, group, opened or "")
        note(
            by=by, rows=[campaign], sentence=DOWNLOADED if asked.asks else downloaded(opened, group)
        )
        return csv_download(recorded(table, given), name=merge_file(campaign_id))


class _Asked(NamedTuple):
    """Which contacts a list has."""

    group: Group | None
    opened: Opened | None
    asks: bool

    def pick(self, campaign_id: int) -> Pick | None:
        if self.asks:
            return MayBeAsked(campaign_id, timezone.now())
        return None if self.opened is None else OpenedSo(self.opened, timezone.now())


def _refuse_asking(request: Request, campaign: Campaign) -> None:
    """Raise PermissionDenied, and InvalidInput where the campaign can't ask."""
    if not caller(request).has_perm("consent.add_decision"):
        raise PermissionDenied
    refuse_asking(campaign)


def _read_filters(request: Request, campaign: Campaign) -> _Asked:
    """Raises ValidationError, and InvalidInput for a group of another campaign."""
    filters = MergeFilters(request.query_params, queryset=Contact.objects.none())
    if not filters.is_valid():
        raise translate_validation(filters.errors)
    asked = filters.form.cleaned_data
    if asked["ask"] and asked["opened"]:
        raise InvalidInput.field("ask", NOT_BOTH)
    group = None
    if asked["group"] is not None:
        group = campaign.groups.filter(id=asked["group"]).first()
        if group is None:
            raise InvalidInput.field("group", OTHER_GROUP)
    return _Asked(group, asked["opened"], bool(asked["ask"]))
