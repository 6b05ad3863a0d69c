"""Finds customers by a search term: an e-mail address or an id."""

import re
from collections.abc import Iterable

from discounts.models import Customer
from foundation.parsing import LARGEST_ID
from foundation.personal_data.hashes import email_hash

DIGEST = re.compile(r"[0-9a-f]{64}")
# Below the limit of parameters per statement on any database.
CHUNK = 5000


def customer_found(term: str) -> int | None:
    """The id of the customer with this id, address or keyed hash of an address."""
    term = term.strip()
    if DIGEST.fullmatch(term):
        return Customer.objects.filter(email_hash=term).values_list("id", flat=True).first()
    return ids_of([term]).get(term)


def ids_of(terms: Iterable[str]) -> dict[str, int]:
    """The customer ids for addresses and ids, by term.

    Unknown ids are kept, for the services to refuse; unknown addresses are left out.
    """
    found = {term: int(term) for term in terms if _is_id(term)}
    hashes = {term: email_hash(term) for term in terms if "@" in term}
    known = _ids_by_hash(sorted(set(hashes.values())))
    return found | {term: known[digest] for term, digest in hashes.items() if digest in known}


def _ids_by_hash(hashes: list[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for start in range(0, len(hashes), CHUNK):
        rows = Customer.objects.filter(email_hash__in=hashes[start : start + CHUNK]).order_by()
        known |= {digest: id_ for digest, id_ in rows.values_list("email_hash", "id") if digest}
    return known


def _is_id(term: str) -> bool:
    plain = term.isascii() and term.isdigit() and len(term) < 20
    return plain and 1 <= int(term) <= LARGEST_ID
