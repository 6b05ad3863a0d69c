"""Determines a request's client address; only headers written by trusted proxies are trusted.

Must not import Django: the pixel uses it too.
"""

import ipaddress
import re
from functools import lru_cache
from typing import Any, Protocol

IPV4_NETWORK_BITS = 24
IPV6_NETWORK_BITS = 48
# The owner of an IPv6 address controls this whole network.
IPV6_ACCOUNT_BITS = 64
SEPARATORS = re.compile(r"[, \t]+")
# Proxies write a bare address, one with a port, with brackets or a zone, or an element of the
# header Forwarded (RFC 7239, section 4). deploy/nginx/pixel.conf.template reads them the same way.
V4 = r"(?P<v4>[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?::[0-9]{1,5})?"
V6 = r"(?P<v6>[0-9a-f:]*:[0-9a-f:.]*)(?:%[^\]\"]*)?"
ENTRY = re.compile(
    rf'"?(?:for=)?"?(?:{V4}|{V6}|\[{V6.replace("v6", "bracketed")}\](?::[0-9]{{1,5}})?)"?(?:;.*)?',
    re.IGNORECASE | re.ASCII,
)


class Request(Protocol):
    """The part of a Django request that is needed."""

    @property
    def META(self) -> dict[str, Any]: ...


def client_address(environ: dict[str, Any], *, trusted_proxies: int) -> str:
    """The client's IP address in canonical form, "" if unknown.

    Each trusted proxy appends the address that called it to X-Forwarded-For, so the client's
    address is the entry written by the outermost trusted proxy. Anything to the left of it may be
    forged.
    """
    address = environ.get("REMOTE_ADDR", "")
    if trusted_proxies:
        chain = [a for a in SEPARATORS.split(environ.get("HTTP_X_FORWARDED_FOR", "")) if a]
        if chain:
            address = chain[max(0, len(chain) - trusted_proxies)]
    return plain(address)


@lru_cache(maxsize=10_000)
def plain(entry: str) -> str:
    """An entry's address in canonical form, "" if it has none.

    Port, brackets, quotes and zone are removed, and IPv4-mapped IPv6 becomes IPv4, so that a client
    is the same however the proxies write its address.
    """
    found = ENTRY.fullmatch(entry)
    address = _parse(found["v4"] or found["v6"] or found["bracketed"]) if found else None
    return str(getattr(address, "ipv4_mapped", None) or address) if address else ""


# A few addresses load most pixels: those of the large mail services.
@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """The /24 (IPv4) or /48 (IPv6) network of an address, "" if it is not an address."""
    parsed = _parse(address)
    if parsed is None:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    bits = IPV4_NETWORK_BITS if parsed.version == 4 else IPV6_NETWORK_BITS
    return str(ipaddress.ip_network((parsed.packed, bits), strict=False))


def account_of(address: str) -> str:
    """The address that identifies a client for rate limits; "" if it is not an address."""
    parsed = _parse(address)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed is None or parsed.version == 4:
        return str(parsed or "")
    network = ipaddress.ip_network((parsed.packed, IPV6_ACCOUNT_BITS), strict=False)
    return str(network.network_address)


@lru_cache(maxsize=10_000)
def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def of_request(request: Request) -> str:
    """The client address of a Django request, according to TRUSTED_PROXIES."""
    from django.conf import settings

    return client_address(request.META, trusted_proxies=settings.TRUSTED_PROXIES)
