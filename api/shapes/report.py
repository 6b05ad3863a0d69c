"""The response format of a campaign's report, `reports.data.ReportData`."""

from collections.abc import Sequence

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import IdField, MomentField
from campaigns.roles import Role
from reports.periods import Step
from reports.verdict.experiment import GuardRail
from reports.verdict.states import State
from reports.verdict.wording import choice_now
from tracking.hits.mail_clients import Device

ROLES = [role.value for role in Role]
STATES = [state.value for state in State]
GUARD_RAILS = [rail.value for rail in GuardRail]
STEPS = [step.value for step in Step]
DEVICES = [device.value for device in Device]


class ByKindSerializer(serializers.Serializer):
    human = serializers.IntegerField()
    proxied = serializers.IntegerField()
    machine = serializers.IntegerField()


class FiguresSerializer(serializers.Serializer):
    """Contacts marked as not sent are excluded from all numbers."""

    contacts = serializers.IntegerField()
    sent = serializers.IntegerField(help_text="Contacts that are due or were opened.")
    unique_opens = serializers.IntegerField(
        help_text="Contacts whose first counted open is in the window."
    )
    unique_by_kind = ByKindSerializer(
        read_only=True,
        help_text="Opened contacts by the best kind of their opens, whatever the window.",
    )
    opens = serializers.IntegerField(help_text="Counted opens in the window.")
    open_rate = serializers.FloatField(
        allow_null=True,
        help_text="Contacts first opened by a person in the window / measured; null where measured "
        "is 0.",
    )
    open_rate_with_machine = serializers.FloatField(
        allow_null=True, help_text="The same with contacts that only machines opened."
    )
    measured = serializers.IntegerField(
        help_text="Contacts sent to who could be measured when they were due: rates are of them."
    )
    open_rate_of_all_min = serializers.FloatField(
        allow_null=True,
        help_text="The least that open_rate may be of all sent to, of all time: if nobody was "
        "opened of whom it is not known. Null in a window, and where sent is 0.",
    )
    open_rate_of_all_max = serializers.FloatField(
        allow_null=True,
        help_text="The most that it may be, machines counted: if everybody was opened of whom it "
        "is not known, those who withdrew since among them.",
    )


class _NamedGroupSerializer(serializers.Serializer):
    id = IdField()
    number = serializers.IntegerField()
    name = serializers.CharField()


class GroupFiguresSerializer(_NamedGroupSerializer, FiguresSerializer):
    role = serializers.ChoiceField(
        choices=ROLES,
        help_text="A control group gets no mail and is in no total: nothing is sent to it.",
    )
    opened_unmailed = serializers.IntegerField(
        help_text="Of a control group: contacts that were opened all the same, in no other number."
    )
    winner = IdField(
        allow_null=True,
        help_text="Of the rest: the group whose e-mail it gets, null while it waits.",
    )
    winner_given_at = MomentField(
        allow_null=True, help_text="When all contacts of the rest had their due times."
    )
    winner_preliminary = serializers.BooleanField(
        help_text="Whether nothing was decided yet when the winner was chosen."
    )
    winner_confirmed = serializers.BooleanField(
        allow_null=True,
        help_text="Whether the decision then found the same group; null where either is not so.",
    )
    rate_at_age = serializers.FloatField(
        allow_null=True,
        help_text="The rate that is compared: at the verdict's age. Null if none was reached.",
    )
    ci_low = serializers.FloatField(
        allow_null=True,
        help_text="The lower end of its 95% interval (Wilson); `ci_high` is the upper one.",
    )
    ci_high = serializers.FloatField(allow_null=True)
    probability_best = serializers.FloatField(
        allow_null=True,
        help_text="The probability of the highest rate. It fluctuates and is not the verdict; null "
        "while it is too early.",
    )


