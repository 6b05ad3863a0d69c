"""The API of merge lists: a campaign's contacts with their pixels, for a mail service."""

from django.conf import settings
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.base.calls import StrictCall
from api.base.views import AcceptsAnyFormat
from campaigns.models import Campaign
from contacts.pixels.merge_list import merge_file, merge_table
from foundation.csv_download import csv_download
from foundation.errors import NotFound


class MergeList(StrictCall, APIView):
    """The contacts of a campaign with their pixels."""

    content_negotiation_class = AcceptsAnyFormat
    action_permissions = {"GET": ["campaigns.view_contact", "tracking.view_pixel"]}

    @extend_schema(
        summary="Download the merge list as CSV",
        parameters=[OpenApiParameter("id", OpenApiTypes.INT64, OpenApiParameter.PATH)],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Each contact except erased and test ones: its fields, and each pixel's URL and tag.

        `not_sent` is the reason why nothing must be sent any more (bounced, withdrawn). Cells that
        a spreadsheet would read as a formula begin with an apostrophe.
        """
        campaign_id = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0
        if not Campaign.objects.filter(id=campaign_id).exists():
            raise NotFound("Campaign not found")
        table = merge_table(campaign_id=campaign_id, base=settings.PUBLIC_URL)
        return csv_download(table, name=merge_file(campaign_id))
