"""The API of campaigns and groups."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

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
from api.filters.campaigns import CampaignFilters, GroupFilters
from api.shapes.campaigns import CampaignSerializer, GroupSerializer
from api.shapes.contact_calls import RescheduledSerializer, RescheduleSerializer
from api.shapes.one_campaign import OneCampaignSerializer
from api.shapes.plan import MixedSerializer, PlanQuerySerializer, PlanSerializer, plan_shown
from api.shapes.winner import GivenSerializer, WinnerSerializer
from campaigns import services
from campaigns.duplicating import duplicate_campaign
from campaigns.history import CAMPAIGNS, GROUPS, duplicated, note_on_group
from campaigns.models import Campaign, Group
from campaigns.queries import rest_of
from contacts.schedules import winner
from contacts.schedules.mixing import start_mixing
from contacts.schedules.reschedule import reschedule_group, reschedule_in_words
from contacts.tasks import enqueue_mixing
from foundation.audit_log import note
from foundation.errors import InvalidInput
from reports.planner.plan import Question, plan_campaign

T = TypeVar("T")
CONFIRMED = "last_day_confirmed"


@extend_schema_view(
    list=extend_schema(summary="List campaigns", responses=CampaignSerializer(many=True)),
    retrieve=extend_schema(summary="Show a campaign"),
    update=extend_schema(
        summary="Change a campaign (what is left out stays)",
        request=OneCampaignSerializer(partial=True),
    ),
    partial_update=extend_schema(summary="Change a campaign"),
)
class EmailCampaigns(StrictCall, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Mailings whose opens are compared between their groups; newest start first."""

    queryset = Campaign.objects.all()
    serializer_class = OneCampaignSerializer
    filterset_class = CampaignFilters
    query_parameters = {"plan": ("difference", "rate")}
    action_permissions = {
        "unarchive": ["campaigns.change_campaign"],
        "duplicate": ["campaigns.view_campaign", "campaigns.add_campaign", "campaigns.add_group"],
        "mix_schedule": ["campaigns.change_contact"],
        "plan": ["campaigns.view_campaign", "tracking.view_report"],
        "winner": ["campaigns.change_contact", "tracking.view_report"],
    }

    def get_serializer_class(self) -> type[CampaignSerializer]:
        # A list would repeat the notices with each campaign.
        return CampaignSerializer if self.action == "list" else OneCampaignSerializer

    @extend_schema(summary="Create a campaign")
    def create(self, request: Request) -> Response:
        """A campaign is created without groups: create those next."""
        values = read_body(self.get_serializer(data=request.data))
        confirmed = values.pop(CONFIRMED, False)
        create = partial(
            services.create_campaign,
            created_by=caller(request),
            values=values,
            last_day_confirmed=confirmed,
        )
        campaign = CAMPAIGNS.created(by=caller(request), create=create)
        return Response(self.get_serializer(campaign).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Only the fields sent are changed."""
        changes = read_body(self.get_serializer(data=request.data, partial=True))
        confirmed = changes.pop(CONFIRMED, False)
        change = partial(services.update_campaign, changes=changes, last_day_confirmed=confirmed)
        campaign = self._changed(partial(change, now=timezone.now()))
        return Response(self.get_serializer(campaign).data)

    def update(self, request: Request, pk: str) -> Response:
        """Same as PATCH."""
        return self.partial_update(request, pk)

    @extend_schema(summary="Archive a campaign")
    def destroy(self, request: Request, pk: str) -> Response:
        """Removes it from the lists and frees its name; contacts and counts stay."""
        self._changed(partial(services.archive_campaign, now=timezone.now()))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary="Unarchive a campaign", request=None)
    @action(detail=True, methods=["post"])
    def unarchive(self, request: Request, pk: str) -> Response:
        """Restores it to the lists; 400 if its name was taken meanwhile."""
        campaign = self._changed(services.unarchive_campaign)
        return Response(self.get_serializer(campaign).data)

    @extend_schema(
        summary="Duplicate a campaign",
        request=None,
        responses={status.HTTP_201_CREATED: OneCampaignSerializer},
    )
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, pk: str) -> Response:
        """Creates a campaign with its settings, and its groups that are not archived.

        The copy is called "Spring (copy)", or "Spring (copy 2)" where that is taken. It starts
        tomorrow, lasts as long, and has neither a cut-off, contacts nor pixels. Its modes are never
        wider than what the installation allows, and `last_day`, which has to be confirmed, becomes
        `shared`. Each call makes another copy.
        """
        campaign, by = self.get_object(), caller(request)
        duplicate = partial(
            duplicate_campaign, campaign_id=campaign.id, created_by=by, now=timezone.now()
        )
        copy = duplicated(by=by, source=campaign, duplicate=duplicate)
        return Response(self.get_serializer(copy).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Mix a campaign's schedule", request=None, responses=MixedSerializer)
    @action(detail=True, methods=["post"], url_path="mix-schedule")
    def mix_schedule(self, request: Request, pk: str) -> Response:
        """Deals the due times of its contacts anew, so that all groups lie evenly over them.

        As many mails leave at each time as before. Who is due within 15 minutes, opened or marked
        as not sent stays; without two groups to mix it is refused (`nothing_to_mix`). Download the
        merge list again afterwards: times have changed. A call works for 10 seconds or so; what is
        `left` then, or as the database is busy, goes on in the background, and so do all of more
        than 100,000 contacts: until the campaign's `mixing_since` is null times go on changing.
        Mixing twice changes nothing.
        """
        campaign = self.get_object()
        mixed = start_mixing(campaign_id=campaign.id, clock=timezone.now, enqueue=enqueue_mixing)
        if mixed.sentence:
            note(by=caller(request), rows=[campaign], sentence=mixed.sentence)
        return Response(MixedSerializer(mixed).data)

    @extend_schema(
        summary="Plan a campaign: what its groups will find",
        parameters=[PlanQuerySerializer],
        responses=PlanSerializer,
    )
    @action(detail=True, methods=["get"])
    def plan(self, request: Request, pk: str) -> Response:
        """What the groups at hand will find four times in five, and what a difference needs.

        Shares are percentages, differences percentage points. Without `rate` it is that of past
        mailings at `decision_age`.
        """
        asked = read_body(PlanQuerySerializer(data=request.query_params.dict()))
        campaign = self.get_object()
        groups = list(campaign.groups.order_by("number"))
        question = Question(**{name: float(value) / 100 for name, value in asked.items()})
        plan = plan_campaign(campaign, groups, question=question, now=timezone.now())
        return Response(PlanSerializer(plan_shown(plan)).data)

    @extend_schema(
        summary="Give the winner to the rest", request=WinnerSerializer, responses=GivenSerializer
    )
    @action(detail=True, methods=["post"])
    def winner(self, request: Request, pk: str) -> Response:
        """Makes the contacts of the rest due, for the e-mail of the group that was called.

        Possible once a group was called or it was decided; `preliminary` says that only watching
        called it so far. The rest comes into the merge list and is reported by itself; it never
        enters the verdict. Repeating the call changes nothing, and another winner is refused
        (`already_given`), and so is a first due time outside the campaign's dates unless
        `allow_outside_dates` is true (`outside_dates`); other codes are `no_rest`, `undecided`,
        `no_winner`, `empty` and `archived`. While `finished` is false, contacts of a large rest
        still get their due times: that goes on by itself.
        """
        asked = read_body(WinnerSerializer(data=request.data))
        rest = rest_of(self.get_object().id)
        if rest is None:
            raise InvalidInput(winner.NO_REST, code="no_rest")
        now = timezone.now()
        choose = partial(
            winner.choose_winner,
            rest_id=rest.id,
            winner_id=asked.get("winner"),
            start_at=asked.get("start_at"),
            allow_outside_dates=asked["allow_outside_dates"],
            now=now,
        )
        GROUPS.changed(by=caller(request), row=rest, change=choose)
        winner.schedule_rest(rest_id=rest.id, now=now)
        return Response(GivenSerializer(rest_of(rest.campaign_id)).data)

    def _changed(self, change: Callable[..., T]) -> T:
        campaign = self.get_object()
        change = partial(change, campaign_id=campaign.id)
        return CAMPAIGNS.changed(by=caller(self.request), row=campaign, change=change)


@extend_schema_view(
    list=extend_schema(summary="List groups"),
    retrieve=extend_schema(summary="Show a group"),
    update=extend_schema(
        summary="Change a group (what is left out stays)",
        request=GroupSerializer(partial=True),
    ),
    partial_update=extend_schema(summary="Change a group"),
)
class Groups(StrictCall, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """The groups of campaigns, by campaign and number."""

    queryset = Group.objects.all()
    serializer_class = GroupSerializer
    filterset_class = GroupFilters
    action_permissions = {
        "unarchive": ["campaigns.change_group"],
        "reschedule": ["campaigns.change_contact"],
    }

    @extend_schema(summary="Create a group")
    def create(self, request: Request) -> Response:
        """Its number and its name are unique in the campaign."""
        values = read_body(self.get_serializer(data=request.data))
        campaign_id = values.pop("campaign_id")
        create = partial(services.create_group, campaign_id=campaign_id, values=values)
        group = GROUPS.created(by=caller(request), create=create)
        return Response(self.get_serializer(group).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Only the fields sent are changed; a group never moves to another campaign."""
        changes = read_body(self.get_serializer(data=request.data, partial=True))
        group = self._changed(partial(services.update_group, changes=changes))
        return Response(self.get_serializer(group).data)

    def update(self, request: Request, pk: str) -> Response:
        """Same as PATCH."""
        return self.partial_update(request, pk)

    @extend_schema(summary="Archive a group")
    def destroy(self, request: Request, pk: str) -> Response:
        """Removes it from the lists; it accepts no new contacts and stays in reports."""
        self._changed(partial(services.archive_group, now=timezone.now()))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary="Unarchive a group", request=None)
    @action(detail=True, methods=["post"])
    def unarchive(self, request: Request, pk: str) -> Response:
        """Restores it to the lists."""
        group = self._changed(services.unarchive_group)
        return Response(self.get_serializer(group).data)

    @extend_schema(
        summary="Reschedule a group's contacts",
        request=RescheduleSerializer,
        responses=RescheduledSerializer,
    )
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: str) -> Response:
        """Sets or shifts the schedule of every contact of the group that was not opened yet.

        Whoever is due already counts as mailed again, and leaves the report's verdict then.
        """
        asked = read_body(RescheduleSerializer(data=request.data))
        minutes = asked.get("shift_minutes")
        group = self.get_object()
        at = asked.get("scheduled_at")
        shift = None if minutes is None else timedelta(minutes=minutes)
        outcome = reschedule_group(
            group_id=group.id, now=timezone.now(), scheduled_at=at, shift=shift
        )
        sentence = reschedule_in_words(scheduled_at=at, shift=shift)
        note_on_group(by=caller(request), group=group, sentence=sentence)
        return Response(RescheduledSerializer(outcome).data)

    def _changed(self, change: Callable[..., T]) -> T:
        group = self.get_object()
        change = partial(change, group_id=group.id)
        return GROUPS.changed(by=caller(self.request), row=group, change=change)
