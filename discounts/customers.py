"""Writes of customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from discounts import idempotency
from discounts.models import Customer
from foundation.database.transactions import Conflict, in_transaction
from foundation.errors import InvalidInput, NotFound, Taken
from foundation.parsing import BadValue, read_text
from foundation.personal_data.addresses import read_email
from foundation.personal_data.hashes import read_email_hash
from foundation.personal_data.identity import keyed_hash

NAME_LENGTH = 100
CUSTOMER_FIELDS = ("email", "name")
CREATE_ENDPOINT = "customers"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class CallersKey:
    """A user's idempotency key."""

    user_id: int
    key: str


def create_customer(
    *, email: str, name: str, now: datetime, key: CallersKey | None = None
) -> Customer:
    """Create a customer, once per idempotency key.

    Raises InvalidInput, Taken if the address is already registered, and KeyReused.
    """
    customer, is_new = _create(values={"email": email, "name": name}, now=now, key=key)
    log.info("customer_created" if is_new else "customer_repeated", customer=customer.id)
    return customer


@in_transaction
def _create(
    *, values: Mapping[str, str], now: datetime, key: CallersKey | None
) -> tuple[Customer, bool]:
    """The customer, and whether this call created it."""
    columns = _columns(values)
    claimed = None
    if key:
        claimed = idempotency.claim(_call(columns, key), now=now)
        if claimed.customer_id:
            return Customer.objects.get(id=claimed.customer_id), False
    customer = Customer(created_at=now, **columns)
    _save(customer)
    if claimed:
        idempotency.settle(claimed, customer_id=customer.id)
    return customer, True


def _call(columns: Mapping[str, str], key: CallersKey) -> idempotency.Call:
    request = {
        "email_hash": columns["email_hash"],
        "name_hash": keyed_hash(columns["name"], key=settings.HASH_KEY),
    }
    return idempotency.Call(
        user_id=key.user_id, endpoint=CREATE_ENDPOINT, key=key.key, request=request
    )


@in_transaction
def update_customer(*, customer_id: int, changes: Mapping[str, str]) -> Customer:
    """Change some of CUSTOMER_FIELDS; raises InvalidInput, and NotFound also if erased."""
    customer = Customer.objects.select_for_update().filter(id=customer_id).first()
    if customer is None or customer.erased_at is not None:
        raise NotFound("Customer not found")
    for name, value in _columns(changes).items():
        setattr(customer, name, value)
    _save(customer)
    log.info("customer_changed", customer=customer.id, fields=sorted(changes))
    return customer


@in_transaction
def erase_customer(*, customer_id: int, now: datetime) -> None:
    """Erase e-mail and name; the row and every usage stay.

    Raises NotFound; repeating it changes nothing.
    """
    customer = Customer.objects.select_for_update().filter(id=customer_id).first()
    if customer is None:
        raise NotFound("Customer not found")
    if customer.erased_at is None:
        customer.email = customer.email_hash = customer.name = None
        customer.erased_at = now
        customer.save(update_fields=["email", "email_hash", "name", "erased_at"])
        log.info("customer_erased", customer=customer_id)


def _columns(values: Mapping[str, str]) -> dict[str, str]:
    """The validated columns of the given fields; raises InvalidInput with all errors."""
    columns: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for name in CUSTOMER_FIELDS:
        if name in values:
            try:
                columns[name] = READERS[name](values[name])
            except BadValue as error:
                errors[name] = [str(error)]
    if errors:
        raise InvalidInput.fields(errors)
    if "email" in columns:
        columns["email_hash"] = read_email_hash(columns["email"])
    return columns


def _read_name(value: object) -> str:
    text = read_text(value, longest=NAME_LENGTH)
    if not text:
        raise BadValue("Give a name of 1 to 100 characters.")
    return text


READERS = {"email": read_email, "name": _read_name}


def _save(customer: Customer) -> None:
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError:
        others = Customer.objects.exclude(id=customer.id)
        other_id = others.filter(email_hash=customer.email_hash).values_list("id").first()
        if other_id is None:
            # Erased since: the address is available again.
            raise Conflict from None
        log.info("discount_rule_broken", rule="email_taken")
        error = Taken("Email already registered", field="email", existing_id=other_id[0])
        error.is_logged = True
        raise error from None
