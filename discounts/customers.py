"""Writes of customers."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from campaigns.queries import read_email_hash
from campaigns.rows import read_email
from discounts.models import Customer
from pixeltrack.errors import InvalidInput, NotFound
from pixeltrack.transactions import Conflict, in_transaction
from pixeltrack.values import BadValue, read_text

NAME_LENGTH = 100
CUSTOMER_FIELDS = ("email", "name")

log = structlog.get_logger(__name__)


@in_transaction
def create_customer(*, email: str, name: str, now: datetime) -> Customer:
    """A customer; raises InvalidInput, also where the address is registered already."""
    customer = Customer(created_at=now, **_columns({"email": email, "name": name}))
    _save(customer)
    log.info("customer_created", customer=customer.id)
    return customer


@in_transaction
def update_customer(*, customer_id: int, changes: Mapping[str, str]) -> Customer:
    """Change some of CUSTOMER_FIELDS; raises InvalidInput and NotFound, if erased, too."""
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
    """Forget the person: e-mail and name go, the row and every usage stay.

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
    """The columns of the fields given, read; raises InvalidInput that names every bad one."""
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
        if not others.filter(email_hash=customer.email_hash).exists():
            # Erased since: the address is free.
            raise Conflict from None
        log.info("discount_rule_broken", rule="email_taken")
        raise InvalidInput.field("email", "Email already registered", code="taken") from None
