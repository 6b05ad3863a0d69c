"""How a pixel gets into an e-mail; pure."""

from uuid import UUID

from django.utils.html import format_html


def pixel_url(pixel_id: UUID, *, base: str) -> str:
    """The pixel's address; `base` is the server's, without a slash at its end."""
    return f"{base}/pixel/{pixel_id}.gif"


def pixel_html(pixel_id: UUID, *, base: str) -> str:
    """The tag that loads the pixel, to be put into an e-mail."""
    tag = '<img src="{}" width="1" height="1" alt="" style="display:block;border:0">'
    return str(format_html(tag, pixel_url(pixel_id, base=base)))
