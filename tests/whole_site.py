"""One complete PixelTrack for all tests with a browser: web, ingest and tasks, and a few rows."""

from tests import migrated
from tests.processes.running import Site, answers, wait_until

PASSWORD = "correct-horse-battery"
# Ann is in marketing, root may do everything. Their colleagues' campaign is settled: its second
# group was opened more often.
SETUP = f"""
from datetime import timedelta
from django.contrib.auth.models import Group as Role, User
from django.utils.timezone import now
from discounts import apply, customers
from discounts.campaigns.services import create_campaign
from discounts.currencies import shop_currency
from discounts.rules import Basket
from tests.tracking import factories
root = User.objects.create_superuser("root", password={PASSWORD!r})
ann = User.objects.create(username="ann", password=root.password, is_staff=True)
ann.groups.add(Role.objects.get(name="Marketing manager"))

sent = now() - timedelta(days=2)
campaign = factories.make_campaign("Winter news", start=sent)
for group, opened in zip(campaign.groups.order_by("number"), (60, 150), strict=True):
    contacts = factories.make_contacts(group, [sent] * 300)
    factories.open_contacts(contacts[:opened], after=timedelta(hours=1))

eva = customers.create_customer(email="eva@shop.example", name="Eva", now=now())
sale = create_campaign(now=now(), values={{
    "name": "Summer sale", "discount_type": "cart", "discount_percentage_hundredths": 1000,
    "total_budget_minor": 100_000, "start_date": now() - timedelta(days=9),
    "end_date": now() + timedelta(days=9),
}})
apply.apply_discount(now=now(), application=apply.Application(
    campaign_id=sale.id, customer_id=eva.id,
    basket=Basket(currency=shop_currency(), cart_value_minor=20_000)))
"""


def start(folder):
    """A Site that listens at its `address`."""
    migrated.copy_to(folder / "site.db")
    site = Site(folder, f"sqlite:///{folder}/site.db")
    site.address = f"http://127.0.0.1:{site.port}"
    site.launch_web(PUBLIC_URL=site.address)
    assert site.manage("shell", "--verbosity", "0", "--command", SETUP) == 0, site.output()
    site.start_ingest()
    site.start("db_worker")
    wait_until(lambda: answers(site.port), "the web process to listen")
    return site


def sign_in(page, site, name):
    page.goto(f"{site.address}/admin/")
    fill_in_sign_in(page, name)
    page.locator("#user-tools").wait_for()


def fill_in_sign_in(page, name):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def open_tab(page, name):
    """A page of the campaign or discount that is shown."""
    tabs = page.locator(".tabs")
    tabs.get_by_role("link", name=name).click()
    page.locator(".tabs [aria-current]", has_text=name).wait_for()
