"""The API of customers, discount campaigns and discounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import structlog
from django.contrib.auth.models import User
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from api.base.bearer import caller
from api.base.calls import StrictCall
from api.base.fields import ID_SCHEMA, IdFilter
from api.base.views import (
    LIMIT_PARAMETER,
    PAGE_PARAMETERS,
    SKIP_PARAMETER,
    read_body,
    read_page,
)
from api.filters.discounts import CampaignFilters, CustomerFilters
from api.shapes.discount_calls import (
    ApplySerializer,
    AvailableSerializer,
    BasketSerializer,
    CancelSerializer,
    HistorySerializer,
    UsageSerializer,
    described_offers,
    read_idempotency_key,
)
from api.shapes.discounts import (
    CustomerSerializer,
    DiscountCampaignSerializer,
    WrittenDiscountCampaignSerializer,
    described,
)
from discounts import apply, customers, queries
from discounts.campaigns.services import create_campaign, remove_campaign, update_campaign
from discounts.history import DISCOUNT_CAMPAIGNS, history_of
from discounts.models import Customer, DiscountCampaign
from discounts.rules import Basket
from discounts.targets import targets_of
from foundation.errors import NotFound, Taken
from foundation.parsing import BadValue

log = structlog.get_logger(__name__)


def _key_parameter(what: str) -> OpenApiParameter:
    return OpenApiParameter(
        name="Idempotency-Key",
        type={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        location=OpenApiParameter.HEADER,
        description=(
            "A unique key, such as a uuid. Repeating a call with its key returns the "
            f"same {what}, for 24 hours; with another body it is 422."
        ),
    )


KEY_PARAMETER = _key_parameter("usage and debits nothing more")
CUSTOMER_KEY_PARAMETER = _key_parameter("customer")
EXPLAIN_PARAMETER = OpenApiParameter(
    name="explain", type=bool, description="Whether to say what does not apply, and why."
)
CAMPAIGN_PARAMETER = OpenApiParameter(
    name="campaign_id", type=ID_SCHEMA, description="Usages of this campaign only."
)


@extend_schema_view(
    list=extend_schema(summary="List customers"),
    retrieve=extend_schema(summary="Show a customer"),
    update=extend_schema(
        summary="Change a customer (what is left out stays)",
        request=CustomerSerializer(partial=True),
    ),
)
class Customers(StrictCall, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Customers, in the order they were created, without erased ones."""

    queryset = Customer.objects.filter(erased_at__isnull=True)
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilters

    @extend_schema(summary="Create a customer", parameters=[CUSTOMER_KEY_PARAMETER])
    def create(self, request: Request) -> Response:
        """400 if the address is already registered, ignoring case.

        The error has an `existing_id` for users who may view customers.
        """
        key = read_idempotency_key(request.headers.get("Idempotency-Key"))
        values = read_body(self.get_serializer(data=request.data))
        user = caller(request)
        own = customers.CallersKey(user_id=user.id, key=key) if key else None
        with _existing_id_for_viewers(user):
            customer = customers.create_customer(now=timezone.now(), key=own, **values)
        return Response(self.get_serializer(customer).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a customer")
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only the fields sent are changed."""
        changes = read_body(self.get_serializer(data=request.data, partial=True))
        customer_id = self.get_object().id
        with _existing_id_for_viewers(caller(request)):
            customer = customers.update_customer(customer_id=customer_id, changes=changes)
        return Response(self.get_serializer(customer).data)

    def update(self, request: Request, pk: str) -> Response:
        """Same as PATCH."""
        return self.partial_update(request, pk)

    @extend_schema(summary="Erase a customer")
    def destroy(self, request: Request, pk: str) -> Response:
        """Erases e-mail and name permanently; the id and every usage stay."""
        customers.erase_customer(customer_id=self.get_object().id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


@contextmanager
def _existing_id_for_viewers(user: User) -> Iterator[None]:
    try:
        yield
    except Taken as taken:
        if not user.has_perm("discounts.view_customer"):
            taken.existing_id = None
        raise


class DiscountCampaigns(StrictCall, GenericViewSet):
    """Discounts, their terms and their budgets; newest first."""

    queryset = DiscountCampaign.objects.filter(archived_at__isnull=True)
    serializer_class = DiscountCampaignSerializer
    filterset_class = CampaignFilters

    def get_object(self) -> DiscountCampaign:
        try:
            campaign: DiscountCampaign = super().get_object()
        except Http404:
            raise NotFound("Campaign not found") from None
        return campaign

    @extend_schema(summary="List discount campaigns")
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        targets, now = targets_of(campaign.id for campaign in page), timezone.now()
        rows = [described(campaign, targets[campaign.id], now=now) for campaign in page]
        return self.get_paginated_response(rows)

    @extend_schema(
        summary="Create a discount campaign",
        request=WrittenDiscountCampaignSerializer,
        responses={201: DiscountCampaignSerializer},
    )
    def create(self, request: Request) -> Response:
        """Give either a percentage or a flat amount; a targeted campaign needs its customers."""
        values = read_body(WrittenDiscountCampaignSerializer(data=request.data))
        create = partial(create_campaign, values=values, now=timezone.now())
        campaign = DISCOUNT_CAMPAIGNS.created(by=caller(request), create=create)
        return _campaign(campaign, status.HTTP_201_CREATED)

    @extend_schema(summary="Show a discount campaign")
    def retrieve(self, request: Request, pk: str) -> Response:
        return _campaign(self.get_object())

    @extend_schema(
        summary="Change a discount campaign",
        request=WrittenDiscountCampaignSerializer(partial=True),
        responses=DiscountCampaignSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Only the fields sent are changed, and the result must be valid.

        More budget or a later end reactivates a campaign that was exhausted or had ended, never one
        that was switched off: set its status to active.
        """
        campaign = self.get_object()
        changes = read_body(
            WrittenDiscountCampaignSerializer(campaign, data=request.data, partial=True)
        )
        update = partial(
            update_campaign,
            campaign_id=campaign.id,
            changes=changes,
            now=timezone.now(),
        )
        return _campaign(
            history_of(changes).changed(by=caller(request), row=campaign, change=update)
        )

    @extend_schema(
        summary="Change a discount campaign (what is left out stays)",
        request=WrittenDiscountCampaignSerializer(partial=True),
        responses=DiscountCampaignSerializer,
    )
    def update(self, request: Request, pk: str) -> Response:
        """Same as PATCH."""
        return self.partial_update(request, pk)

    @extend_schema(summary="Delete a discount campaign")
    def destroy(self, request: Request, pk: str) -> Response:
        """A used campaign is archived instead: it disappears from the API, and its usages stay."""
        campaign = self.get_object()
        remove = partial(remove_campaign, campaign_id=campaign.id, now=timezone.now())
        DISCOUNT_CAMPAIGNS.changed(by=caller(request), row=campaign, change=remove)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _campaign(campaign: DiscountCampaign, status_code: int = status.HTTP_200_OK) -> Response:
    targets = targets_of([campaign.id])[campaign.id]
    return Response(described(campaign, targets, now=timezone.now()), status=status_code)


# --- Discount calls -------------------------------------------------------------------------


class Available(StrictCall, APIView):
    query_parameters = {"POST": ("explain",)}
    action_permissions = {"POST": ["discounts.find_discount"]}

    @extend_schema(
        summary="Ask which discounts a basket may get",
        request=BasketSerializer,
        responses=AvailableSerializer,
        parameters=[EXPLAIN_PARAMETER],
    )
    def post(self, request: Request) -> Response:
        """Changes and reserves nothing: applying decides again."""
        explain = _flag(request, "explain")
        asked = read_body(BasketSerializer(data=request.data))
        customer_id = asked.pop("customer_id")
        offers = queries.offers(
            customer_id=customer_id,
            basket=Basket(**asked),
            now=timezone.now(),
            with_refused=explain,
        )
        found = {kind.value: len(ranked) for kind, ranked in offers.by_type.items()}
        log.info("discounts_found", customer=customer_id, **found)
        return Response(described_offers(offers, explain=explain))


class Apply(StrictCall, APIView):
    action_permissions = {"POST": ["discounts.apply_discount"]}

    @extend_schema(
        summary="Apply a discount",
        request=ApplySerializer,
        responses=UsageSerializer,
        parameters=[KEY_PARAMETER],
    )
    def post(self, request: Request) -> Response:
        """Debits the campaign's budget; the last discount is the rest of it.

        400 with the reason as its code if the discount does not apply. 503 if the database was too
        busy: nothing was changed, and the call may be repeated.
        """
        key = read_idempotency_key(request.headers.get("Idempotency-Key"))
        asked = read_body(ApplySerializer(data=request.data))
        application = apply.Application(
            campaign_id=asked.pop("campaign_id"),
            customer_id=asked.pop("customer_id"),
            basket=Basket(**asked),
            user_id=request.user.id,
            idempotency_key=key,
        )
        usage = apply.apply_discount(application=application, now=timezone.now())
        if usage.applied_by_id == request.user.id:
            usage.applied_by = caller(request)  # Avoids a query for the name.
        return Response(UsageSerializer(usage).data)


class Cancel(StrictCall, APIView):
    action_permissions = {"POST": ["discounts.cancel_discount"]}

    @extend_schema(summary="Cancel a discount", request=CancelSerializer, responses=UsageSerializer)
    def post(self, request: Request) -> Response:
        """Credits the money and the customer's use of that day; repeating it changes nothing."""
        asked = read_body(CancelSerializer(data=request.data))
        usage = apply.cancel_usage(
            usage_id=asked["usage_id"], now=timezone.now(), cancelled_by_id=request.user.id
        )
        return Response(UsageSerializer(usage).data)


class History(StrictCall, APIView):
    query_parameters = {"GET": ("campaign_id", *PAGE_PARAMETERS)}
    action_permissions = {"GET": ["discounts.view_discountusage"]}

    @extend_schema(
        summary="List a customer's discounts",
        responses=HistorySerializer,
        parameters=[
            OpenApiParameter("customer_id", ID_SCHEMA, OpenApiParameter.PATH),
            CAMPAIGN_PARAMETER,
            *(
                OpenApiParameter(own["name"], own["schema"], description=own["description"])
                for own in (SKIP_PARAMETER, LIMIT_PARAMETER)
            ),
        ],
    )
    def get(self, request: Request, customer_id: str) -> Response:
        """Newest first, including cancelled ones; 404 if there are none."""
        usages = queries.usage_history(
            customer_id=_customer_id(customer_id), campaign_id=_campaign_id(request)
        )
        rows = UsageSerializer(read_page(usages, request), many=True).data
        # The body promises the number, however large it is.
        total = usages.count()
        return Response({"Count": total, "value": rows}, headers={"X-Total-Count": str(total)})


def _customer_id(text: str) -> int:
    try:
        return IdFilter.reader(text)
    except BadValue:
        raise NotFound("Customer not found") from None


def _campaign_id(request: Request) -> int | None:
    text = request.query_params.get("campaign_id", "")
    try:
        return IdFilter.reader(text) if text else None
    except BadValue as error:
        raise ValidationError({"campaign_id": [str(error)]}) from None


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "")
    if text not in ("", "true", "false"):
        raise ValidationError({name: ["Say true or false."]})
    return text == "true"
