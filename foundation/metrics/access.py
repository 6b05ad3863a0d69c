"""Authorises reading the metrics; must not import Django: forwarders use it, too."""

import hmac
import ipaddress

REFUSAL = "Send METRICS_TOKEN as a Bearer token, or ask from the machine itself.\n"


def holds_token(authorization: str, *, token: str) -> bool:
    """Whether the header holds the token; never if no token is set."""
    return bool(token) and hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())


def is_loopback(address: str) -> bool:
    """Whether the client is this machine; false for an unknown address ("")."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
