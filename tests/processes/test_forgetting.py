"""People are forgotten while real processes answer and count; the counters stay exact."""

from tests.processes.running import Readers, terminate, wait_until
from tracking.models import Open, Pixel

FORGET = """
from django.utils import timezone
from campaigns.models import Contact
from contacts.person.forgetting import forget_contacts
for name in "{contacts}".split():
    forget_contacts(contact_ids=[name], now=timezone.now())
"""


def test_forgetting_while_ingest_counts_leaves_no_open_and_no_difference(site, database, pixels):
    owners = dict(Pixel.objects.using(database.alias).values_list("uuid", "contact_id"))
    gone = pixels[::4]
    web, ingest = site.start_web(), site.start_ingest()
    readers = Readers(site.port, pixels)
    readers.wait_for(250)
    script = FORGET.format(contacts=" ".join(str(owners[pixel]) for pixel in gone))
    forgetting = site.start("shell", "-c", script)
    readers.finish()
    assert forgetting.wait(60) == 0, site.output()
    assert terminate(web) == 0
    wait_until(lambda: not site.segments(), "the spool to be finished")
    assert terminate(ingest) == 0
    counted = set(Open.objects.using(database.alias).values_list("pixel_id", flat=True))
    assert counted == readers.answered - set(gone)
    assert site.manage("audit_counters") == 0, site.output()
