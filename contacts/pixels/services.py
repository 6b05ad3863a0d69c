"""Writes of pixels."""

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID, uuid4

import structlog
from django.db import IntegrityError, transaction

from campaigns.models import Contact
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from tracking.models import Pixel, SharedPixel

TAKEN = "There is a pixel with this uuid already."

log = structlog.get_logger(__name__)


def create_pixels(*, contact_ids: Sequence[UUID], per_contact: int) -> dict[UUID, list[Pixel]]:
    """Create pixels numbered from 1 for contacts without any."""
    pixels = {
        contact_id: [Pixel(contact_id=contact_id, number=n + 1) for n in range(per_contact)]
        for contact_id in contact_ids
    }
    made = [pixel for own in pixels.values() for pixel in own]
    columns = ("uuid", "contact", "number", "created_at")
    bulk_sql.insert(Pixel, columns, [(p.uuid, p.contact_id, p.number, p.created_at) for p in made])
    return pixels


@in_transaction
def create_pixel(*, contact_id: UUID, number: int, pixel_id: UUID | None = None) -> Pixel:
    """Create a pixel of a contact that is not erased; raises InvalidInput."""
    # Locked: an import that is being undone may just remove it.
    contact = Contact.objects.select_for_update().filter(uuid=contact_id).first()
    if contact is None:
        raise InvalidInput.field("contact", "There is no contact with this uuid.")
    if contact.erased_at is not None:
        raise InvalidInput.field("contact", "This contact was erased.", code="erased")
    if pixel_id and SharedPixel.objects.filter(uuid=pixel_id).exists():
        # Loads of a whole group would be taken for one person's.
        raise InvalidInput.field("uuid", TAKEN, code="taken")
    pixel = Pixel(uuid=pixel_id or uuid4(), contact=contact, number=number)
    _save(pixel, adding=True)
    log.info("pixel_created", pixel=str(pixel.uuid))
    return pixel


@in_transaction
def change_pixel(*, pixel_id: UUID, changes: Mapping[str, object]) -> Pixel:
    """Change a pixel's number, its only changeable field; raises InvalidInput, NotFound."""
    pixel = _locked(pixel_id)
    for name, fixed in {"uuid": pixel.uuid, "contact": pixel.contact_id}.items():
        if changes.get(name, fixed) != fixed:
            raise InvalidInput.field(name, f"A pixel's {name} can't change.")
    pixel.number = cast(int, changes.get("number", pixel.number))
    _save(pixel, adding=False)
    log.info("pixel_changed", pixel=str(pixel_id))
    return pixel


@in_transaction
def delete_pixel(*, pixel_id: UUID) -> None:
    """Delete a pixel: later hits are unknown; recorded opens stay."""
    _locked(pixel_id).delete()
    log.info("pixel_deleted", pixel=str(pixel_id))


def _locked(pixel_id: UUID) -> Pixel:
    pixel = Pixel.objects.select_for_update().filter(uuid=pixel_id).first()
    if pixel is None:
        raise NotFound("Pixel not found")
    return pixel


def _save(pixel: Pixel, *, adding: bool) -> None:
    try:
        with transaction.atomic():
            pixel.save(force_insert=adding, force_update=not adding)
    except IntegrityError:
        raise _collision(pixel) from None


def _collision(pixel: Pixel) -> InvalidInput:
    others = Pixel.objects.filter(contact_id=pixel.contact_id).exclude(uuid=pixel.uuid)
    if others.filter(number=pixel.number).exists():
        return InvalidInput.field(
            "number", f"This contact has a pixel {pixel.number} already.", code="taken"
        )
    return InvalidInput.field("uuid", TAKEN, code="taken")
