"""The API of people's decisions about being measured."""

from collections.abc import Iterable

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.base.bearer import caller
from api.base.calls import StrictCall
from api.base.views import LIMIT_PARAMETER, read_body, read_limit
from api.shapes.consents import (
    ConsentListSerializer,
    ConsentSerializer,
    DecisionsAnswerSerializer,
    DecisionsSerializer,
)
from campaigns.models import Contact
from consent.models import Way
from consent.queries import ChangedConsent, changed_consents
from consent.reports import record_reported
from consent.weighing import Result, Source
from foundation.cursors import BadCursor, encode_cursor, read_cursor
from foundation.errors import InvalidInput
from foundation.parsing import LARGEST_ID, read_number

BAD_CURSOR = "Give the next_changed_since of the call before, or nothing for all."


class Consents(StrictCall, APIView):
    """Whether people agreed that their opens and clicks are measured."""

    action_permissions = {
        "GET": ["consent.view_decision", "campaigns.view_contact"],
        "POST": ["consent.add_decision"],
    }
    query_parameters = {"GET": ("changed_since", "limit")}

    @extend_schema(
        operation_id="consents_list",
        summary="List decisions that changed",
        parameters=[
            OpenApiParameter(
                "changed_since",
                OpenApiTypes.STR,
                description="The next_changed_since of the call before; without it from the start.",
            ),
            OpenApiParameter(
                "limit",
                {**LIMIT_PARAMETER["schema"]},
                description=LIMIT_PARAMETER["description"],
            ),
        ],
        responses=ConsentListSerializer,
    )
    def get(self, request: Request) -> Response:
        """The decisions in force of each person, the one that changed longest ago first.

        Call it again with `next_changed_since` until `decisions` is empty, and later for what
        changed since: no change is missed.
        """
        since = _read_version(request.query_params.get("changed_since", ""))
        page = changed_consents(since=since, limit=read_limit(request))
        addresses = _addresses(page)
        last = page[-1].version if page else since
        return Response(
            {
                "decisions": [
                    {
                        **ConsentSerializer(consent).data,
                        "email": addresses.get(consent.person),
                    }
                    for consent in page
                ],
                "next_changed_since": encode_cursor(last),
            }
        )

    @extend_schema(
        operation_id="consents_create",
        summary="Record decisions",
        request=DecisionsSerializer,
        responses=DecisionsAnswerSerializer,
    )
    def post(self, request: Request) -> Response:
        """Up to 10,000 decisions; those that count are recorded, others get errors as results.

        A no needs nothing: it is recorded even where the rest of its row has errors, and the result
        then has an outcome beside them. Of two yeses both are recorded, or neither is. Recording
        them again changes nothing. After a no, a yes counts only if it was given later and
        `consent_proof` names what proves it.
        """
        rows = read_body(DecisionsSerializer(data=request.data))["decisions"]
        results = record_reported(rows, source=Source(Way.API, caller(request)))
        failed = sum(bool(result.errors) for result in results)
        described = [_described(index, result) for index, result in enumerate(results)]
        return Response({"recorded": len(results) - failed, "failed": failed, "results": described})


def _described(index: int, result: Result) -> dict[str, object]:
    outcome = {} if result.outcome is None else {"outcome": result.outcome}
    errors = {"code": result.code, "errors": result.errors} if result.errors else {}
    return {"index": index, **outcome, **errors}


def _read_version(text: str) -> int:
    if not text:
        return 0
    try:
        [version] = read_cursor(text, _version)
    except BadCursor as error:
        raise InvalidInput.field("changed_since", BAD_CURSOR) from error
    return int(version)


def _version(value: object) -> int:
    return read_number(value, smallest=0, largest=LARGEST_ID)


def _addresses(page: Iterable[ChangedConsent]) -> dict[str | None, str | None]:
    """The address of each person, as a contact that was not erased has it."""
    people = [consent.person for consent in page if consent.contact_id is None]
    found = Contact.objects.filter(email_hash__in=people).order_by()
    return dict(found.values_list("email_hash", "email"))
