"""What lists call a contact: its address rather than its uuid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from campaigns.models import Contact
from console.base.lists import address_in_list

NAMED_BY = ("uuid", "email", "name", "external_id", "erased_at")


@dataclass(frozen=True)
class Named:
    """A contact in the list of something else; without an address it has no page to link to."""

    words: str
    address: str = ""

    @property
    def link(self) -> str:
        if not self.address:
            return self.words
        return format_html('<a href="{}">{}</a>', self.address, address_in_list(self.words))


def name_of(contact: Contact) -> str:
    """What a person knows it by."""
    named = contact.email or contact.name or contact.external_id
    return named or ("erased" if contact.erased_at else "without an address")


def names_of(request: HttpRequest, contact_ids: Iterable[UUID]) -> Mapping[UUID, Named]:
    """The contacts of other rows, named for users who may see contacts."""
    wanted = set(contact_ids)
    if not request.user.has_perm("campaigns.view_contact"):
        return dict.fromkeys(wanted, Named("a contact"))
    contacts = Contact.objects.order_by().only(*NAMED_BY).in_bulk(list(wanted))
    # An import that is undone takes its contacts back.
    return {key: _named(contacts.get(key)) for key in wanted}


def _named(contact: Contact | None) -> Named:
    if contact is None:
        return Named("removed")
    address = reverse("admin:campaigns_contact_change", args=[contact.pk])
    return Named(name_of(contact), address)
