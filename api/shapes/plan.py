"""The request and response formats of planning a campaign, and of mixing its schedule."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api.base.fields import FormDecimalField, IdField
from api.shapes.campaigns import example
from reports.planner.expected import RateFrom
from reports.planner.plan import Plan

SOURCES = [source.value for source in RateFrom]
DIGITS = 4


class PlanQuerySerializer(serializers.Serializer):
    difference = FormDecimalField(
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text="How many percentage points one group is to be above all others: 0.01 to 100. "
        "Left out, a tenth of the rate.",
    )
    rate = FormDecimalField(
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text="The percentage that will open up to `decision_age`: 0.1 to 100. "
        "Left out, past mailings' own.",
    )


class PlannedGroupSerializer(serializers.Serializer):
    id = IdField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    planned_share = serializers.FloatField(
        help_text="A percentage of all contacts, those of the rest and the control group included."
    )
    contacts = serializers.IntegerField(
        help_text="Scheduled ones up to the cut-off who may be measured: the plan is about these."
    )
    unmeasured = serializers.IntegerField(
        help_text="Scheduled ones up to the cut-off who may not be measured."
    )
    late = serializers.IntegerField(help_text="Due after the cut-off: they are not decided on.")
    unscheduled = serializers.IntegerField(help_text="They take no part.")


class ApartSerializer(serializers.Serializer):
    """Two groups whose opens could not be compared: mix the schedule."""

    earlier = IdField(help_text="The group that is sent to earlier.")
    later = IdField()
    minutes = serializers.FloatField(help_text="By how much, on average.")


PLAN = {
    "decision_age": 4320,
    "rate": 20.3,
    "rate_from": "past",
    "past_mailings": 4,
    "groups": [
        {
            "id": id_,
            "number": id_,
            "name": name,
            "planned_share": 50.0,
            "contacts": 1500,
            "unmeasured": 0,
            "late": 0,
            "unscheduled": 0,
        }
        for id_, name in ((1, "Short subject"), (2, "Long subject"))
    ],
    "smallest_difference": 4.4143,
    "difference": 2.0,
    "chance": 0.246,
    "contacts_needed": 14_200,
    "apart": [{"earlier": 1, "later": 2, "minutes": 9.0}],
    "sentences": [
        "Short subject is sent 9 minutes before Long subject on average: their opens could not be "
        "compared.",
        "In the last 4 mailings 20.3% opened within 72 h of sending.",
        "With 2 x 1,500 contacts and 20.3% opening you will see a difference of 4.5 points four "
        "times in five.",
    ],
}


@extend_schema_serializer(examples=[example("Two groups, of which one is sent earlier", PLAN)])
class PlanSerializer(serializers.Serializer):
    """Percentages and percentage points, except for `chance`."""

    decision_age = serializers.IntegerField(
        help_text="In minutes after sending; the pages call it “Decides after”."
    )
    rate = serializers.FloatField(help_text="The percentage that is expected to open by then.")
    rate_from = serializers.ChoiceField(
        choices=SOURCES,
        help_text="past: of past mailings; given: as the call says; assumed: there is none.",
    )
    past_mailings = serializers.IntegerField(help_text="How many the rate is of.")
    groups = PlannedGroupSerializer(many=True)
    smallest_difference = serializers.FloatField(
        allow_null=True,
        help_text="That the contacts at hand find four times in five, whichever group is better; "
        "null where there is none.",
    )
    difference = serializers.FloatField(allow_null=True, help_text="That is asked about.")
    chance = serializers.FloatField(
        allow_null=True,
        help_text="From 0 to 1, that the contacts at hand find it; null without two groups of "
        "at least 50.",
    )
    contacts_needed = serializers.IntegerField(
        allow_null=True,
        help_text="In the compared groups together, split as planned, to find it four times in "
        "five; rounded up to three digits. The rest and the control group come on top.",
    )
    apart = ApartSerializer(many=True)
    sentences = serializers.ListField(child=serializers.CharField())


def plan_shown(plan: Plan) -> dict[str, object]:
    """The fields of a plan."""
    return {
        "decision_age": plan.decision_age,
        "rate": _percent(plan.rate.share),
        "rate_from": plan.rate.source,
        "past_mailings": plan.rate.mailings,
        "groups": [
            {
                "id": group.id,
                "number": group.number,
                "name": group.name,
                "planned_share": _percent(part),
                "contacts": group.contacts,
                "unmeasured": group.unmeasured,
                "late": group.late,
                "unscheduled": group.unscheduled,
            }
            for group, part in zip(plan.groups, plan.parts, strict=True)
        ],
        "smallest_difference": _percent(plan.smallest_difference),
        "difference": _percent(plan.wished),
        "chance": None if plan.chance is None else round(plan.chance, DIGITS),
        "contacts_needed": plan.contacts_needed,
        "apart": [
            {
                "earlier": pair.earlier.id,
                "later": pair.later.id,
                "minutes": round(pair.minutes, 1),
            }
            for pair in plan.apart
        ],
        "sentences": plan.warnings + plan.sentences,
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, DIGITS)


@extend_schema_serializer(examples=[example("All at once", {"moved": 2930, "left": 0})])
class MixedSerializer(serializers.Serializer):
    moved = serializers.IntegerField(help_text="Contacts that got another time in this call.")
    left = serializers.IntegerField(help_text="Contacts that may still be moved in the background.")
