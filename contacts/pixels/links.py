"""URLs and HTML tags of pixels; pure."""

from html import escape
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID


def pixel_url(pixel_id: UUID, *, base: str) -> str:
    """The pixel's URL; `base` is the server's, without a trailing slash."""
    return f"{base}/pixel/{pixel_id}.gif"


def pixel_html(pixel_id: UUID, *, base: str) -> str:
    """The HTML tag of the pixel for an e-mail, as plain text that pages escape."""
    return pixel_tag(escape(pixel_url(pixel_id, base=base)))


def pixel_tag(source: str) -> str:
    """The tag for a source that is HTML already, or that a mail service will make HTML of."""
    return f'<img src="{source}" width="1" height="1" alt="" style="display:block;border:0">'


def leads_nowhere(base: str) -> bool:
    """Whether only the server's own computer reaches it, so that no mail service loads a pixel."""
    host = urlsplit(base).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
