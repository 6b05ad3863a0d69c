"""The response format of one campaign, with what somebody should decide about it."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.shapes.campaigns import CAMPAIGN, CAMPAIGN_ANSWER, CampaignSerializer, example
from campaigns.models import Campaign
from consent.undecided import NOTICE, notices_of


@extend_schema_serializer(
    examples=[
        example("A campaign to send", CAMPAIGN, request_only=True),
        example("A campaign", {**CAMPAIGN_ANSWER, "notices": []}, response_only=True),
        example(
            "Before anybody decided", {**CAMPAIGN_ANSWER, "notices": [NOTICE]}, response_only=True
        ),
    ]
)
class OneCampaignSerializer(CampaignSerializer):
    """A campaign by itself."""

    notices = serializers.SerializerMethodField(
        help_text="What somebody should decide: whether people who were never asked may be "
        "measured, as long as neither NEVER_ASKED nor TRACKING_MODE is set, nor a mode of the "
        "campaign."
    )

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_notices(self, campaign: Campaign) -> list[str]:
        return notices_of(campaign)
