"""The shape of a campaign's report in the API."""

from collections.abc import Mapping

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import IdField, MomentField
from reports.panels import Panels
from reports.periods import Step
from reports.rates import DIGITS
from reports.report import Report
from reports.verdict.decide import State, Verdict
from reports.verdict.sentences import choice_now
from tracking.hits.classify import Kind
from tracking.hits.mail_clients import Device

STATES = [state.value for state in State]
STEPS = [step.value for step in Step]
DEVICES = [device.value for device in Device]


class ByKindSerializer(serializers.Serializer):
    human = serializers.IntegerField()
    proxied = serializers.IntegerField()
    machine = serializers.IntegerField()


class FiguresSerializer(serializers.Serializer):
    """Contacts marked as not sent are in none of the numbers."""

    contacts = serializers.IntegerField()
    sent = serializers.IntegerField(
        help_text="Contacts whose minute of sending has come, or opened."
    )
    unique_opens = serializers.IntegerField(
        help_text="Contacts whose first counted open falls in the window."
    )
    unique_by_kind = serializers.SerializerMethodField(
        help_text="Opened contacts by the best kind of their opens, whatever the window."
    )
    opens = serializers.IntegerField(help_text="Counted opens in the window.")
    open_rate = serializers.FloatField(
        allow_null=True,
        help_text="Contacts first opened by a person in the window / sent; null where sent is 0.",
    )
    open_rate_with_machine = serializers.FloatField(
        allow_null=True, help_text="The same with contacts that only machines opened."
    )

    def get_unique_by_kind(self, figures) -> ByKindSerializer:
        return _by_kind(figures.unique_by_kind)


class GroupFiguresSerializer(FiguresSerializer):
    id = IdField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    ci_low = serializers.FloatField(
        allow_null=True,
        help_text="From here to `ci_high` the group's rate at the verdict's age may lie (Wilson, "
        "95 %); null where no age was reached.",
    )
    ci_high = serializers.FloatField(allow_null=True)
    probability_best = serializers.FloatField(
        allow_null=True,
        help_text="If you had to choose now. It moves around and is not the verdict; null while "
        "it is too early.",
    )


class VerdictSerializer(serializers.Serializer):
    """What may be said of the groups, of all time: the window does not matter."""

    state = serializers.ChoiceField(choices=STATES)
    text = serializers.CharField(help_text="The same in words.")
    leader = serializers.IntegerField(
        allow_null=True, help_text="The group with the most evidence; it leads if `state` says so."
    )
    age_minutes = serializers.IntegerField(
        allow_null=True, help_text="Since sending: the age at which rates are compared."
    )
    more_opens = serializers.IntegerField(
        allow_null=True, help_text="About how many are needed until a call; null where unknown."
    )
    choice_now = serializers.CharField(allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField())


COUNTS = {"type": "array", "items": {"type": "integer"}}


class WindowSerializer(serializers.Serializer):
    since = MomentField(allow_null=True)
    until = MomentField(allow_null=True)


@extend_schema_field(COUNTS)
class CountsField(serializers.ListField):
    child = serializers.IntegerField()


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


FIGURES = {
    "contacts": 5000,
    "sent": 4000,
    "unique_opens": 964,
    "unique_by_kind": {"human": 610, "proxied": 354, "machine": 276},
    "opens": 1311,
    "open_rate": 0.241,
    "open_rate_with_machine": 0.31,
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
            **FIGURES,
            "ci_low": 0.228,
            "ci_high": 0.254,
            "probability_best": 0.984537,
        }
    ],
    "verdict": {
        "state": "likely_better",
        "text": "B is likely better: 24.1% against 20.3% opened within 4 h of sending.",
        "leader": 3,
        "age_minutes": 240,
        "more_opens": None,
        "choice_now": choice_now("B", 0.984537),
        "warnings": [],
    },
    "series": {
        "step": "hour",
        "groups": [2],
        "points": [{"at": "2026-03-02T09:00:00Z", "opens": [1311], "unique_opens": [964]}],
    },
    "clients": [{"family": "Gmail", "opens": 1311, "share": 1.0}],
    "devices": [{"device": "proxy", "opens": 1311, "share": 1.0}],
    "opens_by_kind": {"human": 0, "proxied": 1311, "machine": 402},
    "heatmap": [[0] * 9 + [1311] + [0] * 14, *[[0] * 24] * 6],
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
    heatmap = serializers.ListField(
        child=CountsField(),
        help_text="Opens by weekday (Monday first) and hour, in the project's time zone.",
    )


def report_data(report: Report) -> dict[str, object]:
    groups = [
        {
            "id": row.group.id,
            "number": row.group.number,
            "name": row.group.name,
            **FiguresSerializer(row.figures).data,
            **_standing(report.verdict, row.group.id),
        }
        for row in report.groups
    ]
    return {
        "window": {"since": report.window.since, "until": report.window.until},
        "machine": report.totals.machine,
        "totals": FiguresSerializer(report.totals).data,
        "verdict": VerdictSerializer(report.verdict).data,
        "groups": groups,
        **_panels_data(report.panels, [group["id"] for group in groups]),
    }


def _standing(verdict: Verdict, group_id: int) -> dict[str, float | None]:
    today = verdict.ranges.get(group_id)
    best = (verdict.probability_best or {}).get(group_id)
    return {
        "ci_low": None if today is None else round(today.low, DIGITS),
        "ci_high": None if today is None else round(today.high, DIGITS),
        "probability_best": None if best is None else round(best, DIGITS),
    }


def _panels_data(panels: Panels, group_ids: list[int]) -> dict[str, object]:
    points = [
        {
            "at": point.at,
            "opens": [point.opens.get(group_id, 0) for group_id in group_ids],
            "unique_opens": [point.unique_opens.get(group_id, 0) for group_id in group_ids],
        }
        for point in panels.series.points
    ]
    return {
        "series": {"step": panels.series.step.value, "groups": group_ids, "points": points},
        "clients": _shares(panels.clients, "family"),
        "devices": _shares(panels.devices, "device"),
        "opens_by_kind": _by_kind(panels.kinds),
        "heatmap": panels.heatmap,
    }


def _by_kind(counted: Mapping[Kind, int]) -> dict[str, int]:
    return {kind.name.lower(): counted[kind] for kind in reversed(Kind)}


def _shares(counted: list[tuple[str, int]], name: str) -> list[dict[str, object]]:
    total = sum(opens for _, opens in counted)
    return [
        {name: str(value), "opens": opens, "share": round(opens / total, DIGITS)}
        for value, opens in counted
    ]
