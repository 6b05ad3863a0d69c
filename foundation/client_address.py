"""Whose address a request came from; it never trusts a header that no trusted proxy wrote.

Must not import Django: the pixel uses it too.
"""

import ipaddress
import re
from functools import lru_cache
from typing import Any, Protocol

IPV4_NETWORK_BITS = 24
IPV6_NETWORK_BITS = 48
# Whoever has an IPv6 address has this whole network of them.
IPV6_ACCOUNT_BITS = 64
SEPARATORS = re.compile(r"[, \t]+")
# Proxies write a bare address, one with a port, with brackets or a zone, or an element of the
# header Forwarded (RFC 7239, section 4). deploy/nginx/pixel.conf.template reads them alike.
V4 = r"(?P<v4>[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?::[0-9]{1,5})?"
V6 = r"(?P<v6>[0-9a-f:]*:[0-9a-f:.]*)(?:%[^\]\"]*)?"
ENTRY = re.compile(
    rf'"?(?:for=)?"?(?:{V4}|{V6}|\[{V6.replace("v6", "bracketed")}\](?::[0-9]{{1,5}})?)"?(?:;.*)?',
    re.IGNORECASE | re.ASCII,
)


class Request(Protocol):
    """What is asked of a Django request."""

    @property
    def META(self) -> dict[str, Any]: ...


def client_address(environ: dict[str, Any], *, trusted_proxies: int) -> str:
    """The client's IP address in its one plain form, "" where it is not known.

    Each trusted proxy appends the address it was called from to X-Forwarded-For, so the
    client's is the entry that the outermost trusted proxy wrote; what stands left of it
    anybody may have made up.
    """
    address = environ.get("REMOTE_ADDR", "")
    if trusted_proxies:
        chain = [a for a in SEPARATORS.split(environ.get("HTTP_X_FORWARDED_FOR", "")) if a]
        if chain:
            address = chain[max(0, len(chain) - trusted_proxies)]
    return plain(address)


@lru_cache(maxsize=10_000)
def plain(entry: str) -> str:
    """The address that an entry means, "" where it means none.

    Without port, brackets, quotes and zone, and IPv4 where it was mapped into IPv6: whoever calls
    is one client however the proxies write it.
    """
    found = ENTRY.fullmatch(entry)
    address = _parse(found["v4"] or found["v6"] or found["bracketed"]) if found else None
    return str(getattr(address, "ipv4_mapped", None) or address) if address else ""


# Few addresses load most pixels: those of the large mail services.
@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """The /24 (IPv4) or /48 (IPv6) an address lies in, "" for what is no address."""
    parsed = _parse(address)
    if parsed is None:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    bits = IPV4_NETWORK_BITS if parsed.version == 4 else IPV6_NETWORK_BITS
    return str(ipaddress.ip_network((parsed.packed, bits), strict=False))


def account_of(address: str) -> str:
    """The address that stands for whoever has this one; "" for all that are no addresses."""
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
    """The client's address of a Django request, by the TRUSTED_PROXIES setting."""
    from django.conf import settings

    return client_address(request.META, trusted_proxies=settings.TRUSTED_PROXIES)
