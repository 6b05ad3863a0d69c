"""What a shop does, through a generated client: sign in, ask for offers, apply, cancel."""

import json
import os
import sys
import uuid
from typing import TypeVar

from pixeltrack_client.api.auth import auth_token_create
from pixeltrack_client.api.customers import customers_create, customers_list
from pixeltrack_client.api.discounts import (
    discounts_apply_create,
    discounts_available_create,
    discounts_cancel_create,
    discounts_usage_retrieve,
)
from pixeltrack_client.client import AuthenticatedClient, Client
from pixeltrack_client.models.apply_request import ApplyRequest
from pixeltrack_client.models.basket_request import BasketRequest
from pixeltrack_client.models.cancel_request import CancelRequest
from pixeltrack_client.models.credentials_request import CredentialsRequest
from pixeltrack_client.models.customer_request import CustomerRequest
from pixeltrack_client.models.error import Error

T = TypeVar("T")


def answer_of(answer: T | Error | None) -> T:
    """The answer, or an exception with the code of the refusal."""
    if answer is None or isinstance(answer, Error):
        raise RuntimeError(answer and answer.code)
    return answer


def sign_in() -> AuthenticatedClient:
    credentials = CredentialsRequest(
        username=os.environ["SHOP_USER"], password=os.environ["SHOP_PASSWORD"]
    )
    stranger = Client(base_url=os.environ["API"])
    tokens = answer_of(auth_token_create.sync(client=stranger, body=credentials))
    assert tokens.expires_in >= 60
    return AuthenticatedClient(base_url=os.environ["API"], token=tokens.access)


def customer_of(client: AuthenticatedClient, key: str) -> int:
    """Makes a customer, and finds the same one again in both ways there are."""
    person = CustomerRequest(email=f"{key}@shop.example", name="Pia")
    customer = answer_of(customers_create.sync(client=client, body=person, idempotency_key=key))
    taken = customers_create.sync(client=client, body=person)
    assert isinstance(taken, Error) and taken.existing_id == customer.id
    [found] = answer_of(customers_list.sync(client=client, email=person.email))
    assert found == customer
    return customer.id


def main() -> None:
    client, key = sign_in(), str(uuid.uuid4())
    customer_id = customer_of(client, key)
    cart_value = 0.1 + 0.2 + 299.7
    basket = BasketRequest(customer_id=customer_id, cart_value=cart_value)
    best = answer_of(discounts_available_create.sync(client=client, body=basket)).best_cart_discount
    assert best is not None
    wish = ApplyRequest(
        customer_id=customer_id, cart_value=cart_value, campaign_id=best.campaign_id
    )
    usage = answer_of(discounts_apply_create.sync(client=client, body=wish, idempotency_key=key))
    cancelling = CancelRequest(usage_id=usage.id)
    cancelled = answer_of(discounts_cancel_create.sync(client=client, body=cancelling))
    history = answer_of(discounts_usage_retrieve.sync(client=client, customer_id=customer_id))
    told = {
        "by": usage.applied_by,
        "discount": usage.discount_amount,
        "paid": usage.final_amount,
        "cancelled": cancelled.cancelled_at is not None,
        "usages": history.count,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
