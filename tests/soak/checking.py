"""Visits one mailing, or one discount campaign, and compares what is shown with naive figures."""

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from discounts.models import DiscountCampaign
from discounts.rules import start_of_day
from foundation.parsing import EARLIEST, LATEST
from tests.soak import figures, mailings, sales
from tests.soak.site import rows_of, tour
from tests.soak.walking import with_query

DAY = timedelta(days=1)
LAST = LATEST - timedelta(microseconds=1)
# A window may be wider than requested by this much.
WIDER = timedelta(minutes=15)
# Reasons why a campaign gives nothing although its terms would give something.
BLOCKED = {"inactive", "not_started", "ended", "not_targeted", "daily_limit"}


# --- Mailings -------------------------------------------------------------------------------


def walk_mailing(walk, row):
    """Everything of one mailing, in the row's zone, window and kinds."""
    campaign = mailings.make(row)
    asked = _window(row["window"], row["zone"])
    query = {name: at.isoformat() for name, at in asked.items() if at}
    if row["machine"]:
        query["machine"] = "true"
    _check_report(walk, campaign, asked, query, row)
    tour(walk, rows_of(campaign))


def _window(name, zone):
    now, none = timezone.now(), {}
    midnight = datetime.combine(
        (now - 2 * DAY).astimezone(ZoneInfo(zone)).date(), datetime.min.time()
    )
    local = [
        (midnight + n * DAY).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
        for n in range(2)
    ]
    return {
        "all": none,
        "24h": {"since": now - DAY},
        "7d": {"since": now - 7 * DAY},
        "from 2000": {"since": EARLIEST},
        "until 2199": {"until": LAST},
        "2000 to 2199": {"since": EARLIEST, "until": LAST},
        "a microsecond": {"since": now, "until": now + timedelta(microseconds=1)},
        "a local day": {"since": local[0], "until": local[1]},
        "before any": {"since": EARLIEST, "until": EARLIEST + DAY},
        "after all": {"since": LAST - DAY, "until": LAST},
    }[name]


def _check_report(walk, campaign, asked, query, row):
    path = f"/api/v1/email-campaigns/{campaign.id}/report/"
    response = walk.open(with_query(path, **query), client=walk.api, expected=(200,))
    if response.status_code != 200:
        return
    data = response.json()
    covered = {n: at and datetime.fromisoformat(at) for n, at in data["window"].items()}
    naive = figures.naive_totals(
        campaign,
        window=(covered["since"], covered["until"]),
        machine=row["machine"],
        now=timezone.now(),
    )
    faults = figures.faults_of_report(data, naive)
    faults += _faults_of_window(covered, asked)
    faults += _faults_of_pages(walk, campaign, query, data)
    walk.faults += [f"report of {row}: {fault}" for fault in faults]


def _faults_of_window(covered, asked):
    since, until = covered["since"], covered["until"]
    wider = []
    if asked.get("since") and not asked["since"] - WIDER < since <= asked["since"]:
        wider.append(f"since {since} for {asked['since']}")
    if asked.get("until") and not asked["until"] <= until < asked["until"] + WIDER:
        wider.append(f"until {until} for {asked['until']}")
    return wider


def _faults_of_pages(walk, campaign, query, data):
    """The page, its live data and its file agree with the API."""
    faults = []
    own = {
        name: walk.open(with_query(reverse(name, args=[campaign.id]), **query), expected=(200,))
        for name in ("report-page", "report-data", "report-groups", "report-series")
    }
    if any(response.status_code != 200 for response in own.values()):
        return faults
    panels = own["report-data"].json()["panels"].strip()
    if panels not in own["report-page"].content.decode():
        faults.append("what the page polls is not what it shows")
    shown = own["report-page"].context["report"]["totals"]
    for name in ("contacts", "sent", "opens", "unique_opens"):
        if shown[name] != f"{data['totals'][name]:,}":
            faults.append(f"the page shows {shown[name]} {name}")
    rows = list(csv.DictReader(io.StringIO(_text_of(own["report-groups"]).lstrip("\ufeff"))))
    for name in ("contacts", "sent", "opens", "unique_opens"):
        if int(rows[-1][name]) != data["totals"][name]:
            faults.append(f"the file says {rows[-1][name]} {name}")
    return faults


