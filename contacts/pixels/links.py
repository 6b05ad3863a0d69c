"""How a pixel gets into an e-mail; pure."""

from html import escape
from uuid import UUID


def pixel_url(pixel_id: UUID, *, base: str) -> str:
    """The pixel's address; `base` is the server's, without a slash at its end."""
    return f"{base}/pixel/{pixel_id}.gif"


def pixel_html(pixel_id: UUID, *, base: str) -> str:
    """The tag that loads the pixel, to be put into an e-mail; plain text, which pages escape."""
    return pixel_tag(escape(pixel_url(pixel_id, base=base)))


def pixel_tag(source: str) -> str:
    """The tag for a source that is HTML already, or that a mail service makes HTML of."""
    return f'<img src="{source}" width="1" height="1" alt="" style="display:block;border:0">'
