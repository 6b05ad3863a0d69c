"""The admin's form of pixels."""

from django import forms

from pixeltrack.admin_saving import ServiceForm
from tracking.models import Pixel
from tracking.serializers import LARGEST_NUMBER


class PixelForm(ServiceForm):
    number = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_NUMBER,
        initial=1,
        help_text="Tells a contact's pixels apart.",
    )

    class Meta:
        model = Pixel
        fields = ["contact", "number"]
