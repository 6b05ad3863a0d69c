"""One PixelTrack whose processes run as in separate containers, and a real Prometheus."""

import json
from urllib.request import Request, urlopen
from uuid import uuid4

import requests

from tests import migrated
from tests.processes.running import Site, answers, free_port, kill, wait_until
from tests.prometheus import Prometheus
from tests.tracking.factories import APPLE_PRIVACY, GMAIL, THUNDERBIRD

TOKEN = "metrics-token-of-the-tests"
PASSWORD = "correct-horse-battery"
TOPIC = "opens-of-the-observed-site"
COMMANDS = {
    "ingest": "ingest_opens",
    "forward": "forward_opens",
    "tasks": "db_worker",
    "sweep": "sweep",
}
SETUP = f"""
import json, pathlib
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils.timezone import now
from discounts import customers
from discounts.campaigns.services import create_campaign
from tests.tracking import factories
User.objects.create_superuser("root", password={PASSWORD!r})
sent = now() - timedelta(hours=1)
campaign = factories.make_campaign("Winter news", start=sent)
group = campaign.groups.get(number=1)
contacts = factories.make_contacts(group, [sent] * 20)
sale = create_campaign(now=now(), values={{
    "name": "Sale", "discount_type": "cart", "discount_percentage_hundredths": 1000,
    "total_budget_minor": 100_000, "min_cart_value_minor": 5_000,
    "start_date": now() - timedelta(days=1), "end_date": now() + timedelta(days=1),
}})
people = [customers.create_customer(email=f"c{{n}}@example.com", name="C", now=now())
          for n in (1, 2)]
made = {{"campaign": campaign.id, "group": group.id, "pixels": [str(c.pixel_id) for c in contacts],
        "sale": sale.id, "customers": [person.id for person in people]}}
pathlib.Path("FILE").write_text(json.dumps(made))
"""


class ObservedSite:
    """A Site with Kafka, and `made`: the ids of what is in its database."""

    def __init__(self, folder, cluster):
        migrated.copy_to(folder / "site.db")
        self.site = Site(folder, f"sqlite:///{folder}/site.db")
        self.cluster = cluster
        self.prometheus = None
        self._folder = folder
        self._session = requests.Session()
        self._caused = False
        # Where nginx would note its answers.
        self._answers = folder / "answers"
        self._answers.touch()
        cluster.create(TOPIC)
        cluster.create(f"{TOPIC}.dead-letters", partitions=1)
        self._prepare()
        self.ports = {"web": self.site.port} | {job: free_port() for job in COMMANDS}
        self.processes = self._start()
        self.prometheus = Prometheus(folder / "prometheus", self.ports, token=TOKEN)

    def _prepare(self):
        file = self._folder / "made.json"
        setup = SETUP.replace("FILE", str(file))
        assert self.site.manage("shell", "--verbosity", "0", "-c", setup) == 0, self.site.output()
        self.made = json.loads(file.read_text())

    def _start(self):
        """The processes by job, web with two workers."""
        web = self.site.launch_web(WEB_CONCURRENCY="2", **self._environment("web"))
        others = {
            job: self.site.start(command, **self._environment(job))
            for job, command in COMMANDS.items()
        }
        for job, port in self.ports.items():
            wait_until(lambda port=port: answers(port), f"{job} to listen")
        return {"web": web} | others

    def _environment(self, job):
        return {
            "METRICS_DIR": str(self.metrics_dir(job)),
            "METRICS_PORT": str(self.ports[job]),
            "METRICS_TOKEN": TOKEN,
            "PIXEL_ANSWERS": str(self._answers),
            "KAFKA_BROKERS": self.cluster.brokers,
            "KAFKA_TOPIC": TOPIC,
            "KAFKA_SESSION_SECONDS": "2",
            # A pixel host has no database.
            **({"DATABASE_URL": f"sqlite:///{self._folder}/none/x.db"} if job == "forward" else {}),
        }

    def metrics_dir(self, job):
        return self._folder / f"metrics-{job}"

    def restart(self, job):
        kill(self.processes[job])
        self.processes[job] = self.site.start(COMMANDS[job], **self._environment(job))

    def close(self):
        if self.prometheus:
            self.prometheus.close()
        self.site.close()

    # --- What people, mail clients and shops do -----------------------------------------------

    def load(self, pixel, agent):
        """One pixel, on a separate connection."""
        url = f"http://127.0.0.1:{self.site.port}/pixel/{pixel}.gif"
        urlopen(Request(url, headers={"User-Agent": agent})).read()

    def sign_in(self):
        answer = self.call("POST", "auth/token/", username="root", password=PASSWORD)
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access']}"

    def call(self, method, path, *, files=None, **body):
        url = f"http://127.0.0.1:{self.site.port}/api/v1/{path}"
        how = {"files": files, "data": body} if files else {"json": body}
        return self._session.request(method, url, **how)

    def cause_everything(self):
        """Opens of each kind and none, discounts given and not, an import, an audit, an error.

        Once, however many tests ask for it, and so that Prometheus sees the figures rise.
        """
        if self._caused:
            return
        self._caused = True
        wait_until(lambda: self.prometheus.value("sum(up)") == len(self.ports), "a first scrape")
        self.load_pixels()
        self.use_discounts()
        self.import_contacts()
        assert self.site.manage("audit_counters") == 0, self.site.output()
        made = self.site.manage("back_up", str(self._folder / "backups"), "--expect-next", "24")
        assert made == 0, self.site.output()
        self.call("GET", "nowhere/")

    def load_pixels(self):
        """Of 6 contacts: 3 human opens, 2 by a proxy, 1 by a machine; and 2 of no contact."""
        agents = [THUNDERBIRD] * 3 + [GMAIL] * 2 + [APPLE_PRIVACY]
        for pixel, agent in zip(self.made["pixels"][:6], agents, strict=True):
            self.load(pixel, agent)
        for _ in range(2):
            self.load(uuid4(), THUNDERBIRD)

    def use_discounts(self):
        """Two of 10.00 applied and one of them cancelled; one refused twice, one once."""
        self.sign_in()
        ann, bob = self.made["customers"]
        self._apply(ann, 100)
        usage = self._apply(bob, 100).json()
        self.call("POST", "discounts/cancel", usage_id=usage["id"])
        for _ in range(2):
            self._apply(ann, 100)
        self._apply(bob, 1)

    def _apply(self, customer, cart):
        asked = {"campaign_id": self.made["sale"], "customer_id": customer, "cart_value": cart}
        return self.call("POST", "discounts/apply", **asked)

    def import_contacts(self):
        path = f"email-campaigns/{self.made['campaign']}/imports/"
        file = ("contacts.csv", b"email\nnew@example.com\n", "text/csv")
        answer = self.call("POST", path, files={"file": file}, default_group=self.made["group"])
        assert answer.status_code == 202, answer.text
