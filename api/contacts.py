"""The API of contacts."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.base.bearer import caller
from api.base.calls import StrictCall
from api.base.views import read_body
from api.contact_pages import ContactPages
from api.filters.campaigns import ContactFilters
from api.shapes.campaigns import ContactSerializer, NewContactFields, SavedContactSerializer
from api.shapes.contact_calls import (
    BulkAnswerSerializer,
    BulkSerializer,
    NotSentAnswerSerializer,
    NotSentSerializer,
    ResentAnswerSerializer,
    ResentSerializer,
)
from campaigns.models import Campaign, Contact
from campaigns.queries import group_to_move_to
from consent.journal import require_replayed
from consent.page.visit import consent_url, may_give_pages
from contacts.change import change_contact, erase_contact
from contacts.create import RowResult, create_contact, create_contacts
from contacts.exports import record_answer
from contacts.not_sent import mark_not_sent
from contacts.opened.resent import mark_resent
from contacts.pixels.given import COLUMNS, Given, given_to
from contacts.pixels.links import pixel_html, pixel_url
from contacts.pixels.opened_lists import recorded
from contacts.rows import BadRow, read_changes, schedule_warnings
from foundation.audit_log import note
from foundation.errors import InvalidInput


@extend_schema_view(
    list=extend_schema(summary="List contacts"),
    retrieve=extend_schema(summary="Show a contact"),
)
class Contacts(StrictCall, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Recipients of campaigns, in the order they were created, including erased ones."""

    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    filterset_class = ContactFilters
    action_permissions = {
        "create_many": ["campaigns.add_contact", "tracking.add_pixel"],
        "not_sent": ["campaigns.change_contact"],
        "resent": ["campaigns.change_contact"],
    }
    pagination_class = ContactPages
    query_parameters = {"list": ("cursor",)}

    @extend_schema(
        summary="Create a contact",
        request=NewContactFields,
        responses={201: SavedContactSerializer},
    )
    def create(self, request: Request) -> Response:
        """For more than a few contacts the bulk call is much faster."""
        contact, warnings = create_contact(
            values=request.data, now=timezone.now(), pixels_per_contact=0
        )
        return _saved(contact, warnings, status.HTTP_201_CREATED)

    @extend_schema(summary="Change a contact", responses=SavedContactSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only the fields sent are changed.

        The group is frozen once the contact is due, the schedule once it was opened; uuid and
        campaign always.
        """
        contact = change_contact(
            contact_id=self.get_object().uuid, changes=_changes(request.data), now=timezone.now()
        )
        return _saved(contact, _warnings(contact), status.HTTP_200_OK)

    @extend_schema(
        summary="Change a contact (what is left out stays)",
        request=ContactSerializer(partial=True),
        responses=SavedContactSerializer,
    )
    def update(self, request: Request, pk: str) -> Response:
        """Same as PATCH."""
        return self.partial_update(request, pk)

    @extend_schema(summary="Erase a contact")
    def destroy(self, request: Request, pk: str) -> Response:
        """Erases all personal data permanently; the uuid and every count stay."""
        erase_contact(contact_id=self.get_object().uuid, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Create many contacts with their pixels",
        request=BulkSerializer,
        responses=BulkAnswerSerializer,
    )
    @action(detail=False, methods=["post"], url_path="bulk")
    def create_many(self, request: Request) -> Response:
        """Up to 10,000 contacts; valid ones are created, invalid ones get errors as results.

        Of several contacts with the same address in one call the first is created. With `"group":
        "draw"` PixelTrack draws the group; the answer names it. Sent again, a contact is `taken`
        and keeps its group.
        """
        # Which pixels the answer may hold must be known before anybody is created.
        require_replayed()
        asked = read_body(BulkSerializer(data=request.data))
        results = create_contacts(
            contacts=asked["contacts"],
            now=timezone.now(),
            pixels_per_contact=asked["pixels_per_contact"],
        )
        created = sum(not result.errors for result in results)
        contacts = _new_contacts(results)
        given = given_to(contacts.values())
        with_page = may_give_pages(caller(request))
        described = [_described(result, contacts, given, with_page) for result in results]
        record_answer(_campaigns(results, contacts, given), by=caller(request))
        return Response(
            {"created": created, "failed": len(results) - created, "results": described}
        )

    @extend_schema(
        summary="Mark contacts as not sent",
        request=NotSentSerializer,
        responses=NotSentAnswerSerializer,
    )
    @action(detail=False, methods=["post"], url_path="not-sent")
    def not_sent(self, request: Request) -> Response:
        """Removes bounced or withdrawn contacts (by uuid or e-mail) from every count."""
        asked = read_body(NotSentSerializer(data=request.data))
        outcome = mark_not_sent(
            campaign_id=_campaign(asked["campaign"]).id,
            contact_ids=asked.get("contacts", []),
            emails=asked.get("emails", []),
            reason=asked.get("reason"),
            undo=asked["undo"],
            now=timezone.now(),
        )
        return Response(NotSentAnswerSerializer(outcome).data)

    @extend_schema(
        summary="Record contacts as mailed again",
        request=ResentSerializer,
        responses=ResentAnswerSerializer,
    )
    @action(detail=False, methods=["post"])
    def resent(self, request: Request) -> Response:
        """Say so of those of a merge list (`opened=no`) whom you wrote to again.

        They stay in every rate, and leave the comparison of the groups from now on. Who was
        recorded before keeps that time: the call may be repeated.
        """
        asked = read_body(ResentSerializer(data=request.data))
        campaign = _campaign(asked["campaign"])
        outcome = mark_resent(
            campaign_id=campaign.id, contact_ids=asked["contacts"], now=timezone.now()
        )
        if outcome.marked:
            note(by=caller(request), rows=[campaign], sentence=recorded(outcome.marked))
        return Response(ResentAnswerSerializer(outcome).data)


def _campaign(campaign_id: int) -> Campaign:
    """Raises InvalidInput."""
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise InvalidInput.field("campaign", f"There is no campaign {campaign_id}.")
    return campaign


def _changes(body: object) -> dict[str, object]:
    """A contact's changed fields, with the group as a Group; raises InvalidInput."""
    try:
        read = read_changes(body, zone=timezone.get_default_timezone())
    except BadRow as bad:
        raise InvalidInput.fields(bad.errors) from None
    changes: dict[str, object] = {**read}
    group_id = read.get("group")
    if isinstance(group_id, int):
        changes["group"] = group_to_move_to(group_id)
    return changes


def _warnings(contact: Contact) -> list[str]:
    campaign = contact.campaign
    return schedule_warnings(
        contact.scheduled_at, start_at=campaign.start_at, end_at=campaign.end_at
    )


def _saved(contact: Contact, warnings: list[str], status_code: int) -> Response:
    data = ContactSerializer(contact).data
    return Response({**data, "warnings": warnings}, status=status_code)


def _new_contacts(results: Sequence[RowResult]) -> dict[UUID, Contact]:
    made = [result.uuid for result in results if result.uuid]
    return {c.uuid: c for c in Contact.objects.filter(uuid__in=made).only(*COLUMNS)}


def _campaigns(
    results: Sequence[RowResult], contacts: Mapping[UUID, Contact], given: Given
) -> Iterator[int]:
    """The campaign of each contact whose pixels are in the answer, its own or the shared one."""
    for result in results:
        if result.uuid is not None and _pixels(result.uuid, result, given):
            yield contacts[result.uuid].campaign_id


def _described(
    result: RowResult, contacts: Mapping[UUID, Contact], given: Given, with_page: bool
) -> dict[str, object]:
    if result.uuid is None:
        return {"index": result.index, "code": result.code, "errors": result.errors}
    pixels = _pixels(result.uuid, result, given)
    described = {
        "index": result.index,
        "uuid": result.uuid,
        "group": result.group,
        "pixels": [_pixel(*pixel) for pixel in pixels.items()] or None,
        "consent_url": _page(contacts[result.uuid]) if with_page else None,
    }
    return described | ({"warnings": result.warnings} if result.warnings else {})


def _page(contact: Contact) -> str | None:
    return consent_url(
        campaign_id=contact.campaign_id, contact_id=contact.uuid, base=settings.PUBLIC_URL
    )


def _pixels(contact_id: UUID, result: RowResult, given: Given) -> dict[int, UUID]:
    """The pixels for a new contact's e-mail, by number."""
    return given.pixels(contact_id, {pixel.number: pixel.uuid for pixel in result.pixels})


def _pixel(number: int, pixel_id: UUID) -> dict[str, object]:
    base = settings.PUBLIC_URL
    return {
        "uuid": pixel_id,
        "number": number,
        "url": pixel_url(pixel_id, base=base),
        "html": pixel_html(pixel_id, base=base),
    }