class RatioSerializer(serializers.Serializer):
    """The share of one group is from `low` to `high` times that of another (96%)."""

    group = IdField()
    over = IdField()
    low = serializers.FloatField()
    high = serializers.FloatField(allow_null=True, help_text="Null where it has no end.")


class StopSerializer(serializers.Serializer):
    """A group with clearly more of what nobody wants; its sentence is in `warnings`."""

    group = IdField()
    guard_rail = serializers.ChoiceField(
        source="rail",
        choices=GUARD_RAILS,
        help_text="Of contacts after their due time. It decides nothing.",
    )


class VerdictSerializer(serializers.Serializer):
    """The verdict on the groups, of all time: the window does not matter."""

    state = serializers.ChoiceField(choices=STATES)
    text = serializers.CharField(help_text="The same in words.")
    leader = serializers.IntegerField(
        allow_null=True,
        help_text="The group that was called, or is ahead where `state` is `promising`; once it is "
        "decided, the group that was found then, if any was.",
    )
    preliminary = serializers.BooleanField(
        help_text="Whether it was called by watching and is not decided yet."
    )
    confirmed = serializers.BooleanField(
        allow_null=True,
        help_text="Whether the decision found what watching had called; null where either is "
        "missing.",
    )
    decides_at = MomentField(
        allow_null=True,
        help_text="By what is planned now until an hour after the first contacts are due; null "
        "where nothing is planned, and once it is decided.",
    )
    age_minutes = serializers.IntegerField(
        allow_null=True,
        help_text="The minutes since sending after which rates are compared: "
        "`decision_age` once it is decided.",
    )
    ratios = RatioSerializer(
        many=True, help_text="Of every two groups that are large enough, once it is decided."
    )
    choice_now = serializers.CharField(allow_null=True)
    stops = StopSerializer(
        many=True,
        help_text="Groups not to go on with: bounces, withdrawals, complaints, withdrawn consent.",
    )
    warnings = serializers.ListField(
        child=serializers.CharField(),
        help_text="What to know beside it, such as a group that is left out.",
    )


COUNTS = {"type": "array", "items": {"type": "integer"}}


class WindowSerializer(serializers.Serializer):
    since = MomentField(allow_null=True)
    until = MomentField(allow_null=True)


@extend_schema_field(COUNTS)
class CountsField(serializers.ListField):
    child = serializers.IntegerField()

    def to_representation(self, counts: Sequence[int]) -> list[int]:
        """Unchanged: a report has thousands of them."""
        return list(counts)


class PointSerializer(serializers.Serializer):
    at = MomentField(help_text="The start of the step.")
    opens = CountsField(help_text="By group, in the order of `groups`.")
    unique_opens = CountsField(help_text="Contacts first opened in the step, by group.")


class SeriesSerializer(serializers.Serializer):
    step = serializers.ChoiceField(choices=STEPS)
    groups = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of groups.")
    points = PointSerializer(many=True, help_text="Without gaps, oldest first.")


@extend_schema_serializer(component_name="ClientShare")
class ClientSerializer(serializers.Serializer):
    family = serializers.CharField(help_text="The mail client's name.")
    opens = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of all opens in the report.")


@extend_schema_serializer(component_name="DeviceShare")
class DeviceSerializer(serializers.Serializer):
    device = serializers.ChoiceField(
        choices=DEVICES,
        help_text="`phone` is a phone or tablet; an image proxy, or a machine, hides the device.",
    )
    opens = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of all opens in the report.")


class SharedGroupSerializer(serializers.Serializer):
    group = IdField()
    loads = ByKindSerializer()


class SharedClientSerializer(serializers.Serializer):
    family = serializers.CharField(
        help_text="The mail client's name; Other has those with fewer than 10 loads in an hour."
    )
    loads = serializers.IntegerField()


