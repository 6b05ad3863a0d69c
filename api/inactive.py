"""The API of people who have given no sign since a moment, over all campaigns."""

import re

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.base.bearer import caller
from api.base.calls import StrictCall
from api.base.views import LIMIT_PARAMETER, read_limit
from api.shapes.inactive import InactiveListSerializer
from campaigns.models import ExportKind
from contacts.exports import GivenOut, record_page
from foundation.errors import InvalidInput
from foundation.parsing import BadValue, read_moment
from reports.inactive.people import Question, read_page
from reports.inactive.rules import Doubt

HASH = re.compile(r"[0-9a-f]{64}")
BAD_DOUBT = f"Give one of {', '.join(Doubt)}, or nothing for all."
BAD_AFTER = "Give the next_after of the call before, or nothing for the first people."
AHEAD = "This time lies in the future."


class InactivePeople(StrictCall, APIView):
    """Who gave no sign since a moment."""

    action_permissions = {"GET": ["campaigns.view_contact", "tracking.view_open"]}
    query_parameters = {"GET": ("since", "doubt", "after", "limit")}

    @extend_schema(
        operation_id="inactive_list",
        summary="List people without a sign",
        parameters=[
            OpenApiParameter(
                "since",
                OpenApiTypes.DATETIME,
                required=True,
                description="Who was sent something since then and gave no sign.",
            ),
            OpenApiParameter(
                "doubt",
                {"type": "string", "enum": [doubt.value for doubt in Doubt]},
                description="Only those with this doubt.",
            ),
            OpenApiParameter(
                "after",
                OpenApiTypes.STR,
                description="The next_after of the call before; without it from the start.",
            ),
            OpenApiParameter(
                "limit",
                {**LIMIT_PARAMETER["schema"]},
                description=LIMIT_PARAMETER["description"],
            ),
        ],
        responses=InactiveListSerializer,
    )
    def get(self, request: Request) -> Response:
        """Over all campaigns, by address; each person may read all the same, and `doubt` says why.

        A call looks at a bounded number of people: it may have few, or none, while `next_after` is
        not null. Call it again with that until it is null.
        """
        question, after = _read(request)
        page = read_page(question, after=after, limit=read_limit(request))
        given = GivenOut(None, ExportKind.INACTIVE, caller(request))
        record_page(given, rows=len(page.people))
        answer = {"people": page.people, "next_after": page.further}
        return Response(InactiveListSerializer(answer).data)


def _read(request: Request) -> tuple[Question, str]:
    """Raises InvalidInput."""
    asked, now = request.query_params, timezone.now()
    try:
        since = read_moment(asked.get("since", ""), zone=timezone.get_default_timezone())
    except BadValue as error:
        raise InvalidInput.field("since", str(error)) from None
    if since > now:
        raise InvalidInput.field("since", AHEAD)
    doubt, after = asked.get("doubt", ""), asked.get("after", "")
    if doubt and doubt not in list(Doubt):
        raise InvalidInput.field("doubt", BAD_DOUBT)
    if after and not HASH.fullmatch(after):
        raise InvalidInput.field("after", BAD_AFTER)
    return Question(since, now, Doubt(doubt) if doubt else None), after
