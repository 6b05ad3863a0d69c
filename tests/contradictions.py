"""Compares the numbers in a page's sentences with the figures on it, and pages with each other."""

import re

from campaigns.models import Campaign

SHARES = re.compile(r"([\d.]+)% against ((?:[\d.]+%(?:, | and )?)+)")
COMPARED = re.compile(r"Too early: ([\d,]+) of ([\d,]+) opens? can be compared yet")


def contradictions(client):
    """What the reports of all campaigns, and the home, say differently of the same."""
    found, rates = [], {}
    for campaign in Campaign.objects.all():
        address = f"/admin/campaigns/campaign/{campaign.id}/report/"
        for query in ("?machine=true", ""):
            page = client.get(f"{address}{query}").context
            found += [f"{campaign.name}{query}: {said}" for said in of_report(page)]
            rates[campaign.name] = page["report"]["cards"]["rate"]
    return found + list(_of_home(client, rates))


def of_report(page):
    """What a report's page says that its own figures deny."""
    report, cards = page["report"], page["report"]["cards"]
    opened, opens = _number(cards["opened"]), _number(cards["opens"])
    yield from _of_verdict(report, opened)
    yield from _of_opens(report, opens)
    yield from _of_rate(cards, opened)


def _of_verdict(report, opened):
    text = report["verdict"]["text"]
    if opened and re.search(r"\b(no|0) opens\b|No opens yet", f"{text} {report['emptiness']}"):
        yield f"{opened} opened, and yet: {text} {report['emptiness']}"
    if said := COMPARED.search(text):
        compared, seen = map(_number, said.groups())
        if not compared <= seen <= _number(report["machine"]["opened"]):
            yield f"{report['machine']['opened']} were opened, and yet: {text}"
    if said := SHARES.search(text):
        ranges = [group["range"] for group in report["groups"] if "%" in group["range"]]
        for share in re.findall(r"[\d.]+", said.group()):
            if ranges and not any(_lies_in(float(share), shown) for shown in ranges):
                yield f"{share}% lies in none of {ranges}: {text}"
    leaders = [group["name"] for group in report["groups"] if group["leads"]]
    if leaders and not text.startswith(f"{leaders[0]} is "):
        yield f"{leaders[0]} is marked as better, and yet: {text}"


def _of_opens(report, opens):
    cells = [cell["opens"] for row in report["heatmap"]["rows"] for cell in row["cells"]]
    if said := re.match(r"([\d,]+) opens by", report["series"]["summary"]):
        if _number(said[1]) != opens:
            yield f"{opens} opens, and yet: {said.string}"
    elif opens:
        yield f"{opens} opens, and yet: {report['series']['summary']}"
    said = re.match(r"Most opens, ([\d,]+),", report["heatmap"]["summary"])
    if said and (_number(said[1]), opens) != (max(cells), sum(cells)):
        yield f"{opens} opens, {sum(cells)} by hours, at most {max(cells)}: {said.string}"
    machine = report["machine"]
    if machine["opens"]:
        part = _number(machine["by_machines"]) / _number(machine["opens"])
        if machine["share"] != f"{part:.1%}":
            yield f"{machine['by_machines']} of {machine['opens']} are not {machine['share']}"


def _of_rate(cards, opened):
    """The rate is what opened of those who may be measured, all unless it is said."""
    said = re.search(r"of the ([\d,]+) who may be measured", cards["of_whom"])
    measured = _number(said[1] if said else cards["sent"])
    if "%" in cards["rate"] and not cards["rate"].startswith(f"{opened / measured:.1%}"):
        yield f"{opened} of {measured} are not {cards['rate']}"


def _of_home(client, rates):
    for panel in client.get("/admin/").context["panels"]:
        if panel["panel"].name == "sending":
            for row in panel["data"]["rows"]:
                if row["meter"] and row["rate"] != rates[row["name"]]:
                    name = row["name"]
                    yield f"{name}: {row['rate']} at home, {rates[name]} in its report"


def _lies_in(share, shown):
    low, high = map(float, re.findall(r"[\d.]+", shown))
    # A share may have more decimals than the range.
    return low - 0.05 <= share <= high + 0.05


def _number(text):
    return int(re.match(r"[\d,]+", text)[0].replace(",", ""))
