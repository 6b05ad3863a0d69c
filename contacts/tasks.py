"""Background tasks of contacts, run by the workers of `manage.py db_worker`."""

from django.utils import timezone
from django_tasks import task

from contacts.schedules.mixing import finish_mixing


@task()
def mix_contacts(campaign_id: int) -> None:
    finish_mixing(campaign_id=campaign_id, clock=timezone.now)


def enqueue_mixing(campaign_id: int) -> None:
    mix_contacts.enqueue(campaign_id)
