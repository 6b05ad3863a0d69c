"""Loads of a shared pixel that nginx answers are counted like those of the web process."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.consent.deciding import tables_with
from tests.processes.nginx import request
from tests.tracking.factories import GMAIL, make_campaign
from tests.tracking.sharing import shared_pixel, sharing_group
from tracking.counting.record import record
from tracking.door.pixel import GIF
from tracking.models import SharedLoad, SharedLoadsByHour

# One after the other: each picks ports that are free before it listens there.
pytestmark = [
    pytest.mark.nginx,
    pytest.mark.xdist_group("nginx"),
    pytest.mark.django_db,
]


def test_loads_through_nginx_are_counted_and_nothing_else_is_kept(make_nginx):
    pixel = shared_pixel(sharing_group(make_campaign()))
    nginx = make_nginx().start()
    client = nginx.client()
    before = timezone.now()
    for _ in range(40):
        asked = request(f"/pixel/{pixel}.gif", headers=[("User-Agent", GMAIL)])
        assert client.ask(asked)[::2] == (200, GIF)
    client.close()
    nginx.quit()
    networks = {hit.network for hit in nginx.hits()}
    record(nginx.hits(), now=timezone.now())
    counted = SharedLoadsByHour.objects.filter(loads__gt=0)
    assert sum(row.loads for row in counted) == SharedLoad.objects.count() == 40
    assert "Gmail" in {row.family for row in counted}
    # The hour may have changed meanwhile.
    hours = {int((before + n * timedelta(hours=1)).timestamp()) // 3600 for n in (0, 1)}
    assert {row.hour for row in counted} <= hours
    assert tables_with(GMAIL, *networks) == set()