class SharedSerializer(serializers.Serializer):
    """Loads of shared pixels: no opens, in no other number, and of whole days alone."""

    since = MomentField(allow_null=True, help_text="Null is from the first load on.")
    until = MomentField(
        allow_null=True,
        help_text="The start of today, or of the window's last day; null if no day of the window "
        "is over.",
    )
    groups = SharedGroupSerializer(many=True, help_text="Those that have a shared pixel.")
    clients = SharedClientSerializer(many=True, help_text="Most loads first.")


FIGURES = {
    "contacts": 5000,
    "sent": 4000,
    "unique_opens": 964,
    "unique_by_kind": {"human": 610, "proxied": 354, "machine": 276},
    "opens": 1311,
    "open_rate": 0.241,
    "open_rate_with_machine": 0.31,
    "measured": 4000,
    "open_rate_of_all_min": 0.241,
    "open_rate_of_all_max": 0.31,
}


EXAMPLE = {
    "window": {"since": "2026-03-02T09:00:00Z", "until": None},
    "machine": False,
    "totals": FIGURES,
    "groups": [
        {
            "id": 2,
            "number": 1,
            "name": "A",
            "role": "variant",
            "winner": None,
            "winner_given_at": None,
            "winner_preliminary": False,
            "winner_confirmed": None,
            "opened_unmailed": 0,
            **FIGURES,
            "rate_at_age": 0.241,
            "ci_low": 0.228,
            "ci_high": 0.254,
            "probability_best": 0.984537,
        }
    ],
    "verdict": {
        "state": "better",
        "text": "B is likely better so far: opened sooner, 24.1% against 20.3% within 4 h of "
        "sending. Decides on Thursday, 14:00.",
        "leader": 3,
        "preliminary": True,
        "confirmed": None,
        "decides_at": "2026-03-05T14:00:00Z",
        "age_minutes": 240,
        "ratios": [],
        "choice_now": choice_now("B", 0.984537),
        "stops": [{"group": 2, "guard_rail": "bounces"}],
        "warnings": ["Stop A: more of its mails bounce, 4.0% against 1.0%."],
    },
    "series": {
        "step": "hour",
        "groups": [2],
        "points": [{"at": "2026-03-02T09:00:00Z", "opens": [1311], "unique_opens": [964]}],
    },
    "clients": [{"family": "Gmail", "opens": 1311, "share": 1.0}],
    "devices": [{"device": "proxy", "opens": 1311, "share": 1.0}],
    "opens_by_kind": {"human": 0, "proxied": 1311, "machine": 402},
    "shared": {
        "since": None,
        "until": "2026-03-05T00:00:00Z",
        "groups": [{"group": 2, "loads": {"human": 212, "proxied": 97, "machine": 40}}],
        "clients": [{"family": "Gmail", "loads": 97}, {"family": "Other", "loads": 212}],
    },
    "heatmap": [[0] * 9 + [1311] + [0] * 14, *[[0] * 24] * 6],
    "forgotten": 0,
}


@extend_schema_serializer(examples=[OpenApiExample("A campaign with one group", value=EXAMPLE)])
class ReportSerializer(serializers.Serializer):
    window = WindowSerializer(help_text="The whole quarters of an hour that the report covers.")
    machine = serializers.BooleanField(help_text="Whether machine opens are counted too.")
    totals = FiguresSerializer()
    verdict = VerdictSerializer()
    groups = GroupFiguresSerializer(many=True, help_text="By number, archived ones included.")
    series = SeriesSerializer()
    clients = ClientSerializer(many=True, help_text="Most opens first.")
    devices = DeviceSerializer(many=True, help_text="Most opens first.")
    opens_by_kind = ByKindSerializer(help_text="Opens in the window, whatever `machine`.")
    shared = SharedSerializer(
        allow_null=True,
        help_text="Loads of shared pixels, which stand beside; null where no group has one.",
    )
    heatmap = serializers.ListField(
        child=CountsField(),
        help_text="Opens by weekday (Monday first) and hour, in the project's time zone.",
    )
    forgotten = serializers.IntegerField(
        help_text="People of whom what was measured was removed; they are in no rate."
    )
