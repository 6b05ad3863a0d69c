"""Customers, discount campaigns and the discounts themselves."""

import secrets
from datetime import timedelta

from walk.calls import has, holds, names

CART = "cart_discounts"
CUSTOMERS, CAMPAIGNS, DISCOUNTS = "/api/v1/customers/", "/api/v1/campaigns/", "/api/v1/discounts/"


def says(sentence, code=None):
    """A check: the answer's sentence, and its code."""
    return has(detail=sentence, **({"code": code} if code else {}))


def walk_customers(walk, marker):
    body = {"email": f"ann.{marker}@example.com", "name": "Ann"}
    customer = walk.call("POST", CUSTOMERS, 201, body=body, check=has(**body)).take("id")
    yield customer
    own = f"{CUSTOMERS}{customer}/"
    shouted = body | {"email": body["email"].upper()}
    taken = says("Email already registered")
    walk.call("POST", CUSTOMERS, 400, body=shouted, check=taken, note="the address is taken")
    walk.call("POST", CUSTOMERS, 400, body={}, check=names("email", "name"))
    walk.call("GET", f"{CUSTOMERS}?limit=1", 200, check=counted)
    walk.call("GET", f"{CUSTOMERS}?mail=x", 400, check=names("mail"), note="no such parameter")
    walk.call("GET", own, 200, check=has(id=customer))
    walk.call("GET", f"{CUSTOMERS}999999999/", 404, check=says("Customer not found"))
    walk.call("PATCH", own, 200, body={"name": "Ann Lee"}, check=has(name="Ann Lee"))
    walk.call("PUT", own, 200, body={"name": "Ann"}, check=has(name="Ann"))


def walk_discount_campaigns(walk, customer, begin, end, marker):
    """A campaign for one customer, whose budget the second discount uses up."""
    body = {
        "name": f"Smoke {marker}",
        "discount_type": "cart",
        "discount_percentage": 35,
        "start_date": begin.isoformat(),
        "end_date": end.isoformat(),
        "total_budget": 300,
        "max_usage_per_customer_per_day": 2,
        "min_cart_value": 100,
        "is_targeted": True,
        "target_customer_ids": [customer],
    }
    ours = has(status="active", used_budget=0, target_customer_ids=[customer])
    campaign = walk.call("POST", CAMPAIGNS, 201, body=body, check=ours).take("id")
    yield campaign
    own = f"{CAMPAIGNS}{campaign}/"
    _walk_refused_campaigns(walk, body, begin)
    found = "?discount_type=cart&status=active&is_targeted=true"
    walk.call("GET", f"{CAMPAIGNS}{found}", 200, check=counted)
    walk.call("GET", f"{CAMPAIGNS}?status=on", 400, check=names("status"))
    walk.call("GET", own, 200, check=has(id=campaign, targeted_customers_count=1))
    walk.call("GET", f"{CAMPAIGNS}999999999/", 404, check=says("Campaign not found"))
    walk.call("PATCH", own, 200, body={"status": "inactive"}, check=has(inactive_reason="manual"))
    walk.call("PUT", own, 200, body={"status": "active"}, check=has(inactive_reason=None))
    empty = says("Targeted campaigns must have at least one target customer")
    walk.call("PATCH", own, 400, body={"target_customer_ids": []}, check=empty)


def _walk_refused_campaigns(walk, body, begin):
    both = says("Cannot specify both discount_percentage and discount_flat")
    neither = says("Either discount_percentage or discount_flat must be provided")
    early = (begin - timedelta(days=1)).isoformat()
    for changed, status, check in (
        ({"discount_flat": 5}, 400, both),
        ({"discount_percentage": None}, 400, neither),
        ({"end_date": early}, 400, says("end_date must be after start_date")),
        (
            {"target_customer_ids": []},
            400,
            says("target_customer_ids required for targeted campaigns"),
        ),
        (
            {"target_customer_ids": [999999999]},
            404,
            says("Target customer with ID 999999999 not found"),
        ),
        ({"total_budget": 1.00001}, 400, names("total_budget")),
        ({"total_budget": "NaN"}, 400, names("total_budget")),
    ):
        walk.call("POST", CAMPAIGNS, status, body=body | changed, check=check)


