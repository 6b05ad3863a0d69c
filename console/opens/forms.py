"""The admin's form of pixels."""

from django import forms

from console.base.saving import ServiceForm
from contacts.limits import LARGEST_PIXEL_NUMBER
from tracking.models import Pixel


class PixelForm(ServiceForm):
    number = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_PIXEL_NUMBER,
        initial=1,
        help_text="Tells a contact's pixels apart.",
    )

    class Meta:
        model = Pixel
        fields = ["contact", "number"]