def _text_of(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode()


# --- Discounts ------------------------------------------------------------------------------


def walk_sale(walk, row):
    """Everything of one discount campaign; returns whether the API accepted it."""
    campaign, customer = sales.make(row, walk.api)
    if campaign is None:
        return False
    faults = _faults_of_offer(walk, row, campaign, customer)
    sales.leave(row, campaign)
    if not DiscountCampaign.objects.filter(pk=campaign.pk).exists():
        # A campaign that was never used is deleted, others are archived.
        walk.faults += [f"sale {row}: {fault}" for fault in faults]
        return True
    campaign.refresh_from_db()
    faults += _faults_of_performance(walk, campaign)
    if not campaign.archived_at:
        faults += _faults_of_campaign(walk, campaign)
    walk.faults += [f"sale {row}: {fault}" for fault in faults]
    tour(walk, rows_of(discount=campaign, customer=customer))
    return True


def _faults_of_campaign(walk, campaign):
    shown = walk.open(f"/api/v1/campaigns/{campaign.id}/", client=walk.api, expected=(200,)).json()
    used, total = (round(Decimal(str(shown[n])) * 100) for n in ("used_budget", "total_budget"))
    right = used == figures.naive_used(campaign) and total == campaign.total_budget_minor
    return [] if right else [f"budget {used} of {total}"]


def _faults_of_offer(walk, row, campaign, customer):
    """The API's offers for a basket agree with decimals; the simulation is shown."""
    basket = sales.basket_of(row)
    path = "/api/v1/discounts/available/?explain=true"
    response = walk.send(
        path, {"customer_id": customer.id, **basket}, client=walk.api, expected=(200,)
    )
    walk.send(reverse("discount-simulate"), {"customer": customer.id, **basket}, expected=(200,))
    if response.status_code != 200:
        return []
    cart = round(Decimal(str(basket["cart_value"])) * 100)
    charge = round(Decimal(str(basket.get("delivery_charge", 0))) * 100)
    value = cart if campaign.discount_type == "cart" else charge
    right = figures.naive_discount(campaign, value_minor=value, cart_minor=cart)
    answer = response.json()
    offers = [*answer["cart_discounts"], *answer["delivery_discounts"]]
    given = [o["discount_amount"] for o in offers if o["campaign_id"] == campaign.id]
    if given:
        minor = round(Decimal(str(given[0])) * 100)
        return [] if minor == right else [f"gives {minor}, should give {right}"]
    codes = {o["code"] for o in answer["not_eligible"] if o["campaign_id"] == campaign.id}
    return (
        [f"gives nothing ({codes}), should give {right}"] if right and not codes & BLOCKED else []
    )


def _faults_of_performance(walk, campaign):
    path = reverse("discount-campaign-performance", args=[campaign.id])
    before = timezone.now()
    response = walk.open(path, expected=(200,))
    if response.status_code != 200:
        return []
    rows = response.context["figures"]["rows"]
    faults = [] if 0 < len(rows) <= 366 else [f"{len(rows)} days"]
    known = [_minor(row["used"]) for row in rows if row["used"]]
    used = figures.naive_used(campaign)
    if known and known[-1] != used:
        faults.append(f"used {known[-1]}, should be {used}")
    return faults + _faults_of_pace(campaign, rows, before)


def _minor(shown):
    """An amount as a page shows it, with its currency and two digits behind the point."""
    return int("".join(filter(str.isdigit, shown)))


def _faults_of_pace(campaign, rows, before):
    """Each day ends at midnight, today ends now, and never is more than the budget used."""
    faults = []
    paces = [_minor(row["pace"]) for row in rows]
    if paces != sorted(paces) or not 0 <= paces[0] <= paces[-1] <= campaign.total_budget_minor:
        faults.append(f"pace from {paces[0]} to {paces[-1]}")
    for row, pace in ((rows[0], paces[0]), (rows[-1], paces[-1])):
        day = datetime.strptime(row["day"], "%d %B %Y").date()
        end = start_of_day(day + DAY, zone=campaign.timezone)
        if day == before.astimezone(ZoneInfo(campaign.timezone)).date():
            least, most = (figures.naive_pace(campaign, at) for at in (before, timezone.now()))
        else:
            least = most = figures.naive_pace(campaign, end)
        if not least <= pace <= most:
            faults.append(f"pace of {day} is {pace}, should be {least} to {most}")
    return faults
