"""Whose address a request came from; it never trusts a header that no trusted proxy wrote.

Must not import Django: the pixel uses it too.
"""

import ipaddress
from functools import lru_cache

IPV4_NETWORK_BITS = 24
IPV6_NETWORK_BITS = 48


def client_address(environ: dict, *, trusted_proxies: int) -> str:
    """The client's IP address, "" where it is not known.

    Each trusted proxy appends the address it was called from to X-Forwarded-For, so the
    client's is the entry that the outermost trusted proxy wrote; what stands left of it
    anybody may have made up.
    """
    address = environ.get("REMOTE_ADDR", "")
    if trusted_proxies:
        forwarded = [a.strip() for a in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        chain = [a for a in forwarded if a]
        if chain:
            address = chain[max(0, len(chain) - trusted_proxies)]
    return address if _parse(address) else ""


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


@lru_cache(maxsize=10_000)
def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def of_request(request) -> str:
    """The client's address of a Django request, by the TRUSTED_PROXIES setting."""
    from django.conf import settings

    return client_address(request.META, trusted_proxies=settings.TRUSTED_PROXIES)
