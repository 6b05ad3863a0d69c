"""Applying discounts through HTTP against the naive read, check and write, on MariaDB.

    python -m benchmarks.apply [--nginx]

16 clients apply at once, on one campaign and on 100; with --nginx both servers stand behind it.
First all clients want more than a small budget holds: the product must spend it to the last unit
and answer nothing but 200 and 400. Then speed is measured in rounds (only what was applied
counts), and after each of the product's every budget and daily count must be what its usages
amount to.
"""

import argparse
import http.client
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from itertools import count, cycle, islice

from benchmarks import project
from benchmarks.nginx import in_front_of
from benchmarks.ratio import Way, compare
from benchmarks.serving import serving

CLIENTS = 16
APPLIES = 640
CUSTOMERS = 160
# A tenth of it is what every discount takes.
CART, DISCOUNT_MINOR = 100, 1000
PLENTY_MINOR = 10**9
SCARCE_USES = 100
NO_LIMITS = {
    "RATE_LIMIT_APPLY": "1000000/m",
    "RATE_LIMIT_DISCOUNTS": "1000000/m",
    "RATE_LIMIT_DEFAULT": "1000000/m",
}
numbers = count(1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nginx", action="store_true")
    has_nginx = parser.parse_args().nginx
    project.start("mariadb")
    token, customers = sign_in(), make_customers()
    with ExitStack() as servers:
        product_port, naive_port = (
            servers.enter_context(serving(application, **NO_LIMITS))
            for application in ("pixeltrack.wsgi", "benchmarks.apply_reference")
        )
        if has_nginx:
            product_port = servers.enter_context(in_front_of(product_port, 18_091))
            naive_port = servers.enter_context(in_front_of(naive_port, 18_093))
        product = Shop("product", product_port, token, customers)
        naive = Shop("naive", naive_port, token, customers)
        print(f"a budget for {SCARCE_USES} uses: {product.exhaust()}; naively: {naive.exhaust()}")
        for campaigns in (1, 100):
            ratio = compare(product.way(campaigns), naive.way(campaigns))
            product.check_last_round()
            noun = "campaign" if campaigns == 1 else "campaigns"
            print(f"apply on {campaigns} {noun}, {CLIENTS} clients: {ratio} times the naive way")


class Shop:
    """One server, and the clients that call it."""

    def __init__(self, name: str, port: int, token: str, customers: list[int]) -> None:
        self.name, self.port, self.customers = name, port, customers
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.last_round: tuple[list[int], Counter[int]] | None = None

    def way(self, campaigns: int) -> Way:
        def prepare():
            self.check_last_round()
            ids = [make_campaign(PLENTY_MINOR) for _ in range(campaigns)]

            def work() -> int:
                self.last_round = ids, self.apply(ids)
                return self.last_round[1][200]

            return work

        return Way(f"{self.name}, {campaigns}", APPLIES, prepare)

    def check_last_round(self) -> None:
        """After the time was taken; of the naive way nothing is expected."""
        if self.last_round and self.name == "product":
            check(*self.last_round)

    def exhaust(self) -> str:
        """What becomes of a budget that is too small for all."""
        campaign_id = make_campaign(SCARCE_USES * DISCOUNT_MINOR)
        answers = self.apply([campaign_id])
        spent, uses = spent_on(campaign_id)
        if self.name == "product" and (spent, answers) != (
            SCARCE_USES * DISCOUNT_MINOR,
            Counter({200: SCARCE_USES, 400: APPLIES - SCARCE_USES}),
        ):
            raise SystemExit(f"{spent} minor units in {uses} uses; answers: {answers}")
        return f"{uses} uses, answers {dict(answers)}"

    def apply(self, campaign_ids: list[int]) -> Counter[int]:
        """APPLIES calls by all clients together; how many had which status."""
        calls = zip(cycle(campaign_ids), cycle(self.customers), strict=False)
        bodies = [
            json.dumps({"campaign_id": campaign, "customer_id": customer, "cart_value": CART})
            for campaign, customer in islice(calls, APPLIES)
        ]
        with ThreadPoolExecutor(CLIENTS) as clients:
            shares = [bodies[n::CLIENTS] for n in range(CLIENTS)]
            return sum(map(Counter, clients.map(self._call_all, shares)), Counter())

    def _call_all(self, bodies: list[str]) -> list[int]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        statuses = list(self._statuses(connection, bodies))
        connection.close()
        return statuses

    def _statuses(self, connection, bodies: list[str]) -> Iterator[int]:
        for body in bodies:
            connection.request("POST", "/api/v1/discounts/apply", body, self.headers)
            response = connection.getresponse()
            response.read()
            yield response.status


# --- What they work on --------------------------------------------------------------------------


def sign_in() -> str:
    from django.contrib.auth import get_user_model
    from rest_framework_simplejwt.tokens import AccessToken

    user = get_user_model().objects.create_superuser(username="shop")
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=timedelta(hours=6))
    return str(token)


def make_customers() -> list[int]:
    from django.utils import timezone

    from discounts.customers import create_customer

    return [
        create_customer(email=f"c{n}@example.com", name=f"C {n}", now=timezone.now()).id
        for n in range(CUSTOMERS)
    ]


def make_campaign(budget_minor: int) -> int:
    from django.utils import timezone

    from discounts.campaigns.services import create_campaign

    now = timezone.now()
    values = {
        "name": f"Campaign {next(numbers)}",
        "discount_type": "cart",
        "discount_flat_minor": DISCOUNT_MINOR,
        "start_date": now - timedelta(days=1),
        "end_date": now + timedelta(days=1),
        "total_budget_minor": budget_minor,
        "max_usage_per_customer_per_day": APPLIES,
    }
    return create_campaign(values=values, now=now).id


def spent_on(campaign_id: int) -> tuple[int, int]:
    """Minor units and uses, by the usages."""
    from django.db.models import Count, Sum

    from discounts.models import DiscountUsage

    usages = DiscountUsage.objects.filter(campaign_id=campaign_id)
    row = usages.aggregate(spent=Sum("discount_amount_minor"), uses=Count("id"))
    return row["spent"], row["uses"]


def check(campaign_ids: list[int], answers: Counter[int]) -> None:
    from discounts.reconcile import find_differences

    differences = find_differences()
    ours = [d for d in (*differences.budgets, *differences.days) if d.campaign_id in campaign_ids]
    uses = sum(spent_on(campaign_id)[1] for campaign_id in campaign_ids)
    if ours or uses != APPLIES or answers != Counter({200: APPLIES}):
        raise SystemExit(f"{uses} uses, answers {answers}, differences: {ours[:3]}")


if __name__ == "__main__":
    main()
