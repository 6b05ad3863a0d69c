"""Who may read the figures; must not import Django: whoever forwards hits asks it, too."""

import hmac
import ipaddress

REFUSAL = "Send METRICS_TOKEN as a Bearer token, or ask from the machine itself.\n"


def holds_token(authorization: str, *, token: str) -> bool:
    """Whether the header is right; never where no token is set."""
    return bool(token) and hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())


def is_loopback(address: str) -> bool:
    """Whether somebody on this machine asks; an unknown address ("") is nobody's."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
