"""Makes and reads the tokens by which a person reaches its own page; pure.

A token names a contact and its campaign, and proves with a key of its own that they were named
here. It is for links in e-mails that stay as they are, so it never ends by itself.
"""

import base64
import binascii
import hmac
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

UUID_BYTES = 16
PROOF_BYTES = 16
MOST_CAMPAIGN_BYTES = 8
# A campaign takes one byte at least.
LONGEST = (UUID_BYTES + PROOF_BYTES + MOST_CAMPAIGN_BYTES) * 4 // 3 + 1
PURPOSE = b"the person's page"


class Named(NamedTuple):
    """Whom a token names."""

    campaign_id: int
    contact_id: UUID


def make_token(named: Named, *, key: str) -> str:
    named_bytes = _bytes_of(named)
    return _encode(named_bytes + _proof(named_bytes, key))


def read_token(token: str, *, key: str) -> Named | None:
    """Whom a token names; None if it was not made here, exactly so."""
    decoded = _decode(token)
    named_bytes, proof = decoded[:-PROOF_BYTES], decoded[-PROOF_BYTES:]
    # One token for each contact: no other spelling of it counts.
    if not hmac.compare_digest(proof, _proof(named_bytes, key)) or token != _encode(decoded):
        return None
    contact_id = UUID(bytes=named_bytes[:UUID_BYTES])
    return Named(int.from_bytes(named_bytes[UUID_BYTES:]), contact_id)


def _bytes_of(named: Named) -> bytes:
    size = max(1, (named.campaign_id.bit_length() + 7) // 8)
    return named.contact_id.bytes + named.campaign_id.to_bytes(size)


def _proof(named_bytes: bytes, key: str) -> bytes:
    return hmac.digest(_own_key(key), named_bytes, sha256)[:PROOF_BYTES]


@lru_cache(maxsize=4)
def _own_key(key: str) -> bytes:
    return hmac.digest(key.encode(), PURPOSE, sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    """ "" for what can be no token."""
    if len(token) > LONGEST or not token.isascii():
        return b""
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""
