"""Computes the figures of a report and of a discount again, the slow and obvious way."""

import math
from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from campaigns.models import Contact
from discounts.models import DiscountUsage
from tracking.hits.classify import Kind
from tracking.models import Open

FIGURES = ("contacts", "sent", "unique_opens", "opens", "open_rate", "open_rate_with_machine")
MICROSECOND = timedelta(microseconds=1)


# --- Reports --------------------------------------------------------------------------------


def naive_totals(campaign, *, window, machine, now):
    """Contacts, sent, opens and first opens of a campaign, from its rows; a dictionary."""
    contacts = Contact.objects.filter(campaign=campaign, not_sent_at=None)
    due = dict(contacts.values_list("uuid", "scheduled_at"))
    buckets = _buckets(due)
    sent = {uuid for uuid, at in due.items() if at and at <= now} | {uuid for uuid, _ in buckets}
    wanted = [at for at, kind in buckets.values() if machine or kind > Kind.MACHINE]
    counted, with_machine = (
        sum(_in(window, at) for at in _firsts(buckets, machine=also)) for also in (False, True)
    )
    return {
        "contacts": len(due),
        "sent": len(sent),
        "opens": sum(_in(window, at) for at in wanted),
        "unique_opens": with_machine if machine else counted,
        "open_rate": _rate(counted, len(sent)),
        "open_rate_with_machine": _rate(with_machine, len(sent)),
    }


def _buckets(uuids):
    """(contact, ten seconds) -> its moment, to the minute, and the best kind of its hits."""
    best = {}
    for contact, at, kind in Open.objects.filter(contact_id__in=list(uuids)).values_list(
        "contact_id", "opened_at", "kind"
    ):
        key = contact, int(at.timestamp()) // 10
        known = best.get(key)
        best[key] = (min(known[0], at) if known else at, max(known[1], kind) if known else kind)
    return best


def _firsts(buckets, *, machine):
    moments = defaultdict(list)
    for (contact, _), (at, kind) in buckets.items():
        if machine or kind > Kind.MACHINE:
            moments[contact].append(at)
    return [min(own) for own in moments.values()]


def _in(window, at):
    since, until = window
    return (since is None or at >= since) and (until is None or at < until)


def _rate(part, whole):
    return part / whole if whole else None


def faults_of_report(data, naive):
    """Sentences on what is wrong in a report, in itself and compared with the naive figures."""
    groups, totals, series = data["groups"], data["totals"], data["series"]
    checks = {
        "no range upside down": not (
            data["window"] == {"since": None, "until": None}
            and totals["sent"]
            and totals["open_rate"] > totals["open_rate_with_machine"]
        ),
        "series sum to the opens": _sum(series["points"], "opens") == totals["opens"],
        "first opens of the series": _sum(series["points"], "unique_opens")
        == totals["unique_opens"],
        "heat map sums to the opens": sum(map(sum, data["heatmap"])) == totals["opens"],
        "clients sum to the opens": sum(row["opens"] for row in data["clients"]) == totals["opens"],
        "devices sum to the opens": sum(row["opens"] for row in data["devices"]) == totals["opens"],
        "series bounded": len(series["points"]) <= 10_000,
    }
    for name in ("contacts", "sent", "unique_opens", "opens"):
        checks[f"groups' {name} sum to the total"] = (
            sum(group[name] for group in groups) == totals[name]
        )
    rated = [row[name] for row in (*groups, totals) for name in FIGURES if "rate" in name]
    rated += [row[name] for row in groups for name in ("ci_low", "ci_high", "probability_best")]
    checks["rates from 0 to 1"] = all(rate is None or 0 <= rate <= 1 for rate in rated)
    shares = [row["share"] for name in ("clients", "devices") for row in data[name]]
    checks["shares from 0 to 1"] = all(0 <= share <= 1 for share in shares)
    for name, value in naive.items():
        checks[f"{name} {totals[name]} is {value}"] = _same(totals[name], value)
    return [name for name, holds in checks.items() if not holds]


def _sum(points, name):
    return sum(sum(point[name]) for point in points)


def _same(shown, value):
    if shown is None or value is None:
        return shown is value
    return math.isclose(shown, value, abs_tol=1e-6)


# --- Discounts ------------------------------------------------------------------------------


def naive_discount(campaign, *, value_minor, cart_minor):
    """The discount of a running campaign for a value, in minor units; computed with decimals."""
    remaining = campaign.total_budget_minor - naive_used(campaign)
    if cart_minor < campaign.min_cart_value_minor or remaining <= 0:
        return 0
    value = Decimal(value_minor)
    hundredths = campaign.discount_percentage_hundredths
    wanted = Decimal(campaign.discount_flat_minor or 0)
    if hundredths is not None:
        wanted = (value * hundredths / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    caps = [campaign.max_discount_amount_minor] if campaign.max_discount_amount_minor else []
    return int(min(wanted, value, remaining, *caps))


def naive_used(campaign):
    live = DiscountUsage.objects.filter(campaign=campaign, cancelled_at=None)
    return sum(live.values_list("discount_amount_minor", flat=True))


def naive_pace(campaign, moment):
    """How much of the budget an even pace would have used by a moment, in minor units."""
    gone = min(max(moment, campaign.start_date), campaign.end_date) - campaign.start_date
    whole = campaign.end_date - campaign.start_date
    part = Fraction(gone // MICROSECOND, whole // MICROSECOND)
    return math.floor(campaign.total_budget_minor * part)
