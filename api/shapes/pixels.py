"""The request and response formats of pixels and opens."""

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api.base.fields import IdField, MomentField, NumberField, UuidField
from api.filters.tracking import KINDS
from contacts.limits import LARGEST_PIXEL_NUMBER
from contacts.pixels.links import pixel_html, pixel_url
from tracking.models import Pixel

PIXEL = {
    "uuid": "0b7a3c52-9d7e-4f3b-8a56-3f6f0a4f2d11",
    "contact": "6f1c2a1e-58cc-4372-a567-0e02b2c3d479",
    "number": 1,
}
URL = f"https://mail.example.com/pixel/{PIXEL['uuid']}.gif"


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A pixel to send",
            value={"contact": PIXEL["contact"], "number": 1},
            request_only=True,
        ),
        OpenApiExample(
            "A pixel",
            value={
                **PIXEL,
                "url": URL,
                "html": f'<img src="{URL}" width="1" height="1" alt="">',
                "created_at": "2026-02-20T10:15:00Z",
            },
            response_only=True,
        ),
    ]
)
class PixelSerializer(serializers.Serializer):
    uuid = UuidField(required=False, help_text="Generated if left out; it never changes.")
    contact = UuidField(source="contact_id", help_text="It never changes.")
    number = NumberField(
        min_value=1, max_value=LARGEST_PIXEL_NUMBER, help_text="Tells a contact's pixels apart."
    )
    url = serializers.SerializerMethodField(help_text="What the e-mail loads.")
    html = serializers.SerializerMethodField(help_text="The tag to put into the e-mail.")
    created_at = MomentField(read_only=True)

    def get_url(self, pixel: Pixel) -> str:
        return pixel_url(pixel.uuid, base=settings.PUBLIC_URL)

    def get_html(self, pixel: Pixel) -> str:
        return pixel_html(pixel.uuid, base=settings.PUBLIC_URL)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Opened in Gmail",
            value={
                "event_id": "9c1f6b1e-0d6c-4e5e-9a1b-5d2f3c4b5a69",
                "contact": PIXEL["contact"],
                "pixel": PIXEL["uuid"],
                "group": 2,
                "opened_at": "2026-03-02T08:17:31.204000Z",
                "kind": "proxied",
                "rule": "image_proxy",
                "rule_version": 2,
                "user_agent": (
                    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 "
                    "(via ggpht.com GoogleImageProxy)"
                ),
                "client": "Gmail",
            },
        )
    ]
)
class OpenSerializer(serializers.Serializer):
    event_id = UuidField()
    contact = UuidField()
    pixel = UuidField(help_text="May have been deleted meanwhile.")
    group = IdField()
    opened_at = MomentField()
    kind = serializers.ChoiceField(
        choices=list(KINDS),
        help_text="human and proxied opens count; machine opens are shown, not counted.",
    )
    rule = serializers.CharField(help_text="The rule that decided the kind.")
    rule_version = serializers.IntegerField()
    user_agent = serializers.CharField(allow_blank=True)
    client = serializers.CharField(help_text="The mail client's name.")
