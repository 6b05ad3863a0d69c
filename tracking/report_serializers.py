"""The shape of a campaign's report in the API."""

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from pixeltrack.api_fields import IdField, MomentField
from tracking.classify import Kind
from tracking.panels import Panels
from tracking.periods import Step
from tracking.queries import Report

SHARE_DIGITS = 6


class ByKindSerializer(serializers.Serializer):
    human = serializers.IntegerField()
    proxied = serializers.IntegerField()
    machine = serializers.IntegerField()


class FiguresSerializer(serializers.Serializer):
    """Contacts marked as not sent are in none of the numbers."""

    contacts = serializers.IntegerField()
    sent = serializers.IntegerField(help_text="Contacts due by now, or opened.")
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
        return {kind.name.lower(): figures.unique_by_kind[kind] for kind in reversed(Kind)}


class GroupFiguresSerializer(FiguresSerializer):
    id = IdField()
    number = serializers.IntegerField()
    name = serializers.CharField()


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
    step = serializers.ChoiceField(choices=[step.value for step in Step])
    groups = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of groups.")
    points = PointSerializer(many=True, help_text="Without gaps, oldest first.")


class ClientSerializer(serializers.Serializer):
    family = serializers.CharField(help_text="The mail client's name.")
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
    "groups": [{"id": 2, "number": 1, "name": "A", **FIGURES}],
    "series": {
        "step": "hour",
        "groups": [2],
        "points": [{"at": "2026-03-02T09:00:00Z", "opens": [1311], "unique_opens": [964]}],
    },
    "clients": [{"family": "Gmail", "opens": 1311, "share": 1.0}],
    "heatmap": [[0] * 9 + [1311] + [0] * 14, *[[0] * 24] * 6],
}


@extend_schema_serializer(examples=[OpenApiExample("A campaign with one group", value=EXAMPLE)])
class ReportSerializer(serializers.Serializer):
    window = WindowSerializer(help_text="The whole hours that the report covers.")
    machine = serializers.BooleanField(help_text="Whether machine opens are counted too.")
    totals = FiguresSerializer()
    groups = GroupFiguresSerializer(many=True, help_text="By number, archived ones included.")
    series = SeriesSerializer()
    clients = ClientSerializer(many=True, help_text="Most opens first.")
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
        }
        for row in report.groups
    ]
    return {
        "window": {"since": report.window.since, "until": report.window.until},
        "machine": report.totals.machine,
        "totals": FiguresSerializer(report.totals).data,
        "groups": groups,
        **_panels_data(report.panels, [group["id"] for group in groups]),
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
    total = sum(opens for _, opens in panels.clients)
    return {
        "series": {"step": panels.series.step.value, "groups": group_ids, "points": points},
        "clients": [
            {"family": family, "opens": opens, "share": round(opens / total, SHARE_DIGITS)}
            for family, opens in panels.clients
        ],
        "heatmap": panels.heatmap,
    }
