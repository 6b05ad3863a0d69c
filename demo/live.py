"""Loads the pixels of demo contacts over HTTP, a few per minute, as mail clients would.

Must never touch other contacts: each contact is verified again before every open
(`demo.mail.is_demo_contact`), and a renamed or archived campaign is ignored.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit
from uuid import UUID

from django.db import Error, connection
from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import Contact
from campaigns.modes import Measured
from contacts.pixels.links import pixel_url
from demo import mail
from demo.clients import PROVIDERS_BY_DOMAIN
from demo.mail import Recipient
from foundation.shutdown import Stop
from tracking.models import Pixel

HTTP_SECONDS = 3.0
WAIT_SECONDS = 2.0
# Failures in a row before a message: a server may just be starting.
FAILURES_BEFORE_A_WORD = 3
AWAY = (OSError, HTTPException, Error)


class NotServed(HTTPException):
    """The server answered without an image."""


@dataclass(frozen=True, order=True)
class Coming:
    """An open that is still to come."""

    at: datetime
    contact_id: UUID
    due_at: datetime = field(compare=False)
    agent: str = field(compare=False)


def demo_contacts() -> QuerySet[Contact]:
    """Contacts that look like the demo's and may be opened; each must still be verified."""
    return Contact.objects.filter(
        campaign__name__in=[plan.name for plan in mail.CAMPAIGNS],
        campaign__archived_at__isnull=True,
        email_domain__in=PROVIDERS_BY_DOMAIN,
        external_id__isnull=False,
        scheduled_at__isnull=False,
        # Nobody opens what waits for the winner.
        due_at__isnull=False,
        not_sent_at__isnull=True,
    )


def openings_to_come(*, now: datetime) -> list[Coming]:
    """All remaining opens of the demo's plan, the next one first."""
    return sorted(
        Coming(visit.at, recipient.uuid, recipient.scheduled_at, visit.agent)
        for recipient in _recipients()
        for visit in mail.visits(recipient)
        if visit.at > now
    )


def _recipients() -> Iterator[Recipient]:
    columns = ("uuid", "external_id", "email_domain", "scheduled_at")
    # Loads of the others would be dropped.
    measured = demo_contacts().exclude(measured=Measured.NO)
    rows = measured.order_by().values_list(*columns)
    for contact_id, external_id, domain, scheduled_at in rows:
        place = mail.planned_place(external_id)
        if place is not None:
            group, number = place
            provider = PROVIDERS_BY_DOMAIN[domain]
            yield Recipient(contact_id, group, number, provider, scheduled_at)


def pixels_to_load(contact_id: UUID, *, now: datetime) -> list[UUID]:
    """The pixels of a contact that belongs to the demo and is due; none of any other."""
    contact = demo_contacts().filter(uuid=contact_id, scheduled_at__lte=now).first()
    if contact is None or not mail.is_demo_contact(
        contact_id=contact.uuid, external_id=contact.external_id, email=contact.email
    ):
        return []
    pixels = Pixel.objects.filter(contact_id=contact_id).order_by("number")
    return list(pixels.values_list("uuid", flat=True))


def load_image(url: str, agent: str) -> None:
    """GET an image with this user agent; raises OSError and HTTPException on failure."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise NotServed("an address without a host")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    server = kind(parts.hostname, parts.port, timeout=HTTP_SECONDS)
    try:
        server.request("GET", parts.path, headers={"User-Agent": agent})
        answer = server.getresponse()
        if answer.status != 200:
            raise NotServed(f"status {answer.status}")
        answer.read()
    finally:
        server.close()


@dataclass
class LiveDemo:
    """Plays the opens to come, about `rate` per second, whatever their planned moments.

    It never opens a mail before it is due. Ends when stopped, after `seconds`, or when nothing is
    left; waits while the server or the database is down.
    """

    base: str
    rate: float
    seconds: float
    stop: Stop
    say: Callable[[str], object]
    load: Callable[[str, str], None] = load_image
    clock: Callable[[], datetime] = timezone.now
    opened: int = field(default=0, init=False)

    def run(self, coming: list[Coming]) -> None:
        """`coming` is in order of moments, and consumed."""
        end = time.monotonic() + self.seconds
        while coming and time.monotonic() < end and not self.stop.is_set():
            opening = self._take(coming)
            if opening is not None:
                self._patiently(opening, end)
            self._wait(random.expovariate(self.rate), end)

    def _take(self, coming: list[Coming]) -> Coming | None:
        """The next open of a mail that has been sent; None if there is none."""
        now = self.clock()
        place = next((n for n, opening in enumerate(coming) if opening.due_at <= now), None)
        return None if place is None else coming.pop(place)

    def _patiently(self, opening: Coming, end: float) -> None:
        failures = 0
        while time.monotonic() < end and not self.stop.is_set():
            try:
                self._open(opening)
            except AWAY as error:
                if isinstance(error, Error):
                    _close_connection()
                failures += 1
                if failures == FAILURES_BEFORE_A_WORD:
                    self.say(f"Live demo: waiting for {self.base} ({type(error).__name__}).")
                self._wait(WAIT_SECONDS, end)
            else:
                if failures >= FAILURES_BEFORE_A_WORD:
                    self.say(f"Live demo: going on with {self.base}.")
                return

    def _open(self, opening: Coming) -> None:
        pixels = pixels_to_load(opening.contact_id, now=self.clock())
        for pixel in pixels:
            self.load(pixel_url(pixel, base=self.base), opening.agent)
        self.opened += bool(pixels)

    def _wait(self, seconds: float, end: float) -> None:
        self.stop.wait(max(0.0, min(seconds, end - time.monotonic())))


def _close_connection() -> None:
    """The next attempt opens a new one."""
    with suppress(Error):
        connection.close()
