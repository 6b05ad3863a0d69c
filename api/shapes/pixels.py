"""The request and response formats of pixels and opens."""

from functools import cached_property
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api.base.bearer import caller
from api.base.fields import IdField, MomentField, NumberField, UuidField
from api.filters.tracking import KINDS
from campaigns.models import Contact
from consent.page.visit import consent_url, may_give_pages
from contacts.limits import LARGEST_PIXEL_NUMBER
from contacts.pixels.given import COLUMNS, Given, given_to
from contacts.pixels.links import pixel_html, pixel_url
from tracking.models import Pixel

PIXEL = {
    "uuid": "0b7a3c52-9d7e-4f3b-8a56-3f6f0a4f2d11",
    "contact": "6f1c2a1e-58cc-4372-a567-0e02b2c3d479",
    "number": 1,
}
CONSENT_URL = "https://mail.example.com/privacy/bxwqHljMQ3KlZw4CssPUeQcfIYf-8Grum2RXFmMf_bl7"
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
                "consent_url": CONSENT_URL,
                "created_at": "2026-02-20T10:15:00Z",
            },
            response_only=True,
        ),
    ]
)
class PixelSerializer(serializers.Serializer):
    uuid = UuidField(
        required=False,
        help_text="Made here: leave it out to create a pixel. A change may repeat it.",
    )
    contact = UuidField(source="contact_id", help_text="It never changes.")
    number = NumberField(
        min_value=1, max_value=LARGEST_PIXEL_NUMBER, help_text="Tells a contact's pixels apart."
    )
    url = serializers.SerializerMethodField(
        help_text="What the e-mail loads: in the mode shared the pixel of the group; null if "
        "nothing may be measured."
    )
    html = serializers.SerializerMethodField(
        help_text="The tag to put into the e-mail; null likewise."
    )
    consent_url = serializers.SerializerMethodField(
        help_text="The page on which its contact agrees or withdraws; null while it is not set up, "
        "and without the permission consent.add_decision."
    )
    created_at = MomentField(read_only=True)

    def get_url(self, pixel: Pixel) -> str | None:
        given = self._given_for(pixel)
        return None if given is None else pixel_url(given, base=settings.PUBLIC_URL)

    def get_html(self, pixel: Pixel) -> str | None:
        given = self._given_for(pixel)
        return None if given is None else pixel_html(given, base=settings.PUBLIC_URL)

    def get_consent_url(self, pixel: Pixel) -> str | None:
        contact = self.contacts[pixel.contact_id]
        if contact.erased_at is not None or not self._may_give_pages:
            return None
        return consent_url(
            campaign_id=contact.campaign_id, contact_id=contact.uuid, base=settings.PUBLIC_URL
        )

    @cached_property
    def _may_give_pages(self) -> bool:
        return may_give_pages(caller(self.context["request"]))

    def _given_for(self, pixel: Pixel) -> UUID | None:
        """What the e-mail carries in its place: it, the shared pixel of the group, or nothing."""
        own = {pixel.number: pixel.uuid}
        return self._given.pixels(pixel.contact_id, own).get(pixel.number)

    @cached_property
    def _given(self) -> Given:
        """Asked once for all pixels of an answer."""
        return given_to(self.contacts.values())

    @cached_property
    def contacts(self) -> dict[UUID, Contact]:
        """Those of the pixels that are shown, by id."""
        shown = self.parent.instance if self.parent else self.instance
        pixels = [shown] if isinstance(shown, Pixel) else list(shown or ())
        contact_ids = {pixel.contact_id for pixel in pixels}
        return Contact.objects.only(*COLUMNS).in_bulk(contact_ids)


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
