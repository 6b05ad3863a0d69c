"""Recognises paths of pixels: the same grammar as in deploy/nginx/snippets/pixel.conf.

Mail clients and rewriting proxies change the case of a link, double its slashes, or add a slash or
a space at its end; such opens count too. Must not import Django.
"""

import re

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OF_PIXELS = re.compile("/+pixel/", re.IGNORECASE | re.ASCII)
OF_A_PIXEL = re.compile(rf"/+pixel/+(?P<id>{UUID})(?:\.gif)?[/ \t\r\n]*", re.IGNORECASE | re.ASCII)


def is_of_pixels(path: str) -> bool:
    """Whether a path, decoded and without its query, is handled by the pixel."""
    return OF_PIXELS.match(path) is not None


def pixel_id(path: str) -> str:
    """The id of the pixel that a decoded path loads, in lower case; "" if it loads none."""
    found = OF_A_PIXEL.fullmatch(path)
    return found["id"].lower() if found else ""
