"""The API of pixels, opens and reports."""

from django.utils import timezone
from django.utils.cache import get_conditional_response
from django_filters.utils import translate_validation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ListSerializer
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from api.base.bearer import caller
from api.base.calls import StrictCall
from api.base.views import read_body, read_limit
from api.filters.tracking import OpenFilters, PixelFilters
from api.shapes.pixels import OpenSerializer, PixelSerializer
from api.shapes.report import ReportSerializer
from consent.journal import require_replayed
from contacts.exports import record_pixels
from contacts.pixels import services as pixel_services
from foundation.cursors import BadCursor
from foundation.errors import InvalidInput, NotFound
from reports.data import Scope
from reports.describe import describe
from reports.freshness import report_headers
from reports.opens import Position, newest_opens
from reports.query import NAMES as REPORT_QUERY
from reports.query import read_query
from reports.report import report_on, report_subject
from tracking.models import Open, Pixel

MADE_HERE = "Leave it out: the uuids of pixels are made here, so that nobody can guess them."


@extend_schema_view(
    list=extend_schema(summary="List pixels", responses=PixelSerializer(many=True)),
    retrieve=extend_schema(summary="Show a pixel"),
    update=extend_schema(
        summary="Change a pixel (what is left out stays)", request=PixelSerializer(partial=True)
    ),
)
class Pixels(StrictCall, mixins.RetrieveModelMixin, GenericViewSet):
    """The images whose loading is an open, by contact and number."""

    queryset = Pixel.objects.all()
    serializer_class = PixelSerializer
    filterset_class = PixelFilters

    def list(self, request: Request) -> Response:
        """Each call is recorded that gives out pixels: who made it, and of which campaigns."""
        pixels = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        one = PixelSerializer()
        rows = ListSerializer(pixels, child=one, context=self.get_serializer_context()).data
        record_pixels([one.contacts[pixel.contact_id] for pixel in pixels], by=caller(request))
        return self.get_paginated_response(rows)

    @extend_schema(summary="Create a pixel")
    def create(self, request: Request) -> Response:
        """Adds a pixel to a contact; the bulk call for contacts creates theirs directly."""
        require_replayed()
        values = read_body(self.get_serializer(data=request.data))
        if "uuid" in values:
            raise InvalidInput.field("uuid", MADE_HERE)
        pixel = pixel_services.create_pixel(
            contact_id=values["contact_id"], number=values["number"]
        )
        return Response(self.get_serializer(pixel).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a pixel")
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only its number can change."""
        require_replayed()
        changes = read_body(self.get_serializer(data=request.data, partial=True))
        if "contact_id" in changes:
            changes["contact"] = changes.pop("contact_id")
        pixel = pixel_services.change_pixel(pixel_id=self.get_object().uuid, changes=changes)
        return Response(self.get_serializer(pixel).data)

    def update(self, request: Request, pk: str) -> Response:
        """Same as PATCH."""
        return self.partial_update(request, pk)

    @extend_schema(summary="Delete a pixel")
    def destroy(self, request: Request, pk: str) -> Response:
        """It is still served, but its opens are no longer recorded; recorded ones stay."""
        pixel_services.delete_pixel(pixel_id=self.get_object().uuid)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Opens(StrictCall, GenericViewSet):
    """The recorded opens, hit by hit; reports read counters instead."""

    queryset = Open.objects.all()
    serializer_class = OpenSerializer
    filterset_class = OpenFilters
    pagination_class = None
    query_parameters = {"list": ("cursor", "limit")}

    @extend_schema(
        summary="List opens, newest first",
        parameters=[
            OpenApiParameter(
                "cursor",
                str,
                description="The position to continue from: taken from the previous page's link.",
            ),
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
                description="The maximum number of results.",
            ),
        ],
    )
    def list(self, request: Request) -> Response:
        """The header Link with rel="next" holds the URL of the next page, if there is one."""
        filters = OpenFilters(request.query_params, queryset=Open.objects.none())
        if not filters.is_valid():
            raise translate_validation(filters.errors)
        limit = read_limit(request)
        opens = newest_opens(
            wanted=filters.form.cleaned_data, after=_position(request), limit=limit + 1
        )
        page = opens[:limit]
        headers = {"Link": _next_link(request, page[-1].position)} if len(opens) > limit else None
        return Response(self.get_serializer(page, many=True).data, headers=headers)


def _position(request: Request) -> Position | None:
    cursor = request.query_params.get("cursor")
    try:
        return Position.of_cursor(cursor) if cursor else None
    except BadCursor:
        raise InvalidInput.field(
            "cursor", "Take the cursor from the previous page's link."
        ) from None


def _next_link(request: Request, position: Position) -> str:
    address = replace_query_param(request.build_absolute_uri(), "cursor", position.cursor)
    return f'<{address}>; rel="next"'


class CampaignReport(StrictCall, APIView):
    """The figures of a campaign and its groups."""

    query_parameters = {"GET": REPORT_QUERY}
    action_permissions = {"GET": ["tracking.view_report"]}

    @extend_schema(
        summary="Report of a campaign",
        responses={200: ReportSerializer, 304: None},
        parameters=[
            OpenApiParameter("id", int, OpenApiParameter.PATH),
            OpenApiParameter(
                "since", OpenApiTypes.DATETIME, description="From this time's quarter of an hour."
            ),
            OpenApiParameter(
                "until",
                OpenApiTypes.DATETIME,
                description="Up to the end of this time's quarter of an hour.",
            ),
            OpenApiParameter("machine", bool, description="true: count machine opens too."),
            OpenApiParameter(
                "If-None-Match",
                str,
                OpenApiParameter.HEADER,
                description="The ETag of an earlier response: 304 if it is still current.",
            ),
        ],
    )
    def get(self, request: Request, pk: str) -> Response:
        """Read from counters, so the time does not depend on the number of opens.

        Every open from before `X-As-Of` has been counted; `X-Ingest-Lag` is its age in seconds.
        Both are missing if counting never ran.
        """
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            raise NotFound("Campaign not found")
        query = read_query(request.query_params)
        window, machine = query.window, query.machine
        now, zone = timezone.now(), timezone.get_default_timezone()
        subject = report_subject(int(pk))
        headers = report_headers(subject, now=now, window=window, machine=machine)
        known = get_conditional_response(request, headers["ETag"])
        # Other preconditions do not apply to a report, which has no modification date.
        if known is not None and known.status_code == status.HTTP_304_NOT_MODIFIED:
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        report = report_on(subject, now=now, zone=zone, scope=Scope(window, machine))
        return Response(ReportSerializer(describe(report)).data, headers=headers)