def walk_discounts(walk, customer, campaign):
    basket = {"customer_id": customer, "cart_value": 600}
    available = f"{DISCOUNTS}available"
    walk.call("POST", available, 200, body=basket, check=offers(campaign, 210))
    small = basket | {"cart_value": 60}
    walk.call("POST", f"{available}?explain=true", 200, body=small, check=holds("min_cart_value"))
    walk.call("POST", available, 400, body=basket | {"cart_value": 0}, check=names("cart_value"))
    wish = basket | {"campaign_id": campaign}
    apply, key = f"{DISCOUNTS}apply", {"Idempotency-Key": secrets.token_hex(8)}
    first = walk.call("POST", apply, 200, body=wish, headers=key, check=has(discount_amount=210))
    usage = first.take("id")
    walk.call("POST", apply, 200, body=wish, headers=key, check=has(id=usage), note="repeated")
    other = wish | {"cart_value": 601}
    walk.call("POST", apply, 422, body=other, headers=key, note="the key, another body")
    walk.call("POST", apply, 400, body=wish, headers={"Idempotency-Key": "a b"})
    refused = says("Customer is not eligible for this discount", "min_cart_value")
    walk.call("POST", apply, 400, body=wish | {"cart_value": 99}, check=refused)
    walk.call("POST", apply, 200, body=wish, check=has(discount_amount=90), note="what is left")
    refused = says("Customer is not eligible for this discount", "budget_exhausted")
    walk.call("POST", apply, 400, body=wish, check=refused)
    _walk_cancelling(walk, customer, campaign, usage)


def _walk_cancelling(walk, customer, campaign, usage):
    def is_cancelled(answer):
        assert answer.json["cancelled_at"], "not cancelled"

    for note in ("", "repeated"):
        body = {"usage_id": usage}
        walk.call("POST", f"{DISCOUNTS}cancel", 200, body=body, check=is_cancelled, note=note)
    walk.call("POST", f"{DISCOUNTS}cancel", 404, body={"usage_id": 999999999})
    revived = has(used_budget=90, status="active", inactive_reason=None)
    walk.call("GET", f"{CAMPAIGNS}{campaign}/", 200, check=revived)
    own = f"{DISCOUNTS}usage/{customer}"
    walk.call("GET", f"{own}?campaign_id={campaign}", 200, check=has(Count=2))
    unknown = says("Campaign with ID 999999999 not found")
    walk.call("GET", f"{own}?campaign_id=999999999", 404, check=unknown)
    walk.call("GET", f"{DISCOUNTS}usage/999999999", 404, check=says("Customer not found"))


def offers(campaign, discount_amount):
    """A check: the campaign is among the offers, wherever others rank."""

    def check(answer):
        amounts = {row["campaign_id"]: row["discount_amount"] for row in answer.json[CART]}
        assert amounts.get(campaign) == discount_amount, f"{amounts.get(campaign)} is offered"

    return check


def clear_discounts_away(walk, customers, campaigns):
    """Archives the campaigns, erases the customers; what was used stays."""
    for campaign in campaigns:
        walk.call("DELETE", f"{CAMPAIGNS}{campaign}/", 204, note="archives")
        walk.call("GET", f"{CAMPAIGNS}{campaign}/", 404)
    for customer in customers:
        walk.call("DELETE", f"{CUSTOMERS}{customer}/", 204, note="erases")
        walk.call("GET", f"{CUSTOMERS}{customer}/", 404)
        if campaigns:
            history = f"{DISCOUNTS}usage/{customer}"
            walk.call("GET", history, 200, check=holds('"erased"'), note="the history stays")


def counted(answer):
    """A check: the answer is a list, and a header says how many there are in all."""
    assert isinstance(answer.json, list), "no list"
    assert len(answer.json) <= int(answer.headers["X-Total-Count"]), "X-Total-Count is too small"
